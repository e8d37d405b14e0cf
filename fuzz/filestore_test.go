package fuzz

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"umqtt/client/filestore"
)

// The input is a program for a store, and then damage to its file. A file that was cut is opened, with what was in
// it at some time before: nothing is mixed, nothing is made up. One that is damaged is opened like that, or refused
// with the offset of the damage and left as it was. An opened store works on.
func FuzzFilestore(f *testing.F) {
	for _, s := range storeSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, input []byte) { checkStore(t, t.TempDir(), openStore, input) })
}

func TestFilestoreFindsPlanted(t *testing.T) {
	dir := t.TempDir()
	sound := func(f finder, input []byte) { checkStore(f, dir, openStore, input) }
	for name, plant := range map[string]struct {
		want string
		open func(path string) (store, error)
	}{
		"takes a damaged message": {"was never in the file", func(path string) (store, error) {
			return cutAt(path, func(s store, behind []byte) { s.Put(3, behind[min(len(behind), 11):]) })
		}},
		"drops what stands behind the damage": {"no error", func(path string) (store, error) {
			return cutAt(path, func(store, []byte) {})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			hunt(t, plant.want, storeSeeds, 3000, sound, func(f finder, input []byte) { checkStore(f, dir, plant.open, input) })
		})
	}
}

// cutAt opens a store whose file may be damaged, and cuts it at the damage.
func cutAt(path string, then func(s store, behind []byte)) (store, error) {
	s, err := openStore(path)
	e, ok := errors.AsType[*filestore.CorruptError](err)
	if !ok || e.Offset == 0 {
		return s, err
	}
	b, _ := os.ReadFile(path)
	os.Truncate(path, e.Offset)
	if s, err = openStore(path); err == nil {
		then(s, b[e.Offset:])
	}
	return s, err
}

// store is what a filestore.Store can do.
type store interface {
	Put(id uint16, packet []byte) error
	Delete(id uint16) error
	Clear() error
	Load(yield func(id uint16, packet []byte)) error
	Close() error
}

func openStore(path string) (store, error) {
	s, err := filestore.Open(path, filestore.Options{})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// storeSeeds are programs of two bytes an operation, and behind a zero byte the damage.
var storeSeeds = [][]byte{
	{1, 7, 2, 9, 0, 0, 40},                        // two messages, and the end is cut
	{1, 7, 2, 9, 1, 3, 17, 0, 0, 1, 30, 3},        // one is put again, one deleted; a bit
	{1, 30, 2, 30, 18, 0, 32, 0, 3, 5, 0, 2, 200}, // clear; zeros at the end
	{4, 15, 20, 0, 0, 3, 9, 65},                   // something behind the end
	{1, 12, 2, 12, 3, 12, 48, 0, 4, 1, 0, 1, 5, 1},
}

// checkStore plays one input.
func checkStore(t finder, dir string, open func(string) (store, error), input []byte) {
	path := filepath.Join(dir, "store")
	os.Remove(path)
	src := &source{input}
	states, sizes, ok := fillStore(t, path, open, src)
	if !ok {
		return
	}
	before, _ := os.ReadFile(path)
	damaged, cut, flipped := damage(before, src)
	if err := os.WriteFile(path, damaged, 0o600); err != nil {
		t.Fatalf("%v", err)
	}
	s, err := open(path)
	if err != nil {
		e, ok := errors.AsType[*filestore.CorruptError](err)
		after, _ := os.ReadFile(path)
		switch {
		case cut:
			t.Errorf("a file that was cut: %v", err)
		case !ok || e.Offset < 0 || e.Offset > int64(len(damaged)):
			t.Errorf("a damaged file of %d bytes: %v", len(damaged), err)
		case !bytes.Equal(after, damaged):
			t.Errorf("the file was changed though it was refused")
		}
		return
	}
	// Where it cannot be the end that was being written, damage is told.
	if last := lastBefore(sizes, len(before)); flipped >= 0 && flipped < last {
		t.Errorf("no error, and byte %d was changed, before the last record at %d", flipped, last)
	}
	kept := content(t, s)
	if !slices.Contains(states, kept) {
		t.Errorf("%s was never in the file, whose states were %q", kept, states)
	}
	if bytes.Equal(before, damaged) && kept != states[len(states)-1] {
		t.Errorf("the file is as it was, and holds %s, not %s", kept, states[len(states)-1])
	}
	if err := s.Put(77, []byte("one more")); err != nil {
		t.Errorf("put: %v", err)
	}
	want := content(t, s)
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if s, err = open(path); err != nil {
		t.Fatalf("opened again: %v", err)
	}
	if got := content(t, s); got != want {
		t.Errorf("opened again it holds %s, not %s", got, want)
	}
	s.Close()
}

// fillStore plays the operations of the input on a new store, and returns what it held at each time.
// The sizes are those of its file.
func fillStore(t finder, path string, open func(string) (store, error), src *source) (states []string, sizes []int, ok bool) {
	s, err := open(path)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer func() { s.Close() }()
	states = []string{content(t, s)}
	for n := range 40 {
		op := src.below(256)
		if op == 0 {
			break
		}
		id := uint16(op%16) + 1
		switch op / 16 % 4 {
		case 0:
			err = s.Put(id, fmt.Appendf(nil, "packet %d %s", n, bytes.Repeat([]byte{'.'}, src.below(256))))
		case 1:
			err = s.Delete(id)
		case 2:
			err = s.Clear()
		case 3:
			if err = s.Close(); err == nil {
				s, err = open(path)
			}
		}
		if err != nil {
			t.Errorf("operation %d: %v", n, err)
			return nil, nil, false
		}
		states = append(states, content(t, s))
		if info, err := os.Stat(path); err == nil {
			sizes = append(sizes, int(info.Size()))
		}
	}
	return states, sizes, true
}

// lastBefore returns the greatest of the sizes that is below the whole; 0: none.
func lastBefore(sizes []int, whole int) (last int) {
	for _, n := range sizes {
		if n < whole {
			last = max(last, n)
		}
	}
	return last
}

// damage changes a file as the input says, and reports whether it only cuts off its end. Flipped is the byte that it
// has changed if that is all; -1: it is not.
func damage(b []byte, src *source) (damaged []byte, cut bool, flipped int) {
	b = bytes.Clone(b)
	cut, flipped = true, -1
	for n := 0; len(src.b) > 0; n++ {
		kind := src.below(256) % 4
		at := src.below(256) % (len(b) + 1)
		switch kind {
		case 0:
			b = b[:at]
		case 1:
			if at < len(b) {
				b[at] ^= byte(src.below(256) | 1)
				cut = false
				if flipped = at; n > 0 {
					flipped = -1
				}
				continue
			}
		case 2: // zeros where the end has not come to the disk
			clear(b[at:])
			cut = false
		case 3:
			b = append(b, bytes.Repeat([]byte{byte(src.below(256))}, at%32)...)
			cut = false
		}
		flipped = -1
	}
	return b, cut, flipped
}

// content is what a store holds, as text.
func content(t finder, s store) string {
	var b bytes.Buffer
	if err := s.Load(func(id uint16, packet []byte) { fmt.Fprintf(&b, "%d=%s;", id, packet) }); err != nil {
		t.Errorf("load: %v", err)
	}
	return b.String()
}
