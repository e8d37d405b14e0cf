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
	dir  string
	room int64
}

// newDisk returns an empty one.
func newDisk(t *testing.T, room int64) *disk { return &disk{t.TempDir(), room} }

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

// A disk that is full in the middle of a compaction, at every byte of it: the space
// is free again, and all goes on.
func TestCompactFull(t *testing.T) {
	d := newDisk(t, 1<<20)
	s, err := d.open()
	must(t, err)
	must(t, s.Put(1, []byte("stays")))
	for range 5 {
		must(t, s.Put(2, make([]byte, 200)))
	}
	must(t, s.Delete(2))
	before, err := os.ReadFile(d.outbox())
	must(t, err, s.Close())
	want := []string{"1 stays", "3 comes"}
	record := int64(len(filestore.PutRecord(3, []byte("comes"))))
	need := int64(len(filestore.Magic)) + 2*record // by the temporary file
	for free := record; free <= record+need; free++ {
		d.room = 1 << 20
		must(t, os.WriteFile(d.outbox(), before, 0o600))
		s, err := d.open()
		must(t, err)
		filestore.SetCompactAt(s, 0)
		d.room = int64(len(before)) + free
		must(t, s.Put(3, []byte("comes")))
		if left := d.free(); free < record+need && left != free-record {
			t.Fatalf("with %d bytes free, %d are left, want %d", free, left, free-record)
		}
		same(t, content(t, s), want)
		if free == record+need && d.free() < int64(len(before)) {
			t.Fatalf("%d bytes are free: the file was not written anew", d.free())
		}
		must(t, s.Close())
		same(t, reopened(t, d.outbox()), want)
	}
}
