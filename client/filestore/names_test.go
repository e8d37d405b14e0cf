//go:build !windows

package filestore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"umqtt/client/filestore"
)

// A compaction goes on with the file that it has written: to open it again could fail,
// where a process has no descriptor to spare.
func TestCompactOpens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	var opened []string
	s, err := filestore.OpenOn(path, filestore.Options{Sync: true}, func(path string, f *os.File) filestore.File {
		opened = append(opened, filepath.Base(path))
		return f
	})
	must(t, err)
	filestore.SetCompactAt(s, 100)
	for i := range 12 {
		must(t, s.Put(1, fmt.Append(nil, i)))
	}
	must(t, s.Close())
	same(t, opened, []string{"outbox", "outbox.new", "outbox.new"})
	same(t, reopened(t, path), []string{"1 11"})
}

// When the new file does not get its name, the store goes on with the old one.
func TestRenameFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	s := open(t, path)
	filestore.SetCompactAt(s, 100)
	must(t, os.Rename(path, path+".old"), os.Mkdir(path, 0o700))
	for i := range 12 {
		must(t, s.Put(1, fmt.Append(nil, i)))
	}
	same(t, content(t, s), []string{"1 11"})
	if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Error("the temporary file is still there")
	}
	must(t, s.Close())
	same(t, reopened(t, path+".old"), []string{"1 11"})
}
