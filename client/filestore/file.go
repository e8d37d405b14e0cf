package filestore

import (
	"io"
	"os"
	"path/filepath"
)

// file is what a Store needs of an open file; an os.File is one.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Seeker
	io.Closer
	Sync() error
	Truncate(size int64) error
}

// openFile opens a file for reading and writing; flag says what os.O_RDWR does not.
func openFile(path string, flag int) (file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|flag, 0o600)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// resolve returns the path of a file itself: without symbolic links, so that all who
// open it lock and rename the same names, and absolute, so that these stay the same
// when the process changes its directory. It makes the file if there is none, as a
// link may point to one that is not there yet.
func resolve(path string) (string, error) {
	f, err := openFile(path, os.O_CREATE)
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
