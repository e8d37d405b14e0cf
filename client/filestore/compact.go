package filestore

import (
	"os"
	"path/filepath"
)

// temporary is the name of a file that is being written anew.
func (s *Store) temporary() string { return s.path + ".new" }

// compactIfDue writes the file anew when little of it is of use. If that fails
// the store goes on with the old file, and tries again at twice its size.
func (s *Store) compactIfDue() {
	if s.size < s.compactAt || s.size < 4*s.keptSize {
		return
	}
	if s.compact() != nil {
		s.compactAt = 2 * s.size
	}
}

// compact writes what is kept to the temporary file and puts that in the place of
// the file. If it fails it leaves nothing behind: that may have been the last space.
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

// writeKept writes what is kept to an empty file, and returns where each message is
// in it. Its bytes are on the disk before it gets the file's name, or a power failure
// could leave nothing of either.
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

// syncFolder makes a new name of the file last, if Sync is asked for.
func (s *Store) syncFolder() error {
	if !s.sync {
		return nil
	}
	return syncFolder(filepath.Dir(s.path))
}
