package filestore

import (
	"os"
	"path/filepath"
)

// resolve returns the path of a file itself: without symbolic links, so that all who
// open it lock and rename the same names, and absolute, so that these stay the same
// when the process changes its directory. It makes the file if there is none, as a
// link may point to one that is not there yet.
func resolve(path string) (string, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	return filepath.Abs(path)
}
