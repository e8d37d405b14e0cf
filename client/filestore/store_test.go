package filestore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/client"
	"umqtt/client/filestore"
)

var _ client.Store = (*filestore.Store)(nil)

// open opens a store, which the test closes at its end.
func open(t testing.TB, path string) *filestore.Store {
	t.Helper()
	s, err := filestore.Open(path, filestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// content returns what is kept, a line a message.
func content(t testing.TB, s *filestore.Store) []string {
	t.Helper()
	got := []string{}
	err := s.Load(func(id uint16, packet []byte) { got = append(got, fmt.Sprintf("%d %s", id, packet)) })
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != s.Len() {
		t.Fatalf("Len %d, but %d messages", s.Len(), len(got))
	}
	return got
}

// reopened opens a store and returns what it kept.
func reopened(t testing.TB, path string) []string {
	t.Helper()
	s, err := filestore.Open(path, filestore.Options{})
	must(t, err)
	got := content(t, s)
	must(t, s.Close())
	return got
}

func same[V any](t testing.TB, got, want V) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestReopen(t *testing.T) {
	for _, sync := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "outbox")
		s, err := filestore.Open(path, filestore.Options{Sync: sync})
		must(t, err)
		must(t, s.Put(7, []byte("seven")), s.Put(65535, []byte("last")), s.Put(1, nil))
		must(t, s.Delete(65535), s.Delete(9), s.Put(7, []byte("anew")))
		want := []string{"1 ", "7 anew"}
		same(t, content(t, s), want)
		must(t, s.Close(), s.Close())
		s = open(t, path)
		same(t, content(t, s), want)
		must(t, s.Clear(), s.Clear())
		same(t, content(t, s), []string{})
		must(t, s.Close())
		same(t, content(t, open(t, path)), []string{})
	}
}

// Nobody else reads the file.
func TestFileMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	s := open(t, path)
	filestore.SetCompactAt(s, 100)
	for range 2 {
		info, err := os.Stat(path)
		must(t, err)
		if perm := info.Mode().Perm(); runtime.GOOS != "windows" && perm != 0o600 {
			t.Errorf("the file has mode %o", perm)
		}
		for range 20 { // a new file
			must(t, s.Put(1, []byte("one")), s.Delete(1))
		}
	}
}

func TestClosed(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "outbox"))
	must(t, s.Close())
	for _, err := range []error{s.Put(1, nil), s.Delete(1), s.Clear(), s.Load(nil)} {
		if !errors.Is(err, filestore.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	if _, err := filestore.Open(filepath.Join(dir, "none", "outbox"), filestore.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "other"), []byte("something else"), 0o600))
	_, err := filestore.Open(filepath.Join(dir, "other"), filestore.Options{})
	var corrupt *filestore.CorruptError
	if !errors.As(err, &corrupt) || corrupt.Offset != 0 {
		t.Errorf("got %v", err)
	}
}

// The file stays small, whatever goes through it, and keeps what it must.
func TestCompact(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	s := open(t, path)
	must(t, s.Put(1, []byte("stays")))
	packet := make([]byte, 100)
	largest := int64(0)
	for range 5000 {
		must(t, s.Put(2, packet), s.Delete(2))
		info, err := os.Stat(path)
		must(t, err)
		largest = max(largest, info.Size())
	}
	must(t, s.Put(3, []byte("more")))
	if largest > 65<<10 {
		t.Errorf("the file had %d bytes", largest)
	}
	want := []string{"1 stays", "3 more"}
	same(t, content(t, s), want)
	must(t, s.Close())
	same(t, content(t, open(t, path)), want)
	if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Error("the temporary file is still there")
	}
}

// A compaction that fails costs nothing but space.
func TestCompactFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	s := open(t, path)
	filestore.SetCompactAt(s, 100)
	must(t, os.Mkdir(path+".new", 0o700))
	for i := range 50 {
		must(t, s.Put(1, fmt.Append(nil, i)), s.Put(2, nil), s.Delete(2))
	}
	same(t, content(t, s), []string{"1 49"})
	must(t, os.Remove(path+".new"))
	for i := range 100 {
		must(t, s.Put(1, fmt.Append(nil, i)))
	}
	info, err := os.Stat(path)
	must(t, err)
	if info.Size() > 5000 {
		t.Errorf("the file has %d bytes", info.Size())
	}
	must(t, s.Close())
	same(t, content(t, open(t, path)), []string{"1 99"})
}

// When it is not known what is in the file, everything fails until it is opened anew.
func TestInDoubt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	s := open(t, path)
	must(t, s.Put(1, []byte("one")))
	must(t, filestore.CloseFile(s))
	first := s.Put(2, []byte("two"))
	if !errors.Is(first, os.ErrClosed) {
		t.Fatal(first)
	}
	for _, err := range []error{s.Put(2, nil), s.Delete(1), s.Clear(), s.Load(nil)} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
	_ = s.Close()
	same(t, content(t, open(t, path)), []string{"1 one"})
}

func TestAllocations(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "outbox"))
	packet := make([]byte, 50)
	f := func() { must(t, s.Put(1, packet), s.Delete(1)) }
	f()
	if got := testing.AllocsPerRun(200, f); got > 0 {
		t.Errorf("%v allocations", got)
	}
}
