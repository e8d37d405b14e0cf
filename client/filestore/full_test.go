package filestore_test

import (
	"errors"
	"os"
	"slices"
	"testing"

	"umqtt/client/filestore"
)

// A disk of any size, down to one that holds no message. A Put that fails leaves
// nothing. A Delete removes in any case, and what it could not write is made good by
// the next call that can. A Clear needs no space, and neither has the last Delete.
func TestFull(t *testing.T) {
	for _, compactAt := range []int64{0, 100, 1 << 20} {
		d := newDisk(t, int64(len(filestore.Magic)))
		for fill(t, d, compactAt) > 0 {
			d.room++
		}
	}
}

// fill plays the script on a disk and returns how many calls have failed.
func fill(t *testing.T, d *disk, compactAt int64) (failed int) {
	t.Helper()
	s, err := d.open()
	must(t, err)
	filestore.SetCompactAt(s, compactAt)
	kept := []string{}
	var owed []string // deletes that could not be written
	for _, a := range script {
		err := a.do(s)
		after := a.after(kept)
		switch {
		case err == nil && slices.Equal(kept, after):
			continue
		case err == nil:
			owed = nil
		case !errors.Is(err, errFull):
			t.Fatal(err)
		case a.kind == "put":
			failed++
			after = kept
		case a.kind == "delete" && len(after) > 0:
			failed++
			owed = append(owed, kept[slices.IndexFunc(kept, a.removes)])
		default:
			t.Fatalf("%d bytes of room, %v of %q: %v", d.room, a, kept, err)
		}
		kept = after
		same(t, content(t, s), kept)
		if failed > 0 {
			inFile := slices.DeleteFunc(d.copied(t), func(line string) bool { return slices.Contains(owed, line) })
			same(t, inFile, kept)
		}
	}
	room := d.room
	d.room = 1 << 20
	must(t, s.Close())
	same(t, reopened(t, d.outbox()), kept)
	must(t, os.Remove(d.outbox()))
	d.room = room
	return failed
}

// What could not be deleted on a full disk is deleted with the next write.
func TestFullAndRoomAgain(t *testing.T) {
	for _, next := range []action{{"put", 5, "five"}, {"put", 1, "anew"}, {"delete", 3, ""}, {"clear", 0, ""}} {
		d := newDisk(t, 1000)
		s, err := d.open()
		must(t, err)
		for id := range uint16(4) {
			must(t, s.Put(id, []byte("packet")))
		}
		taken := d.free()
		d.room -= taken
		for id := range uint16(2) {
			if err := s.Delete(id); !errors.Is(err, errFull) {
				t.Fatal(err)
			}
		}
		same(t, d.copied(t), []string{"0 packet", "1 packet", "2 packet", "3 packet"})
		d.room += taken
		must(t, next.do(s))
		want := next.after([]string{"2 packet", "3 packet"})
		same(t, content(t, s), want)
		same(t, d.copied(t), want)
		must(t, s.Close())
		same(t, reopened(t, d.outbox()), want)
	}
}

// A disk without a byte of room: the messages can be removed all the same, and then
// there is room again.
func TestFullAndEmptied(t *testing.T) {
	for _, kind := range []string{"delete", "clear"} {
		d := newDisk(t, 1000)
		s, err := d.open()
		must(t, err)
		empty := d.free()
		for round := range 3 {
			id := uint16(1)
			for s.Put(id, make([]byte, 50)) == nil {
				id++
			}
			if s.Len() < 14 {
				t.Fatalf("only %d messages", s.Len())
			}
			taken := d.free()
			d.room -= taken
			for ; id > 0; id-- {
				if err := (action{kind, id, ""}).do(s); err != nil && (!errors.Is(err, errFull) || s.Len() == 0) {
					t.Fatalf("%s of %d, %d left: %v", kind, id, s.Len(), err)
				}
			}
			d.room += taken
			if s.Len() > 0 || d.free() != empty {
				t.Fatalf("%s: %d messages left, %d bytes free of %d", kind, s.Len(), d.free(), empty)
			}
			if d.syncs != round+1 {
				t.Fatalf("%s: the file was cut without waiting for the disk", kind)
			}
		}
		must(t, s.Close())
	}
}

// A disk that is full in the middle of a compaction, at every byte of it: the space
// is free again, and all goes on.
func TestCompactFull(t *testing.T) {
	d := newDisk(t, 1<<20)
	s, err := d.open()
	must(t, err)
	must(t, s.Put(1, []byte("stays")))
	for range 5 {
		must(t, s.Put(2, make([]byte, 200)))
	}
	must(t, s.Delete(2))
	before, err := os.ReadFile(d.outbox())
	must(t, err, s.Close())
	want := []string{"1 stays", "3 comes"}
	record := int64(len(filestore.PutRecord(3, []byte("comes"))))
	need := int64(len(filestore.Magic)) + 2*record // by the temporary file
	for free := record; free <= record+need; free++ {
		d.room = 1 << 20
		must(t, os.WriteFile(d.outbox(), before, 0o600))
		s, err := d.open()
		must(t, err)
		filestore.SetCompactAt(s, 0)
		d.room = int64(len(before)) + free
		must(t, s.Put(3, []byte("comes")))
		if left := d.free(); free < record+need && left != free-record {
			t.Fatalf("with %d bytes free, %d are left, want %d", free, left, free-record)
		}
		same(t, content(t, s), want)
		if free == record+need && d.free() < int64(len(before)) {
			t.Fatalf("%d bytes are free: the file was not written anew", d.free())
		}
		must(t, s.Close())
		same(t, reopened(t, d.outbox()), want)
	}
}
