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

// largeBuffer is the size in bytes above which Write lets a buffer grow in large steps.
const largeBuffer = 64 << 10

// Write buffers the next bytes of the stream. It always takes all of them and ends the life of the
// frame that Next returned last.
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

// Room returns at least n bytes of free space behind what is buffered, for a Read; [Framer.Took] then buffers what was read.
// It ends the life of the frame that Next returned last.
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

// Took buffers the first k bytes of what Room returned.
func (f *Framer) Took(k int) { f.buf = f.buf[:len(f.buf)+k] }

// Mark returns where the next frame begins, for [Framer.Run].
func (f *Framer) Mark() int { return f.at }

// Run returns the frames that Next has returned since mark, one behind the other. They are valid until the next Write, Room
// or Reset.
func (f *Framer) Run(mark int) []byte { return f.buf[mark:f.at:f.at] }

// Next returns the next whole frame, valid until the next Write, Room or Reset, and nil if more
// bytes are needed. A remaining length that takes more than four bytes (2.2.3-must-1) or is above Max (4.8-may-1)
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

// Rest returns the bytes that have not been framed, valid until the next Write, Room or Reset.
func (f *Framer) Rest() []byte { return f.buf[f.at:] }

// Free makes the framer forget its buffer, where nothing is in it and it has more than n bytes.
func (f *Framer) Free(n int) {
	if f.at == len(f.buf) && cap(f.buf) > n {
		f.buf, f.at = nil, 0
	}
}

// Reset forgets the bytes and the refusal, for a new stream. It keeps the buffer and Max.
func (f *Framer) Reset() {
	f.buf, f.at = f.buf[:0], 0
}

// Length returns how many bytes the first packet of b has, as far as its fixed header says, and 0 if b does not begin with
// the whole of one.
func Length(b []byte) int {
	n, width := remainingLength(b)
	if width == 0 || width > maxWidth || len(b) < 1+width+n {
		return 0
	}
	return 1 + width + n
}

// Whole reports whether b is exactly one packet, as far as its fixed header says.
func Whole(b []byte) bool {
	return len(b) > 0 && Length(b) == len(b)
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
