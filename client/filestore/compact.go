package filestore

import (
	"os"
	"path/filepath"
)

// temporary returns the name of the file that compact writes.
func (s *Store) temporary() string { return s.path + ".new" }

// compactIfDue rewrites the file when little of it is in use. If that fails, the store
// keeps the old file and tries again at twice its size.
func (s *Store) compactIfDue() {
	if s.size < s.compactAt || s.size < 4*s.keptSize {
		return
	}
	if s.compact() != nil {
		s.compactAt = 2 * s.size
	}
}

// compact writes the kept messages to the temporary file and renames it to the file. If
// it fails, it removes the temporary file, which may have taken the last free space.
func (s *Store) compact() error {
	f, err := s.openFile(s.temporary(), os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	offsets, err := s.writeKept(f)
	if err == nil {
		err = s.swap(f)
	}
	if err != nil {
		_ = f.Close()
		_ = os.Remove(s.temporary())
		return err
	}
	s.size = int64(len(magic)) + s.keptSize
	for i := range s.kept {
		s.kept[i].at = offsets[i]
	}
	if err := s.syncFolder(); err != nil {
		s.doubt(err)
	}
	return nil
}

// writeKept writes the kept messages to an empty file and returns their offsets. It
// syncs the file before the rename: without that, a power failure could lose both
// files.
func (s *Store) writeKept(f file) (offsets []int64, err error) {
	if _, err := f.WriteAt([]byte(magic), 0); err != nil {
		return nil, err
	}
	at := int64(len(magic))
	for _, e := range s.kept {
		record := s.buffer(int(e.size()))
		if _, err := s.file.ReadAt(record, e.at); err != nil {
			return nil, err
		}
		if _, err := f.WriteAt(record, at); err != nil {
			return nil, err
		}
		offsets = append(offsets, at)
		at += e.size()
	}
	return offsets, f.Sync()
}

// syncFolder syncs the file's folder, so that a rename survives a power failure, if
// Options.Sync is set.
func (s *Store) syncFolder() error {
	if !s.sync {
		return nil
	}
	return syncFolder(filepath.Dir(s.path))
}
