//go:build !windows

package filestore

import "os"

// syncFolder waits until the names in a folder are on the disk.
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
