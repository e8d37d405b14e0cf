package wire

import (
	"fmt"
	"slices"
)

// Framer finds the packets in a byte stream, however the stream was split. It looks at fixed headers
// only: whether a frame is a good packet is for Decode to say. The zero value is ready for use. It is
// not safe for concurrent use, and its buffer grows with the bytes that came, never with what a length
// announces.
type Framer struct {
	// Max is the largest remaining length that is accepted; 0 stands for 268435455, the largest there is.
	Max int

	buf []byte
	at  int // buf[at:] has not been framed
}

// Write buffers the next bytes of the stream. It always takes all of them and ends the life of the
// frame that Next returned last.
func (f *Framer) Write(b []byte) (int, error) {
	if f.at > 0 && len(f.buf)+len(b) > cap(f.buf) {
		f.buf, f.at = f.buf[:copy(f.buf, f.buf[f.at:])], 0
	}
	f.buf = append(f.buf, b...)
	return len(b), nil
}

// Next returns the next whole frame, valid until the next Write or Reset, and nil if more bytes are
// needed. A remaining length that takes more than four bytes (2.2.3-must-1) or is above Max (4.8-may-1)
// is refused with a *Violation as soon as it can be seen; no frames come after that, until Reset, and
// Rest begins with the packet that was refused.
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

// Rest returns the bytes that have not been framed, valid until the next Write or Reset.
func (f *Framer) Rest() []byte { return f.buf[f.at:] }

// Reset forgets the bytes and the refusal, for a new stream. It keeps the buffer and Max.
func (f *Framer) Reset() {
	f.buf, f.at = f.buf[:0], 0
}

// Begun reports whether b is the beginning of a packet and not the whole of it, as far as its fixed header says.
func Begun(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	f := Framer{buf: b}
	frame, err := f.Next()
	return frame == nil && err == nil
}
