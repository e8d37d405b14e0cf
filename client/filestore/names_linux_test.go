package filestore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"umqtt/client/filestore"
)

// The file system of the processes has no disk: its folders cannot be synced.
func TestFolderSyncFails(t *testing.T) {
	if err := filestore.SyncFolder("/proc"); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("got %v", err)
	}
}

// A path may open a file that has no name any more, which cannot be locked.
func TestOpenNameless(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "outbox"))
	must(t, err)
	defer f.Close()
	must(t, os.Remove(f.Name()))
	_, err = filestore.Open(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), filestore.Options{})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
