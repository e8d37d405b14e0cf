package filestore_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"umqtt/client/filestore"
)

// block is the number of bytes that the disk writes in one piece.
const block = 12

// unsynced is what a power failure may take: the writes since the store has last
// waited for the disk.
type unsynced struct {
	writes []*write
	kept   [][]string // before them, and after each one
}

// The power fails between any two things that a store with Sync does. Any blocks of
// what the disk had not yet confirmed may be missing, with zeros or something else in
// their place. A message whose Put has returned is kept. Only if a record is missing
// and the beginning of a later one is there, that is damage, and what stands before it
// has all those messages.
func TestPowerFailure(t *testing.T) {
	s, r := record(t, filestore.Options{Sync: true})
	filestore.SetCompactAt(s, 150)
	path := filepath.Join(memoryDir(t), "outbox")
	r.take()
	kept := []string{}
	u := unsynced{kept: [][]string{kept}}
	for _, a := range script {
		must(t, a.do(s))
		kept = a.after(kept)
		last := moment{}
		for _, m := range r.take() {
			if last.temporary != nil && m.temporary == nil { // it has the file's name now
				if !last.sync {
					t.Fatal("the file written anew has its name before it is on the disk")
				}
				u = unsynced{kept: [][]string{kept}}
			}
			u.fail(t, path, m.file)
			if m.next != nil && !m.next.temporary {
				u.writes, u.kept = append(u.writes, m.next), append(u.kept, kept)
			}
			if m.sync && m.temporary == nil {
				u = unsynced{kept: [][]string{kept}}
			}
			last = m
		}
		if len(u.writes) > 0 && a.kind != "delete" {
			t.Fatalf("%v did not wait for the disk", a)
		}
	}
}

// fail opens what may be left of a file.
func (u *unsynced) fail(t *testing.T, path string, file []byte) {
	t.Helper()
	if len(u.writes) == 0 {
		u.opens(t, path, file)
		return
	}
	first, end := int(u.writes[0].at), len(file)
	for missing := range 1 << (end/block - first/block + 1) {
		for _, mask := range []byte{0, 0xff} {
			b := bytes.Clone(file)
			for i := first; i < end; i++ {
				if missing>>(i/block-first/block)&1 == 1 {
					b[i] = ^b[i] & mask
				}
			}
			u.opens(t, path, b)
		}
	}
}

// opens opens a file in which some of the writes are damaged.
func (u *unsynced) opens(t *testing.T, path string, file []byte) {
	t.Helper()
	must(t, os.WriteFile(path, file, 0o600))
	whole := 0
	for whole < len(u.writes) && bytes.HasPrefix(file[u.writes[whole].at:], u.writes[whole].data) {
		whole++
	}
	damaged := whole < len(u.writes) && slices.ContainsFunc(u.writes[whole+1:], func(w *write) bool {
		return bytes.HasPrefix(file[w.at:], w.data[:filestore.HeadSize])
	})
	s, err := filestore.Open(path, filestore.Options{})
	if damaged {
		damagedAt(t, err, int(u.writes[whole].at))
		must(t, os.Truncate(path, u.writes[whole].at))
		s, err = filestore.Open(path, filestore.Options{})
	}
	if err != nil {
		t.Fatalf("%v: %q", err, file)
	}
	got := content(t, s)
	must(t, s.Close())
	if !slices.Equal(got, u.kept[whole]) {
		t.Fatalf("got %q, want %q, from %q", got, u.kept[whole], file)
	}
}
