package filestore

import (
	"io"
	"os"
	"path/filepath"
)

// file is the part of os.File that a Store uses.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Seeker
	io.Closer
	Sync() error
	Truncate(size int64) error
}

// openFile opens a file with os.O_RDWR and flag.
func openFile(path string, flag int) (file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|flag, 0o600)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// resolve returns the absolute path of a file without symbolic links. All stores then
// lock and rename the same names, even when the process changes its directory. It
// creates the file if it does not exist, since a link may point to a missing file.
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
