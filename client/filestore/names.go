//go:build !windows

package filestore

import "os"

// swap renames the temporary file, which is open as f, to the file's name, and makes it
// the store's file.
func (s *Store) swap(f file) error {
	if err := os.Rename(s.temporary(), s.path); err != nil {
		return err
	}
	_ = s.file.Close()
	s.file = f
	return nil
}

// syncFolder syncs a folder.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if failed := d.Close(); err == nil {
		err = failed
	}
	return err
}
