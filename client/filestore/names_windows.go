package filestore

import "os"

// swap gives the temporary file, which is open as f, the file's name and place. The
// system renames no open file, nor over one, so that it opens the file again.
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

// syncFolder has nothing to do: the system writes names by itself.
func syncFolder(string) error { return nil }
