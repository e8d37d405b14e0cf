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

// folderFile does something with its folder when it is synced or closed.
type folderFile struct {
	*os.File
	sync, close func() error
}

func (f *folderFile) Sync() error  { return errors.Join(f.sync(), f.File.Sync()) }
func (f *folderFile) Close() error { return errors.Join(f.File.Close(), f.close()) }

// With Sync a store waits until its folder is on the disk too, after Open and after each
// compaction. Here the folder gets another name just before that, so that it fails.
func TestFolderSync(t *testing.T) {
	for _, sync := range []bool{false, true} {
		for _, when := range []string{"open", "compact", "never"} {
			t.Run(fmt.Sprint(when, sync), func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "folder")
				must(t, os.Mkdir(dir, 0o700))
				on := func(now string) func() error {
					return func() error {
						if now != when {
							return nil
						}
						return os.Rename(dir, dir+" moved")
					}
				}
				onOpen := on("open")
				s, err := filestore.OpenOn(filepath.Join(dir, "outbox"), filestore.Options{Sync: sync}, func(_ string, f *os.File) filestore.File {
					return &folderFile{f, onOpen, on("compact")}
				})
				fails := sync && when != "never"
				if fails && when == "open" {
					if !errors.Is(err, os.ErrNotExist) {
						t.Fatalf("got %v", err)
					}
					return
				}
				must(t, err)
				defer s.Close()
				onOpen = func() error { return nil }
				filestore.SetCompactAt(s, 0)
				var failed error
				for range 6 {
					failed = errors.Join(failed, s.Put(1, make([]byte, 100)))
				}
				if fails != errors.Is(failed, os.ErrNotExist) {
					t.Fatalf("got %v", failed)
				}
			})
		}
	}
}
