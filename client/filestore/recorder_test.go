package filestore_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"umqtt/client/filestore"
)

// moment is one between two things that a store does with its files.
type moment struct {
	file, temporary []byte // what they hold; nil if there is none
	next            *write // if that is what the store does next
	sync            bool   // likewise, to wait for the disk
}

// write is one to a file.
type write struct {
	temporary bool // to that file
	at        int64
	data      []byte
}

// on returns what a file holds with some bytes in the place of those of the write.
func (w *write) on(file, data []byte) []byte {
	return append(bytes.Clone(file[:w.at]), data...)
}

// recorder notes the moments of a store.
type recorder struct {
	t       *testing.T
	path    string
	moments []moment
}

// record opens a store that is recorded.
func record(t *testing.T, opt filestore.Options) (*filestore.Store, *recorder) {
	t.Helper()
	r := &recorder{t: t, path: filepath.Join(memoryDir(t), "outbox")}
	s, err := filestore.OpenOn(r.path, opt, func(_ string, f *os.File) filestore.File {
		r.note(moment{})
		return &recorded{f, r}
	})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s, r
}

// note notes a moment, with the files as they are.
func (r *recorder) note(m moment) {
	read := func(path string) []byte {
		b, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			r.t.Fatal(err)
		}
		return b
	}
	m.file, m.temporary = read(r.path), read(r.path+".new")
	r.moments = append(r.moments, m)
}

// take returns the moments up to now, and forgets them.
func (r *recorder) take() []moment {
	r.note(moment{})
	taken := r.moments
	r.moments = nil
	return taken
}

// recorded is a file that tells what is done with it before it is.
type recorded struct {
	*os.File
	*recorder
}

func (f *recorded) WriteAt(b []byte, at int64) (int, error) {
	this, err := f.Stat()
	must(f.t, err)
	named, err := os.Stat(f.path)
	must(f.t, err)
	f.note(moment{next: &write{!os.SameFile(this, named), at, bytes.Clone(b)}})
	return f.File.WriteAt(b, at)
}

func (f *recorded) Truncate(size int64) error {
	f.note(moment{})
	return f.File.Truncate(size)
}

// Sync waits for no disk: the tests read what was written.
func (f *recorded) Sync() error {
	f.note(moment{sync: true})
	return nil
}

func (f *recorded) Close() error {
	f.note(moment{})
	return f.File.Close()
}
