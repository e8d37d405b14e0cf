//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package filestore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"umqtt/client/filestore"
)

// A file is one store's at a time, by whatever path it is opened.
func TestLocked(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "outbox")
	link, folder := filepath.Join(dir, "link"), filepath.Join(dir, "folder")
	must(t, os.Symlink("outbox", link), os.Symlink(".", folder))
	t.Chdir(dir)
	paths := []string{path, "outbox", link, filepath.Join(folder, "outbox"), filepath.Join(folder, "link")}
	for _, first := range paths {
		s := open(t, first)
		for _, second := range paths {
			if _, err := filestore.Open(second, filestore.Options{}); !errors.Is(err, filestore.ErrLocked) {
				t.Errorf("open by %s, then by %s: %v", first, second, err)
			}
		}
		must(t, s.Close())
	}
	open(t, path)
}

// A link stays one when what it points to is written anew, and may be there first.
func TestLink(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(path, link))
	s := open(t, link)
	filestore.SetCompactAt(s, 0)
	for i := range 10 {
		must(t, s.Put(1, fmt.Append(nil, i)))
	}
	must(t, s.Close())
	if info, err := os.Stat(path); err != nil || info.Size() > 150 {
		t.Fatalf("the file was not written anew: %v, %v", info, err)
	}
	same(t, content(t, open(t, path)), []string{"1 9"})
	_, err := os.Readlink(link)
	must(t, err)
}

// A process may change its directory while its file is open.
func TestChdir(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	s := open(t, "outbox")
	filestore.SetCompactAt(s, 0)
	t.Chdir(t.TempDir())
	for i := range 10 {
		must(t, s.Put(1, fmt.Append(nil, i)))
	}
	must(t, s.Close())
	if info, err := os.Stat(filepath.Join(dir, "outbox")); err != nil || info.Size() > 150 {
		t.Fatalf("the file was not written anew: %v, %v", info, err)
	}
	same(t, content(t, open(t, filepath.Join(dir, "outbox"))), []string{"1 9"})
}
