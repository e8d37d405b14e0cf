package filestore

import "fmt"

// append writes at the end of the file, with one write, what begins with the deletes
// that are owed.
func (s *Store) append(b []byte) error {
	if _, err := s.file.WriteAt(b, s.size); err != nil {
		return s.cut(s.size, err)
	}
	s.size += int64(len(b))
	s.owed = s.owed[:0]
	return nil
}

// cut cuts the file to a size for an error, which it returns.
func (s *Store) cut(size int64, err error) error {
	s.size = size
	if failed := s.file.Truncate(size); failed != nil {
		s.doubt(err)
	}
	return err
}

// empty cuts the file down to its first line, as there is nothing else to keep: a full
// disk has room for that. It waits for the disk whatever the options, or a power
// failure could mix what comes next with what was there.
func (s *Store) empty() error {
	if s.broken != nil {
		return s.broken
	}
	size := int64(len(magic))
	if err := s.file.Truncate(size); err != nil {
		return err
	}
	s.size, s.owed = size, s.owed[:0]
	err := s.file.Sync()
	if err != nil {
		s.doubt(err)
	}
	return err
}

// synced waits for the disk if that is asked for. After a failure nobody knows what
// is there.
func (s *Store) synced() error {
	if !s.sync {
		return nil
	}
	err := s.file.Sync()
	if err != nil {
		s.doubt(err)
	}
	return err
}

// doubt makes all that follows fail.
func (s *Store) doubt(err error) {
	s.broken = fmt.Errorf("filestore: the file is in doubt since: %w", err)
}
