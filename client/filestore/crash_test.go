package filestore_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"umqtt/client/filestore"
)

// A process is killed between any two things that it does with its files, and within
// each write at every byte; and what it did not write is missing, or zeros, or
// anything. Then what is kept is what was kept before the call that was caught, or
// what is kept after it if its record is whole: no message less and none more; and
// nothing counts as damage.
func TestCrash(t *testing.T) {
	s, r := record(t, filestore.Options{})
	filestore.SetCompactAt(s, 150)
	path := filepath.Join(memoryDir(t), "outbox")
	kept := []string{}
	crash(t, path, r.take(), kept, kept)
	anew := 0
	for _, a := range script {
		must(t, a.do(s))
		after := a.after(kept)
		anew += crash(t, path, r.take(), kept, after)
		kept = after
	}
	if anew < 2 {
		t.Errorf("the file was written anew %d times", anew)
	}
}

// Deletes that are written late, with a put: a kill in between leaves some of them.
func TestCrashLate(t *testing.T) {
	d := newDisk(t, 1000)
	s, err := d.open()
	must(t, err)
	kept := []string{"0 packet", "1 packet", "2 packet"}
	for id := range uint16(3) {
		must(t, s.Put(id, []byte("packet")))
	}
	before, err := os.ReadFile(d.outbox())
	must(t, err)
	taken := d.free()
	d.room -= taken
	for id := range uint16(2) {
		if err := s.Delete(id); !errors.Is(err, errFull) {
			t.Fatal(err)
		}
	}
	d.room += taken
	must(t, s.Put(3, []byte("three")))
	after, err := os.ReadFile(d.outbox())
	must(t, err)
	path := filepath.Join(memoryDir(t), "outbox")
	for cut := len(before); cut < len(after); cut++ {
		deleted := min(2, (cut-len(before))/filestore.HeadSize)
		for _, tail := range [][]byte{nil, make([]byte, len(after)-cut), {0xff}} {
			survives(t, path, moment{file: slices.Concat(after[:cut], tail)}, kept[deleted:])
		}
	}
	survives(t, path, moment{file: after}, []string{"2 packet", "3 three"})
}

// crash opens what a call leaves when it is caught, and returns how many times it has
// written the file anew.
func crash(t *testing.T, path string, moments []moment, before, after []string) (anew int) {
	t.Helper()
	for _, m := range moments {
		switch w := m.next; {
		case w == nil:
			survives(t, path, m, after)
			if m.sync && m.temporary != nil {
				anew++
			}
		case w.temporary:
			whole := m.temporary
			for cut := range w.data {
				m.temporary = w.on(whole, w.data[:cut])
				survives(t, path, m, after)
			}
		default:
			whole := m.file
			for cut := range w.data {
				for _, tail := range unwritten(w.data[cut:], w.at == 0) {
					m.file = w.on(whole, append(bytes.Clone(w.data[:cut]), tail...))
					want := before
					if bytes.HasPrefix(m.file[w.at:], w.data) {
						want = after
					}
					survives(t, path, m, want)
				}
			}
		}
	}
	return anew
}

// unwritten returns what may stand in the place of bytes that were not written.
func unwritten(b []byte, magic bool) [][]byte {
	zeros := make([]byte, len(b))
	all := [][]byte{nil, zeros[:1], zeros, make([]byte, 5000)}
	if magic {
		return all // the rest would be another program's file
	}
	other := make([]byte, len(b))
	for i, v := range b {
		other[i] = ^v
	}
	half := len(b) / 2
	return append(all,
		other[:1], other, bytes.Repeat(other, 20),
		slices.Concat(other[:half], zeros[half:]),
		slices.Concat(zeros[:half], b[half:]),
		slices.Concat(other[:half], b[half:]),
	)
}

// survives opens what is there at a moment.
func survives(t *testing.T, path string, m moment, want []string) {
	t.Helper()
	must(t, os.WriteFile(path, m.file, 0o600))
	if m.temporary != nil {
		must(t, os.WriteFile(path+".new", m.temporary, 0o600))
	}
	s, err := filestore.Open(path, filestore.Options{})
	if err != nil {
		t.Fatalf("%v: %q", err, m.file)
	}
	got := content(t, s)
	must(t, s.Close())
	if !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q, from %q", got, want, m.file)
	}
	if _, err := os.Stat(path + ".new"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal("the temporary file is still there")
	}
}
