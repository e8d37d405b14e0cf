package broker

import (
	"bytes"
	"errors"
	"net"
	"sync"
	"time"
)

// Limits of a broker.
const (
	// MaxPacket is the largest packet that the broker takes, in bytes; the connection that announces a larger one is
	// closed.
	MaxPacket = 32 << 20
	// MaxConns is how many connections are open at a time; one more is closed at once.
	MaxConns = 20_000
	// OpenTimeout is how long a connection may take for its CONNECT.
	OpenTimeout = time.Minute

	// gated is the size from which a packet is handed to mochi when it is whole: below it, mochi's buffer is small.
	gated = 64 << 10
	// maxGated bounds the bytes of unfinished packets of all connections, in a broker.
	maxGated = 256 << 20
)

// A budget is an amount that the connections of a broker share.
type budget struct {
	mu   sync.Mutex
	left int
}

// take takes n of it, if there is so much.
func (b *budget) take(n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < n {
		return false
	}
	b.left -= n
	return true
}

func (b *budget) give(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += n
}

// ErrBudget is the end of a connection for whose unfinished packet no room is left.
var ErrBudget = errors.New("broker: too much of unfinished packets")

// A gate is a connection as mochi reads it. Mochi allocates the length that a packet announces; a gate keeps a
// large packet back until it is whole, in a buffer that grows with what has arrived. It keeps back the last byte of the
// length, too, behind which mochi allocates.
type gate struct {
	net.Conn
	shared *budget
	over   chan struct{} // closed when mochi has done with the connection

	left  int    // bytes of the current packet that pass as they come
	shift int    // bits of the length that is being read; -1 before the first byte of a packet
	size  int    // the length so far
	large []byte // what has arrived of a large packet, from the last byte of its length on
	want  int    // the size of large when it is whole; 0 while there is none
	whole bool   // large has arrived, and is handed over
	taken int    // what large has of the budget
	rest  []byte // what was read behind it
	raw   bool   // no length can be made out: all passes
}

func newGate(c net.Conn, shared *budget) *gate {
	return &gate{Conn: c, shared: shared, over: make(chan struct{}), shift: -1}
}

// Read implements [net.Conn].
func (g *gate) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if g.want > 0 {
			if g.whole {
				return g.hand(p), nil
			}
			if err := g.fill(); err != nil {
				return 0, err
			}
			continue
		}
		var n int
		var err error
		if len(g.rest) > 0 {
			n = copy(p, g.rest)
			g.rest = g.rest[n:]
		} else {
			n, err = g.Conn.Read(p)
		}
		if n = g.pass(p[:n]); n > 0 || err != nil {
			return n, err
		}
	}
}

// fill reads on in the large packet.
func (g *gate) fill() error {
	if len(g.large) == cap(g.large) {
		size := min(2*cap(g.large)+gated, g.want)
		if !g.shared.take(size - g.taken) {
			return ErrBudget
		}
		g.taken = size
		g.large = append(make([]byte, 0, size), g.large...)
	}
	n, err := g.Conn.Read(g.large[len(g.large):cap(g.large)])
	g.large = g.large[:len(g.large)+n]
	if g.whole = len(g.large) == g.want; g.whole {
		return nil
	}
	return err
}

// hand copies from the large packet, which has arrived.
func (g *gate) hand(p []byte) int {
	n := copy(p, g.large)
	if g.large = g.large[n:]; len(g.large) == 0 {
		g.end()
		g.large, g.want, g.whole = nil, 0, false
	}
	return n
}

// end returns to the budget what the connection has of it.
func (g *gate) end() {
	g.shared.give(g.taken)
	g.taken = 0
}

// pass follows the packets in b, and returns how many bytes of it mochi may have now.
func (g *gate) pass(b []byte) int {
	for i := 0; i < len(b) && !g.raw; i++ {
		switch c := b[i]; {
		case g.left > 0:
			n := min(g.left, len(b)-i)
			g.left -= n
			i += n - 1
		case g.shift < 0: // type and flags
			g.shift, g.size = 0, 0
		case g.shift > 21:
			g.raw = true // a length of five bytes: mochi refuses it
		default:
			g.size |= int(c&0x7f) << g.shift
			if g.shift += 7; c >= 0x80 {
				continue
			}
			g.shift = -1
			if g.size < gated || g.size >= MaxPacket { // what is too large mochi refuses by its own limit
				g.left = g.size
				continue
			}
			return g.begin(b, i)
		}
	}
	return len(b)
}

// begin keeps back the large packet the last byte of whose length is b[i].
func (g *gate) begin(b []byte, i int) int {
	g.want = 1 + g.size
	body := b[i:min(len(b), i+g.want)]
	g.rest = append(bytes.Clone(b[i+len(body):]), g.rest...)
	g.large = append([]byte(nil), body...)
	g.whole = len(body) == g.want
	return i
}
