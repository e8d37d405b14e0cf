package fuzz

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"umqtt/client"
	"umqtt/client/filestore"
	"umqtt/harness/mortal"
)

// A disk is what outlives a process: the messages of its store.
type disk interface {
	mortal.Disk
	// anew returns how many times a store was torn while it wrote its file anew.
	anew() int
}

// memory is a disk whose store is a list in memory.
type memory struct{ mortal.Memory }

func (m *memory) anew() int { return 0 }

// A folder is a disk whose store is a file. Each process has a file of its own, with what the one before it has left:
// a process that was killed closes nothing, and a Store that is left open here must not write any more.
type folder struct {
	path  string
	files int
	store *filestore.Store
	times int // that a store was torn while it wrote its file anew
}

func (f *folder) file() string { return filepath.Join(f.path, fmt.Sprint(f.files)) }

func (f *folder) Open() (client.Store, error) {
	s, err := filestore.Open(f.file(), filestore.Options{})
	f.store = s
	return s, err
}

func (f *folder) Die() error {
	b, err := os.ReadFile(f.file())
	if err != nil {
		return err
	}
	return f.leave(b, nil)
}

func (f *folder) Tear(do func() error, missing int) error {
	before, err := os.ReadFile(f.file())
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	after, err := os.ReadFile(f.file())
	switch {
	case err != nil:
		return err
	case bytes.HasPrefix(after, before) && len(after) > len(before):
		cut := len(after) - 1 - missing%(len(after)-len(before))
		return f.leave(after[:cut], nil)
	case bytes.Equal(after, before): // it had nothing to write
		return f.leave(before, nil)
	default: // it has written the file anew, under another name
		f.times++
		return f.leave(before, after[:len(after)-1-missing%len(after)])
	}
}

// leave ends the store, and leaves a file to the next one, beside one that is half written.
func (f *folder) leave(b, half []byte) error {
	if err := f.store.Close(); err != nil {
		return err
	}
	f.files++
	if half != nil {
		if err := os.WriteFile(f.file()+".new", half, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(f.file(), b, 0o600)
}

func (f *folder) anew() int { return f.times }
