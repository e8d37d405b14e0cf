package filestore_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"umqtt/client/filestore"
)

// errIO is what a broken disk returns.
var errIO = errors.New("input/output error")

// faults makes operations on a store's files fail.
type faults struct {
	ops  []string          // all operations so far, the failed ones included
	fail func(op int) bool // whether the operation with this index fails; nil: none does
}

// openFaulty opens a store whose files fail.
func openFaulty(path string, opt filestore.Options, f *faults) (*filestore.Store, error) {
	return filestore.OpenOn(path, opt, func(_ string, file *os.File) filestore.File {
		f.ops = append(f.ops, "open")
		return &faultyFile{file, f}
	})
}

// failOnce returns faults of which only one operation fails.
func failOnce(n int) *faults { return &faults{fail: func(op int) bool { return op == n }} }

// do notes an operation and returns its error.
func (f *faults) do(op string) error {
	f.ops = append(f.ops, op)
	if f.fail != nil && f.fail(len(f.ops)-1) {
		return errIO
	}
	return nil
}

// done tells whether there was no operation with an index.
func (f *faults) done(n int) bool { return len(f.ops) <= n }

// unnoticed calls a function during which nothing fails or counts.
func (f *faults) unnoticed(call func()) {
	before := *f
	f.fail = nil
	call()
	*f = before
}

type faultyFile struct {
	*os.File
	faults *faults
}

func (f *faultyFile) ReadAt(b []byte, at int64) (int, error) {
	if err := f.faults.do("read"); err != nil {
		return 0, err
	}
	return f.File.ReadAt(b, at)
}

func (f *faultyFile) WriteAt(b []byte, at int64) (int, error) {
	if err := f.faults.do("write"); err != nil {
		return 0, err
	}
	return f.File.WriteAt(b, at)
}

func (f *faultyFile) Seek(offset int64, whence int) (int64, error) {
	if err := f.faults.do("seek"); err != nil {
		return 0, err
	}
	return f.File.Seek(offset, whence)
}

func (f *faultyFile) Truncate(size int64) error {
	if err := f.faults.do("truncate"); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

// Sync does not wait for the disk: the tests read what was written.
func (f *faultyFile) Sync() error { return f.faults.do("sync") }

// Open fails if any operation on the file fails, and the next Open finds what was there.
func TestOpenFaults(t *testing.T) {
	_, whole, at := filled(t)
	damaged := bytes.Clone(whole)
	damaged[at[1]] ^= 0x80
	for _, test := range []struct {
		name string
		file []byte
		want []string // what is kept
	}{
		{"empty", nil, []string{}},
		{"zeros", make([]byte, 5000), []string{}},
		{"part of the first line", whole[:5], []string{}},
		{"the first line", whole[:at[0]], []string{}},
		{"whole", whole, three},
		{"torn in a head", whole[:at[2]+3], three[:2]},
		{"torn in a packet", whole[:at[3]-1], three[:2]},
		{"torn, and filled up", slices.Concat(whole[:at[3]-1], make([]byte, 200000)), three[:2]},
		{"damaged at the end", slices.Concat(whole[:at[2]], bytes.Repeat([]byte{0xff}, 200000)), three[:2]},
		{"deleted", slices.Concat(whole[:at[1]], filestore.DeleteRecord(1)), []string{}},
		{"damaged", damaged, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "outbox")
			for n := 1; ; n++ { // after the opening itself
				must(t, os.WriteFile(path, test.file, 0o600))
				f := failOnce(n)
				s, err := openFaulty(path, filestore.Options{Sync: true}, f)
				if err == nil {
					must(t, s.Close())
				}
				if f.done(n) {
					break
				}
				if !errors.Is(err, errIO) {
					t.Fatalf("operation %d fails, a %s: got %v", n, f.ops[n], err)
				}
				if test.want != nil {
					same(t, reopened(t, path), test.want)
					continue
				}
				_, err = filestore.Open(path, filestore.Options{})
				damagedAt(t, err, at[1])
			}
		})
	}
}

// Any single operation fails while a store is used. The call that it belongs to fails,
// unless it belongs to a compaction, which may fail. Only a failed sync puts the file in
// doubt: then all that follows fails, and leaves the file alone.
func TestCallFaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	for n := 0; ; n++ {
		must(t, os.RemoveAll(path))
		f := &faults{}
		s, err := openFaulty(path, filestore.Options{Sync: true}, f)
		must(t, err)
		filestore.SetCompactAt(s, 150)
		at := len(f.ops) + n // the operation that fails
		f.fail = func(op int) bool { return op == at }
		kept := []string{}
		doubt := false
		for _, a := range script {
			from := len(f.ops)
			err := a.do(s)
			ops := f.ops[from:]
			after := a.after(kept)
			switch {
			case doubt:
				if !errors.Is(err, errIO) || len(ops) > 0 {
					t.Fatalf("%s of %d on a file in doubt: got %v after %q", a.kind, a.id, err, ops)
				}
				continue
			case from <= at && at < len(f.ops) && ops[at-from] != "open" && !slices.Contains(ops[:at-from], "open"):
				if len(after) == 0 && a.kind != "put" && f.ops[at] == "write" {
					must(t, err) // it has cut the file instead
					break
				}
				if !errors.Is(err, errIO) {
					t.Fatalf("the last of %q fails in %s of %d: got %v", ops[:at-from+1], a.kind, a.id, err)
				}
				doubt = f.ops[at] == "sync"
				if a.kind != "delete" {
					after = kept
				}
			case err != nil:
				t.Fatalf("%s of %d: got %v after %q", a.kind, a.id, err, ops)
			}
			kept = after
			if _, err := os.Stat(path + ".new"); !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("the temporary file is there after %q", ops)
			}
			if !doubt {
				f.unnoticed(func() { same(t, content(t, s), kept) })
			}
		}
		must(t, s.Close())
		if !doubt {
			same(t, reopened(t, path), kept)
		}
		if f.done(at) {
			break
		}
	}
}

// A Load that cannot read a message fails, and hands it out neither with what the buffer
// held.
func TestLoadFaults(t *testing.T) {
	path, _, _ := filled(t)
	for n := range three {
		f := &faults{}
		s, err := openFaulty(path, filestore.Options{}, f)
		must(t, err)
		began := len(f.ops)
		f.fail = func(op int) bool { return op == began+n }
		got := []string{}
		err = s.Load(func(id uint16, packet []byte) { got = append(got, fmt.Sprintf("%d %s", id, packet)) })
		if !errors.Is(err, errIO) {
			t.Errorf("read %d fails: got %v", n, err)
		}
		same(t, got, append([]string{}, three[:n]...))
		same(t, content(t, s), three)
		must(t, s.Close())
	}
}

// Close writes the deletes that the file has not taken, once, and not into a file that is
// in doubt.
func TestCloseOwed(t *testing.T) {
	for _, test := range []struct {
		name string
		fail []string // the operations that fail while the message is deleted
		back bool     // the disk works again before Close
		want []string
	}{
		{"works again", []string{"write"}, true, three[1:]},
		{"still full", []string{"write"}, false, three},
		{"in doubt", []string{"write", "truncate"}, true, three},
	} {
		t.Run(test.name, func(t *testing.T) {
			path, _, _ := filled(t)
			f := &faults{}
			s, err := openFaulty(path, filestore.Options{}, f)
			must(t, err)
			f.fail = func(op int) bool { return slices.Contains(test.fail, f.ops[op]) }
			if err := s.Delete(1); !errors.Is(err, errIO) {
				t.Fatal(err)
			}
			if test.back {
				f.fail = nil
			}
			must(t, s.Close(), s.Close())
			same(t, reopened(t, path), test.want)
		})
	}
}

// A Close that owes nothing does not write.
func TestCloseWritesNothing(t *testing.T) {
	path, _, _ := filled(t)
	f := &faults{}
	s, err := openFaulty(path, filestore.Options{}, f)
	must(t, err)
	before := slices.Clone(f.ops)
	must(t, s.Close())
	same(t, f.ops, before)
}

// The last message goes by cutting the file where a delete or a clear cannot be written.
// What fails of that decides whether the call fails, and whether the file is in doubt.
func TestEmptyFaults(t *testing.T) {
	for _, test := range []struct {
		name  string
		fail  []int // operations of the call: write, truncate, truncate, sync
		fails bool
		doubt bool
	}{
		{"write", []int{0}, false, false},
		{"cut after it too", []int{0, 1}, true, true},
		{"emptying too", []int{0, 2}, true, false},
		{"sync too", []int{0, 3}, true, true},
	} {
		for _, kind := range []string{"delete", "clear"} {
			t.Run(fmt.Sprint(test.name, " ", kind), func(t *testing.T) {
				f := &faults{}
				s, err := openFaulty(filepath.Join(t.TempDir(), "outbox"), filestore.Options{}, f)
				must(t, err)
				must(t, s.Put(1, []byte("one")))
				from := len(f.ops)
				f.fail = func(op int) bool { return slices.Contains(test.fail, op-from) }
				if err := (action{kind, 1, ""}).do(s); errors.Is(err, errIO) != test.fails {
					t.Fatalf("got %v after %q", err, f.ops[from:])
				}
				f.fail = nil
				if err := s.Put(2, []byte("two")); errors.Is(err, errIO) != test.doubt {
					t.Fatalf("then: got %v", err)
				}
				if test.doubt {
					return
				}
				want := []string{"2 two"}
				if kind == "clear" && test.fails {
					want = []string{"1 one", "2 two"}
				}
				same(t, content(t, s), want)
			})
		}
	}
}
