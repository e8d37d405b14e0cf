package filestore

import (
	"encoding/binary"
	"hash/crc32"
)

// magic is the beginning of every file.
const magic = "umqtt filestore 1\n"

// The kinds of records.
const (
	kindPut    = 1
	kindDelete = 2
	kindClear  = 3
)

const (
	headSize = 11 // of a record, the head's checksum included
	tailSize = 4  // the checksum of a put's packet

	maxPacket = 268435455 + 5 // section 2.2.3 of the standard
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendRecord appends a record. The packet is nil unless kind is kindPut.
func appendRecord(b []byte, kind byte, id uint16, packet []byte) []byte {
	start := len(b)
	b = append(b, kind)
	b = binary.BigEndian.AppendUint16(b, id)
	b = binary.BigEndian.AppendUint32(b, uint32(len(packet)))
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
	if kind == kindPut {
		b = append(b, packet...)
		b = binary.BigEndian.AppendUint32(b, crc32.Checksum(packet, castagnoli))
	}
	return b
}

// head is the header of a record.
type head struct {
	kind byte
	id   uint16
	n    int // bytes of the packet
}

// size returns the size of the whole record in bytes.
func (h head) size() int64 {
	if h.kind == kindPut {
		return int64(headSize + h.n + tailSize)
	}
	return headSize
}

// fits reports whether the standard allows a packet of n bytes.
func fits(n int64) bool { return n <= maxPacket }

// parseHead reads a head of headSize bytes; ok is false if it is damaged.
func parseHead(b []byte) (h head, ok bool) {
	n := binary.BigEndian.Uint32(b[3:])
	switch b[0] {
	case kindPut:
		ok = fits(int64(n))
	case kindDelete, kindClear:
		ok = n == 0
	}
	if !ok || crc32.Checksum(b[:7], castagnoli) != binary.BigEndian.Uint32(b[7:]) {
		return head{}, false
	}
	return head{b[0], binary.BigEndian.Uint16(b[1:]), int(n)}, true
}

// readPacket reads the packet of a put at an offset. The packet is valid until the
// buffer is used again; ok is false if it is damaged. With an error, both are
// meaningless.
func (s *Store) readPacket(at int64, n int) (packet []byte, ok bool, err error) {
	b := s.buffer(n + tailSize)
	_, err = s.file.ReadAt(b, at)
	return b[:n], crc32.Checksum(b[:n], castagnoli) == binary.BigEndian.Uint32(b[n:]), err
}

// buffer returns n bytes of the store's buffer.
func (s *Store) buffer(n int) []byte {
	if cap(s.buf) < n {
		s.buf = make([]byte, n)
	}
	return s.buf[:n]
}
