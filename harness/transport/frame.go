package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The types of frames (RFC 6455, 5.2).
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xa
)

// maxFrame bounds the payload of a frame that is read: the largest MQTT packet.
const maxFrame = 1<<28 + 5

// A frame is one frame of WebSocket.
type frame struct {
	op      byte
	fin     bool
	payload []byte
}

// errFrame is matched by the error of bytes that are no frame.
var errFrame = errors.New("transport: no WebSocket frame")

// appendFrame appends a frame to b. A client's is masked with key, a server's has none.
func appendFrame(b []byte, f frame, key *[4]byte) []byte {
	first, masked := f.op, byte(0)
	if f.fin {
		first |= 0x80
	}
	if key != nil {
		masked = 0x80
	}
	b = append(b, first)
	switch n := len(f.payload); {
	case n < 126:
		b = append(b, masked|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, masked|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, masked|127), uint64(n))
	}
	if key == nil {
		return append(b, f.payload...)
	}
	b = append(b, key[:]...)
	for i, c := range f.payload {
		b = append(b, c^key[i%4])
	}
	return b
}

// A framer cuts a stream into frames. masked tells whether they must be masked, as those of a client are.
type framer struct {
	masked bool
	buf    []byte
}

// next returns the next whole frame; ok is false while it is not there. The error matches errFrame.
func (r *framer) next() (f frame, ok bool, err error) {
	b := r.buf
	if len(b) < 2 {
		return f, false, nil
	}
	f.op, f.fin = b[0]&0x0f, b[0]&0x80 != 0
	masked, n, head := b[1]&0x80 != 0, uint64(b[1]&0x7f), 2
	if b[0]&0x70 != 0 {
		return f, false, fmt.Errorf("%w: reserved bits %#02x", errFrame, b[0]&0x70)
	}
	if masked != r.masked {
		return f, false, fmt.Errorf("%w: masked is %t", errFrame, masked)
	}
	switch n {
	case 126:
		head = 4
	case 127:
		head = 10
	}
	if len(b) < head {
		return f, false, nil
	}
	switch head {
	case 4:
		n = uint64(binary.BigEndian.Uint16(b[2:]))
	case 10:
		n = binary.BigEndian.Uint64(b[2:])
	}
	switch control := f.op >= opClose; {
	case control && (n > 125 || !f.fin):
		return f, false, fmt.Errorf("%w: a control frame of %d bytes, fin %t", errFrame, n, f.fin)
	case n > maxFrame:
		return f, false, fmt.Errorf("%w: %d bytes", errFrame, n)
	}
	var key [4]byte
	if masked {
		if len(b) < head+4 {
			return f, false, nil
		}
		copy(key[:], b[head:])
		head += 4
	}
	if uint64(len(b)-head) < n {
		return f, false, nil
	}
	f.payload = append([]byte(nil), b[head:head+int(n)]...)
	r.buf = b[head+int(n):]
	if masked {
		for i := range f.payload {
			f.payload[i] ^= key[i%4]
		}
	}
	return f, true, nil
}

// kindOf names what kind of data a frame has.
func kindOf(op byte) string {
	switch op {
	case opText:
		return TextFrame
	case opBinary, opContinuation:
		return "a binary frame"
	}
	return fmt.Sprintf("a frame of type %#x", op)
}
