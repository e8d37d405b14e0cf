package client

import "math"

// input is the receive buffer, a stack: below floor lie the packets whose
// callbacks run, from r to w what has arrived and is not taken up. Growing makes
// a new array and leaves the old one to the callbacks that hold slices of it.
type input struct {
	buf         []byte
	floor, r, w int
	maxPacket   int
	bound       int    // the most bytes that buf grows to
	own         bool   // buf is not the caller's
	filled      bool   // a read has filled buf: there was more to read at once
	total       uint64 // bytes received on the connection
	looked      int    // up to here, if it is above r, look has found no PINGRESP
	err         error  // of the connection, due once the bytes before it are used up
	skip        skip
}

// readAhead is how many bytes more than the packet at hand are read at once, by
// those who get that much: buf begins with firstBuffer bytes.
const (
	readAhead   = 2048
	firstBuffer = 512
)

// ordinary is the size in bytes of a buffer that is kept in any case.
const ordinary = 64 << 10

func (in *input) init(buf []byte, maxPacket, maxDepth int) {
	in.maxPacket = maxPacket
	in.bound = math.MaxInt
	if maxDepth < in.bound/maxPacket {
		in.bound = (maxDepth + 1) * maxPacket
	}
	if len(buf) == 0 {
		buf, in.own = in.first(), true
	}
	in.buf = buf
}

func (in *input) first() []byte { return make([]byte, min(firstBuffer, in.bound)) }

// reset forgets everything but the packets whose callbacks run. The next connection
// need not have the memory that this one has taken.
func (in *input) reset() {
	if in.own && in.floor == 0 && len(in.buf) > ordinary {
		in.buf = in.first()
	}
	in.r, in.w, in.looked = in.floor, in.floor, in.floor
	in.err, in.total, in.filled = nil, 0, false
	in.skip = skip{}
}

func (in *input) unread() []byte { return in.buf[in.r:in.w] }

// taken is how many bytes of the connection are used up.
func (in *input) taken() uint64 { return in.total - uint64(in.w-in.r) }

// part identifies the packet of which a part has come: it is 1 more than the number
// of bytes that came before the part that is not used up. It is 0 if there is none,
// as far as look has seen.
func (in *input) part() uint64 {
	start := max(in.r, in.looked)
	if n := in.skip.seen; in.skip.size > 0 && n < in.skip.body {
		return in.taken() - uint64(n) + 1
	}
	if start >= in.w {
		return 0
	}
	return in.total - uint64(in.w-start) + 1
}

// compact moves the unread bytes down to the floor.
func (in *input) compact() {
	if in.r > in.floor {
		in.w = in.floor + copy(in.buf[in.floor:], in.unread())
		in.looked -= in.r - in.floor
		in.r = in.floor
	}
}

// got notes n new bytes.
func (in *input) got(n int) {
	in.w += n
	in.total += uint64(n)
	in.filled = in.w == len(in.buf)
}

// room returns where to read to: the rest of a packet of need bytes, as far as the
// buffer goes, and some more. The buffer grows when it is full, to twice its size,
// and so by what has come and not by what a peer announces. The room is empty if
// the bound does not leave any, which happens only when need is 0.
func (in *input) room(need int) []byte {
	if in.r == in.w {
		in.r, in.w, in.looked = in.floor, in.floor, in.floor
	}
	need = max(need, in.w-in.r+1)
	if in.r+need > len(in.buf) {
		in.compact()
	}
	if in.w == len(in.buf) || in.filled && in.own && len(in.buf) < readAhead {
		in.grow()
	}
	return in.buf[in.w:min(len(in.buf), max(in.r+need, in.w+readAhead))]
}

// ahead is the room for one who reads on without taking anything up. There is none
// when the buffer is full and as large as it gets, until half of it was taken up: to
// move the bytes for each packet that is would take longer, the more have come.
func (in *input) ahead() []byte {
	if in.w == len(in.buf) && (in.w >= in.bound && in.r-in.floor < in.w-in.r || in.large()) {
		return nil
	}
	return in.room(0)
}

// large reports whether the next packet is a large one that has come: the buffer, which
// has its size, does not grow for what is behind it.
func (in *input) large() bool {
	h, ok, err := parseHeader(in.unread(), true)
	return ok && err == nil && h.size > ordinary && h.size <= len(in.unread())
}

// cut takes a packet out of the unread ones.
func (in *input) cut(at, size int) {
	in.w = at + copy(in.buf[at:], in.buf[at+size:in.w])
	if in.looked > at {
		in.looked -= size
	}
}

// promised is the least part of a large packet that has come before memory is taken
// for all of it.
const promised = 32

// grow makes the buffer larger, to the bound: twice as large, or as large as a large
// packet needs, once a part of that has come.
func (in *input) grow() {
	in.filled = false
	if len(in.buf) < in.bound {
		size := 2 * len(in.buf)
		at := max(in.r, in.looked)
		h, ok, err := parseHeader(in.buf[at:in.w], true)
		if whole := at + h.size; ok && err == nil && whole > len(in.buf) && h.size > ordinary &&
			h.size <= in.maxPacket && in.w-at >= h.size/promised {
			size = whole
		}
		buf := make([]byte, min(size, in.bound))
		copy(buf[in.r:], in.unread())
		in.buf = buf
	}
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
