package filestore

import "os"

// swap renames the temporary file, which is open as f, to the file's name, and makes it
// the store's file. Windows does not rename open files, so that swap closes both and
// opens the file again.
func (s *Store) swap(f file) error {
	_ = s.file.Close()
	err := f.Close()
	if err == nil {
		err = os.Rename(s.temporary(), s.path)
	}
	file, failed := s.openFile(s.path, 0)
	s.file = file
	if failed != nil {
		s.doubt(failed)
		return failed
	}
	return err
}

// syncFolder does nothing on Windows.
func syncFolder(string) error { return nil }
