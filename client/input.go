package client

import "math"

// input is the receive buffer, a stack: below floor lie the packets whose
// callbacks run, from r to w what has arrived and is not taken up. Growing makes
// a new array and leaves the old one to the callbacks that hold slices of it.
type input struct {
	buf         []byte
	floor, r, w int
	maxPacket   int
	bound       int   // the most bytes that buf grows to
	err         error // of the connection, due once the bytes before it are used up
	skip        skip
}

// readAhead is how many bytes more than the packet at hand are read at once.
const readAhead = 2048

func (in *input) init(buf []byte, maxPacket, maxDepth int) {
	in.maxPacket = maxPacket
	in.bound = math.MaxInt
	if maxDepth < in.bound/maxPacket {
		in.bound = (maxDepth + 1) * maxPacket
	}
	if len(buf) == 0 {
		buf = make([]byte, min(readAhead, in.bound))
	}
	in.buf = buf
}

// reset forgets everything but the packets whose callbacks run.
func (in *input) reset() {
	in.r, in.w = in.floor, in.floor
	in.err = nil
	in.skip = skip{}
}

func (in *input) unread() []byte { return in.buf[in.r:in.w] }

// compact moves the unread bytes down to the floor.
func (in *input) compact() {
	if in.r > in.floor {
		in.w = in.floor + copy(in.buf[in.floor:], in.unread())
		in.r = in.floor
	}
}

// room returns where to read to: enough for the rest of a packet of need bytes,
// and some more. It is empty if the bound does not leave any, which happens only
// when need is 0.
func (in *input) room(need int) []byte {
	if in.r == in.w {
		in.r, in.w = in.floor, in.floor
	}
	need = max(need, in.w-in.r+1)
	if in.r+need > len(in.buf) {
		in.compact()
	}
	if in.r+need > len(in.buf) && len(in.buf) < in.bound {
		size := min(max(2*len(in.buf), in.r+need), in.bound)
		buf := make([]byte, size)
		copy(buf[in.r:], in.unread())
		in.buf = buf
	}
	return in.buf[in.w:min(len(in.buf), max(in.r+need, in.w+readAhead))]
}

// pin takes the packet of size bytes at r off the unread bytes and raises the
// floor above it, for the callback of a call at this depth. It returns the packet
// and the floor to go back to.
func (in *input) pin(size, depth int) (packet []byte, floor int) {
	if in.r+size > depth*in.maxPacket {
		in.compact() // used up bytes below r must not add up in nested calls
	}
	packet, floor = in.buf[in.r:in.r+size:in.r+size], in.floor
	in.r += size
	in.floor = in.r
	return packet, floor
}
