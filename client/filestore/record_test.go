package filestore_test

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"umqtt/client/filestore"
)

// longest is the size of the longest packet: a byte, four of the remaining length, and
// what that can say at most (section 2.2.3 of the standard).
const longest = 1 + 4 + 268435455

// A head that announces more than the longest packet is damage; one that announces that
// much is a record that was written in part.
func TestLongestHead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	for _, size := range []uint32{longest, longest + 1, 1<<32 - 1} {
		head := filestore.PutHead(1, size)
		file := slices.Concat([]byte(filestore.Magic), head, filestore.PutRecord(2, []byte("two")))
		must(t, os.WriteFile(path, file, 0o600))
		if size == longest {
			same(t, reopened(t, path), []string{})
			continue
		}
		_, err := filestore.Open(path, filestore.Options{})
		damagedAt(t, err, len(filestore.Magic))
	}
}

// Put refuses a packet that is longer than the longest, and the store goes on.
func TestPutTooLong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	s := open(t, path)
	must(t, s.Put(1, []byte("one")))
	if err := s.Put(1, make([]byte, longest+1)); err == nil || errors.Is(err, filestore.ErrClosed) {
		t.Errorf("got %v", err)
	}
	must(t, s.Put(2, []byte("two")))
	same(t, content(t, s), []string{"1 one", "2 two"})
}

// A delete and a clear have no packet: a head that announces one is damage.
func TestHeadWithPacket(t *testing.T) {
	for _, record := range [][]byte{filestore.DeleteRecord(1), filestore.ClearRecord()} {
		path, whole, at := filled(t)
		binary.BigEndian.PutUint32(record[3:], 1)
		filestore.SignHead(record)
		file := slices.Concat(whole[:at[1]], record, whole[at[1]:])
		must(t, os.WriteFile(path, file, 0o600))
		_, err := filestore.Open(path, filestore.Options{})
		damagedAt(t, err, at[1])
	}
}
