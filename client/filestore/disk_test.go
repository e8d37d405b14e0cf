package filestore_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"umqtt/client/filestore"
)

// errFull is what a full disk answers.
var errFull = errors.New("no space left")

// disk is a folder whose files have room for a number of bytes, all together.
type disk struct {
	dir   string
	room  int64
	syncs int // how many times a store has waited for it
}

// newDisk returns an empty one.
func newDisk(t *testing.T, room int64) *disk { return &disk{dir: memoryDir(t), room: room} }

// memoryDir returns a folder of the test in memory, where there is one: what is written there by the ten thousand
// stores of a test is synced at no cost. What a real disk does is for the tests that kill a process.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "filestore")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// outbox is the path of the store on it.
func (d *disk) outbox() string { return filepath.Join(d.dir, "outbox") }

func (d *disk) open() (*filestore.Store, error) {
	return filestore.OpenOn(d.outbox(), filestore.Options{}, func(_ string, f *os.File) filestore.File {
		return &diskFile{f, d}
	})
}

// free returns the room that is left.
func (d *disk) free() int64 {
	free := d.room
	for _, path := range []string{d.outbox(), d.outbox() + ".new"} {
		if info, err := os.Stat(path); err == nil {
			free -= info.Size()
		}
	}
	return free
}

// copied returns what is kept in the file as it is.
func (d *disk) copied(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile(d.outbox())
	must(t, err)
	path := filepath.Join(d.dir, "copy")
	must(t, os.WriteFile(path, b, 0o600))
	return reopened(t, path)
}

type diskFile struct {
	*os.File
	disk *disk
}

// WriteAt writes as much as there is room for.
func (f *diskFile) WriteAt(b []byte, at int64) (int, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	over := at + int64(len(b)) - info.Size() - f.disk.free()
	if over <= 0 {
		return f.File.WriteAt(b, at)
	}
	n, err := f.File.WriteAt(b[:max(0, int64(len(b))-over)], at)
	return n, errors.Join(errFull, err)
}

func (f *diskFile) Sync() error {
	f.disk.syncs++
	return f.File.Sync()
}
