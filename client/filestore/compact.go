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
	offsets, err := s.writeKept()
	if err == nil {
		err = s.replace(offsets)
	}
	if err != nil {
		s.compactAt = 2 * s.size
	}
}

// writeKept writes what is kept to the temporary file, and returns where each
// message is in it. Its bytes are on the disk before it gets the file's name, or a
// power failure could leave nothing of either.
func (s *Store) writeKept() (offsets []int64, err error) {
	f, err := os.OpenFile(s.temporary(), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if failed := f.Close(); err == nil {
			err = failed
		}
	}()
	if _, err := f.WriteString(magic); err != nil {
		return nil, err
	}
	at := int64(len(magic))
	for _, e := range s.kept {
		if int64(cap(s.buf)) < e.size() {
			s.buf = make([]byte, e.size())
		}
		record := s.buf[:e.size()]
		if _, err := s.file.ReadAt(record, e.at); err != nil {
			return nil, err
		}
		if _, err := f.Write(record); err != nil {
			return nil, err
		}
		offsets = append(offsets, at)
		at += e.size()
	}
	return offsets, f.Sync()
}

// replace gives the temporary file the file's name. Not every system renames over
// an open file.
func (s *Store) replace(offsets []int64) error {
	_ = s.file.Close()
	renamed := os.Rename(s.temporary(), s.path)
	file, err := os.OpenFile(s.path, os.O_RDWR, 0o600)
	s.file = file
	if err != nil {
		s.file = nil
		s.doubt(err)
		return err
	}
	if renamed != nil {
		return renamed
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

// syncFolder makes a new name of the file last, if Sync is asked for.
func (s *Store) syncFolder() error {
	if !s.sync {
		return nil
	}
	return syncFolder(filepath.Dir(s.path))
}
