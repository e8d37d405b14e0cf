package wire

import (
	"fmt"
	"slices"
)

// Framer splits a byte stream into packets. It reads only fixed headers; Decode checks the rest. The zero
// value is ready for use. It is not safe for concurrent use. Its buffer grows with the bytes that arrived,
// not with the length that a packet announces.
type Framer struct {
	// Max is the largest remaining length that is accepted; 0 means 268435455, the largest possible one.
	Max int

	buf []byte
	at  int // buf[at:] has not been framed
}

// largeBuffer is the size in bytes above which Write lets a buffer grow in large steps.
const largeBuffer = 64 << 10

// Write buffers the next bytes of the stream. It always returns len(b) and nil. The frame that Next returned
// last becomes invalid.
func (f *Framer) Write(b []byte) (int, error) {
	if f.at > 0 && len(f.buf)+len(b) > cap(f.buf) {
		f.buf, f.at = f.buf[:copy(f.buf, f.buf[f.at:])], 0
	}
	f.reserve(len(b))
	f.buf = append(f.buf, b...)
	return len(b), nil
}

// reserve makes room for n more bytes behind the beginning of a large packet. The buffer doubles, or has room for the
// whole packet once half of it has come, so that a packet that comes in many pieces is copied twice at most.
func (f *Framer) reserve(n int) {
	need := len(f.buf) + n
	if f.at == len(f.buf) || need < largeBuffer || need <= cap(f.buf) {
		return // append does as well
	}
	size := 2 * need
	if length, width := remainingLength(f.buf[f.at:]); width > 0 && width <= maxWidth {
		if end := f.at + 1 + width + length; end >= need {
			size = min(size, end)
		}
	}
	f.buf = slices.Grow(f.buf, size-len(f.buf))
}

// Room returns at least n bytes of free space after the buffered bytes, for a Read. [Framer.Took] then adds
// what was read. The frame that Next returned last becomes invalid.
func (f *Framer) Room(n int) []byte {
	if f.at == len(f.buf) {
		f.buf, f.at = f.buf[:0], 0
	}
	if cap(f.buf)-len(f.buf) < n && f.at > 0 {
		f.buf, f.at = f.buf[:copy(f.buf, f.buf[f.at:])], 0
	}
	f.buf = slices.Grow(f.buf, n)
	return f.buf[len(f.buf):cap(f.buf)]
}

// Took adds the first k bytes of what Room returned to the buffered bytes.
func (f *Framer) Took(k int) { f.buf = f.buf[:len(f.buf)+k] }

// Mark returns the position of the next frame, for [Framer.Run]. It is valid until the next Write, Room or Reset.
func (f *Framer) Mark() int { return f.at }

// Run returns the bytes of all frames that Next has returned since mark. They are valid until the next Write,
// Room or Reset.
func (f *Framer) Run(mark int) []byte { return f.buf[mark:f.at:f.at] }

// Next returns the next complete frame, or nil if more bytes are needed. The frame is valid until the next
// Write, Room or Reset. Next fails with a *Violation as soon as a remaining length has more than four bytes
// (2.2.3-must-1) or exceeds Max (4.8-may-1). It then fails until Reset, and Rest begins with the refused
// packet.
func (f *Framer) Next() ([]byte, error) {
	b := f.buf[f.at:]
	n, width := remainingLength(b)
	total := 1 + width + n
	switch {
	case width == 0:
		return nil, nil
	case width > maxWidth:
		return nil, &Violation{ID: fourBytes, Packet: known(b), Offset: maxWidth, Found: "a remaining length that goes on in a fifth byte"}
	case f.Max > 0 && n > f.Max:
		return nil, &Violation{ID: noRoom, Packet: known(b), Offset: 1, Found: fmt.Sprintf("a remaining length of %d, above the limit of %d", n, f.Max)}
	case len(b) < total:
		return nil, nil
	}
	f.at += total
	return slices.Clip(b[:total]), nil
}

// Rest returns the bytes that Next has not returned. They are valid until the next Write, Room or Reset.
func (f *Framer) Rest() []byte { return f.buf[f.at:] }

// Free releases the framer's buffer if it is empty and larger than n bytes.
func (f *Framer) Free(n int) {
	if f.at == len(f.buf) && cap(f.buf) > n {
		f.buf, f.at = nil, 0
	}
}

// Reset discards the buffered bytes and the error, for a new stream. It keeps the buffer and Max.
func (f *Framer) Reset() {
	f.buf, f.at = f.buf[:0], 0
}

// Length returns the length in bytes of the first packet of b by its fixed header, or 0 if b does not begin with a
// complete packet.
func Length(b []byte) int {
	n, width := remainingLength(b)
	if width == 0 || width > maxWidth || len(b) < 1+width+n {
		return 0
	}
	return 1 + width + n
}

// Whole reports whether b is exactly one packet by its fixed header. It does not check the rest.
func Whole(b []byte) bool {
	return len(b) > 0 && Length(b) == len(b)
}

// Begun reports whether b is an incomplete packet by its fixed header.
func Begun(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	f := Framer{buf: b}
	frame, err := f.Next()
	return frame == nil && err == nil
}
