package filestore_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"umqtt/client/filestore"
)

// filled returns a file with three messages, the bytes of it, and where each record
// begins, the end included.
func filled(t *testing.T) (path string, file []byte, at []int) {
	path = filepath.Join(t.TempDir(), "outbox")
	s := open(t, path)
	at = []int{len(filestore.Magic)}
	for i, packet := range []string{"one", "two", "three"} {
		must(t, s.Put(uint16(i+1), []byte(packet)))
		info, err := os.Stat(path)
		must(t, err)
		at = append(at, int(info.Size()))
	}
	must(t, s.Close())
	file, err := os.ReadFile(path)
	must(t, err)
	return path, file, at
}

var three = []string{"1 one", "2 two", "3 three"}

// tails are what may come behind the part of a record that was written: nothing, or
// what was never written there, zeros or what the disk had there before.
var tails = [][]byte{
	nil, make([]byte, 1), make([]byte, 20), make([]byte, 5000),
	{0xff}, {1}, bytes.Repeat([]byte{1, 2, 3}, 7), bytes.Repeat([]byte{0, 0x5a}, 70000),
}

// A file that ends within a record, at every byte, and one that has something else
// there: the whole records before it are kept, and the next one has its place.
func TestTornTail(t *testing.T) {
	path, file, at := filled(t)
	for cut := range file {
		for _, tail := range tails {
			must(t, os.WriteFile(path, append(bytes.Clone(file[:cut]), tail...), 0o600))
			whole := 0
			for whole < 3 && at[whole+1] <= cut {
				whole++
			}
			s, err := filestore.Open(path, filestore.Options{})
			if cut < at[0] && len(bytes.Trim(tail, "\x00")) > 0 {
				damagedAt(t, err, 0) // not a file of a store, for all that is known
				continue
			}
			must(t, err)
			want := append([]string{}, three[:whole]...)
			same(t, content(t, s), want)
			must(t, s.Put(9, []byte("more")), s.Close())
			same(t, reopened(t, path), append(want, "9 more"))
		}
	}
}

// A packet may look like records, and be written in part: they are none, then and
// after a short record in its place.
func TestTornRecords(t *testing.T) {
	inner := filestore.PutRecord(7, []byte("inner"))
	record := filestore.PutRecord(1, bytes.Repeat(inner, 5))
	path := filepath.Join(t.TempDir(), "outbox")
	for cut := filestore.HeadSize; cut < len(record); cut++ {
		must(t, os.WriteFile(path, append([]byte(filestore.Magic), record[:cut]...), 0o600))
		s := open(t, path)
		same(t, content(t, s), []string{})
		must(t, s.Put(9, []byte("short")), s.Close())
		same(t, reopened(t, path), []string{"9 short"})
	}
}

// damagedAt fails the test if an error is not a CorruptError at an offset.
func damagedAt(t *testing.T, err error, offset int) {
	t.Helper()
	var corrupt *filestore.CorruptError
	if !errors.As(err, &corrupt) || corrupt.Offset != int64(offset) {
		t.Fatalf("got %v, want damage at %d", err, offset)
	}
}

// One flipped bit, anywhere: Open fails and says where, or the last message is gone;
// never is a message wrong.
func TestDamage(t *testing.T) {
	path, file, at := filled(t)
	for i := range file {
		for _, bit := range []byte{1, 0x80} {
			bad := bytes.Clone(file)
			bad[i] ^= bit
			must(t, os.WriteFile(path, bad, 0o600))
			if i >= at[2] {
				same(t, reopened(t, path), three[:2])
				continue
			}
			begin := 0
			for _, v := range at {
				if v <= i {
					begin = v
				}
			}
			_, err := filestore.Open(path, filestore.Options{})
			damagedAt(t, err, begin)
			left, err := os.ReadFile(path)
			must(t, err)
			same(t, left, bad)
		}
	}
}

// Damage to a head, however far away the next record is.
func TestDamageFar(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	for i := range 200 {
		size := 64<<10 - 50 + i%100
		if i >= 100 { // two reads away
			size += 64<<10 - filestore.HeadSize
		}
		s := open(t, path)
		must(t, s.Put(1, make([]byte, size)), s.Put(2, []byte("two")), s.Close())
		file, err := os.ReadFile(path)
		must(t, err)
		file[len(filestore.Magic)+1] ^= 1
		must(t, os.WriteFile(path, file, 0o600))
		_, err = filestore.Open(path, filestore.Options{})
		damagedAt(t, err, len(filestore.Magic))
		must(t, os.Remove(path))
	}
}

// The next record may be as short as a record is, and the last thing in the file.
func TestDamageBeforeShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	for size := 64<<10 - 100; size < 64<<10+100; size++ {
		s := open(t, path)
		must(t, s.Put(2, []byte("two")))
		info, err := os.Stat(path)
		must(t, err)
		must(t, s.Put(1, make([]byte, size)), s.Delete(2), s.Close())
		file, err := os.ReadFile(path)
		must(t, err)
		file[info.Size()+1] ^= 1
		must(t, os.WriteFile(path, file, 0o600))
		_, err = filestore.Open(path, filestore.Options{})
		damagedAt(t, err, int(info.Size()))
		must(t, os.Remove(path))
	}
}

// Damage that happens while the file is open is not handed out.
func TestDamageAfterOpen(t *testing.T) {
	path, file, at := filled(t)
	s := open(t, path)
	file[at[1]+filestore.HeadSize] ^= 1
	must(t, os.WriteFile(path, file, 0o600))
	err := s.Load(func(id uint16, packet []byte) {
		if id != 1 {
			t.Errorf("got %d %s", id, packet)
		}
	})
	var corrupt *filestore.CorruptError
	if !errors.As(err, &corrupt) {
		t.Fatal(err)
	}
}
