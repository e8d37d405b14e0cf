package spool

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"umqtt/harness/capture"
)

// An entry of a segment is a sign, which is the kind of the record with flags, the connection, the time, the number of
// bytes, and the bytes. Numbers are of variable length.
const (
	text byte = 0x40 // the bytes are the text of the record
	run  byte = 0x80 // the bytes are packets that are whole
	over byte = 0x01 // no record: the connection is over

	maxHead = 1 + 3*binary.MaxVarintLen64
)

// appendHead appends what stands before the bytes of an entry.
func appendHead(b []byte, r capture.Record, flags byte) []byte {
	if flags != over && len(r.Data) == 0 {
		flags |= text
	}
	b = append(b, byte(r.Kind)|flags)
	b = binary.AppendUvarint(b, uint64(r.Conn))
	b = binary.AppendVarint(b, int64(r.Time))
	return binary.AppendUvarint(b, uint64(len(r.Data)+len(r.Text)))
}

// errCorrupt is returned for an entry that no spool has written.
var errCorrupt = errors.New("spool: not an entry")

// entry is what was read of a segment.
type entry struct {
	capture.Record
	run, over bool
}

// entries reads the entries of a segment.
type entries struct {
	r    *bufio.Reader
	left func() int64 // bytes that the segment can still have
	buf  []byte
}

// next reads an entry, whose Data is valid until the next call. The error is io.EOF at the end, and another one where the
// entry is not whole or is none.
func (e *entries) next() (entry, error) {
	sign, err := e.r.ReadByte()
	if err != nil {
		return entry{}, err
	}
	conn, err1 := binary.ReadUvarint(e.r)
	at, err2 := binary.ReadVarint(e.r)
	n, err3 := binary.ReadUvarint(e.r)
	if err := errors.Join(err1, err2, err3); err != nil {
		return entry{}, err
	}
	var got entry
	got.Conn, got.Time = int(conn), time.Duration(at)
	if sign == over {
		got.over = true
		return got, nil
	}
	got.run = sign&run != 0
	got.Kind = capture.Kind(sign &^ (run | text))
	_, moves := got.Kind.Direction()
	if !moves && got.Kind != capture.Event || int64(n) < 0 || int64(n) > e.left() {
		return entry{}, errCorrupt
	}
	if cap(e.buf) < int(n) || cap(e.buf) > maxKept && n <= maxKept {
		e.buf = make([]byte, max(n, 64<<10))
	}
	b := e.buf[:n]
	if _, err := io.ReadFull(e.r, b); err != nil {
		return entry{}, err
	}
	if sign&text != 0 {
		got.Text = string(b)
	} else {
		got.Data = b
	}
	return got, nil
}

// maxKept is how many bytes of buffer are kept from one entry to the next.
const maxKept = 1 << 20
