package proxy

import (
	"errors"
	"fmt"
	"time"
)

// Bounds on what a subject sends. They are far above what a scenario needs and keep a subject that sends
// without end from taking all memory. A subject that goes beyond one is not read any more, as if it met a
// TCP window that stays closed, and the link's error is an [ErrFlood].
const (
	// MaxInstantBytes is how many bytes a subject may send on all its connections without letting virtual
	// time pass. It has no meaning in the real world, where each read has an instant of its own.
	MaxInstantBytes = 16 << 20
	// MaxInstantPackets is how many packets a subject may send in the same way.
	MaxInstantPackets = 100_000
	// MaxSentBytes is how many bytes a subject may send on all its connections in all, in both worlds. It
	// bounds what waits behind a stall or a delay, too.
	MaxSentBytes = 32 << 20
)

// ErrFlood is the error of a subject that sends without end.
var ErrFlood = errors.New("the subject sends without end")

var bounds = floodBounds{MaxInstantBytes, MaxInstantPackets, MaxSentBytes}

// bounds are those of a link.
func (c Config) bounds() floodBounds {
	b := bounds
	b.instantPackets = max(b.instantPackets, c.Packets)
	return b
}

type floodBounds struct{ instantBytes, instantPackets, sentBytes int }

// flood counts what the subject has sent.
type flood struct {
	bounds         floodBounds
	at             time.Duration // the instant that bytes and packets count
	bytes, packets int
	sent           int  // bytes since the beginning
	over           bool // a bound was exceeded
}

// counts adds what arrived now, and fails the link when it is too much.
func (c *core) counts(bytes, packets int) {
	f := &c.flood
	if now := c.now(); now != f.at {
		f.at, f.bytes, f.packets = now, 0, 0
	}
	f.bytes += bytes
	f.packets += packets
	f.sent += bytes
	switch b := f.bounds; {
	case f.bytes > b.instantBytes:
		c.flooded("more than %d bytes without letting time pass", b.instantBytes)
	case f.packets > b.instantPackets:
		c.flooded("more than %d packets without letting time pass", b.instantPackets)
	case f.sent > b.sentBytes:
		c.flooded("more than %d bytes in all", b.sentBytes)
	}
}

func (c *core) flooded(format string, bound int) {
	c.flood.over = true
	c.cfg.Engine.Fail(fmt.Errorf("%w: "+format, ErrFlood, bound))
	c.kick()
}
