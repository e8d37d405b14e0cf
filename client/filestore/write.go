package filestore

import "fmt"

// append writes b, which begins with the pending deletes, at the end of the file with
// one write.
func (s *Store) append(b []byte) error {
	if _, err := s.file.WriteAt(b, s.size); err != nil {
		return s.cut(s.size, err)
	}
	s.size += int64(len(b))
	s.owed = s.owed[:0]
	return nil
}

// cut truncates the file to a size after err, and returns err.
func (s *Store) cut(size int64, err error) error {
	s.size = size
	if failed := s.file.Truncate(size); failed != nil {
		s.doubt(err)
	}
	return err
}

// empty truncates the file to its first line when no message is left, which works on a
// full disk, too. It always syncs: without that, a power failure could mix later
// records with old ones.
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

// synced syncs the file if Options.Sync is set. After a failure the content of the file
// is unknown.
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

// doubt makes all later calls fail.
func (s *Store) doubt(err error) {
	s.broken = fmt.Errorf("filestore: the content of the file is unknown after: %w", err)
}
