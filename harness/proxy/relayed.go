package proxy

import (
	"bytes"
	"errors"
	"sync"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// relayed is one connection of a relay. Whoever reads a direction hands over what is due of it; what is due later
// waits for a timer.
type relayed struct {
	r   *Relay
	id  int
	tap Tap
	rec *capture.Recorder // nil without a tap

	mu        sync.Mutex // guards what follows; the relay's lock may be taken with it
	room      sync.Cond  // something was handed over, or the connection was cut
	near, far Socket
	lines     [2]line
	readers   int
	gone      bool // the client's side has ended: nothing that is handed to it counts
	cut       bool
	over      bool
	accounts  [2]account
}

// line is one direction of a relayed connection.
type line struct {
	flow
	run     []byte // packets that no rule concerns, in the framer's buffer: what is handed over next
	partial int    // bytes of a packet that is not whole; the framer itself is the reader's alone
	joins   bool   // the last of pending is such packets, too, and more may be put behind them
	waits   int    // bytes of pending
	stalled bool   // until Heal
	writing bool   // somebody hands over
	batch   []byte
	timer   *time.Timer

	concerned fault.Types // by the rules of this version
	version   uint64

	room  int // bytes that the next read has room for
	spare int // reads in a row that have needed little of it
}

func (c *relayed) line(d wire.Direction) *line {
	if d == wire.ToServer {
		return &c.lines[0]
	}
	return &c.lines[1]
}

func (c *relayed) dest(d wire.Direction) Socket {
	if d == wire.ToServer {
		return c.far
	}
	return c.near
}

// Sizes of what a direction reads into: it grows while reads fill it, and shrinks again.
const (
	leastRoom = 2 << 10
	mostRoom  = 64 << 10
)

// read passes on what comes out of one end, until it ends.
func (c *relayed) read(d wire.Direction, from Socket) {
	l := c.line(d)
	l.framer.Max, l.room = c.r.o.MaxPacket, leastRoom
	for {
		l.framer.Free(4 * l.room)
		b := l.framer.Room(l.room)
		k, err := from.Read(b)
		c.mu.Lock()
		if k > 0 {
			l.fit(k, len(b))
			c.arrived(d, k)
			l.partial = len(l.framer.Rest())
		}
		if err != nil {
			c.ended(d, from, err)
			c.mu.Unlock()
			return
		}
		c.flush(d)
		c.account(d, k)
		for l.waits > maxPending && !c.cut {
			c.room.Wait()
		}
		c.mu.Unlock()
	}
}

// fit fits the room for the next read to what this one has needed of it.
func (l *line) fit(used, of int) {
	switch {
	case used == of:
		l.room, l.spare = min(2*max(l.room, of), mostRoom), 0
	case used > l.room/8 || l.room == leastRoom:
		l.spare = 0
	default:
		if l.spare++; l.spare == 16 {
			l.room, l.spare = max(l.room/4, leastRoom), 0
		}
	}
}

// arrived frames what was read, and decides about each packet. A run of packets that no rule concerns stays where it is
// until it is handed over.
func (c *relayed) arrived(d wire.Direction, k int) {
	l := c.line(d)
	l.framer.Took(k)
	c.r.counts.bytes[d].Add(int64(k))
	if c.cut {
		c.sentRest(d)
		l.framer.Reset()
		return
	}
	c.concern(d)
	if l.raw {
		c.sentRest(d)
		if b := l.framer.Rest(); !l.direct(0) {
			c.pass(d, b, true)
		} else {
			l.run = b
		}
		l.framer.Reset()
		return
	}
	var types [16]int64
	c.frame(d, &types)
	c.r.counts.add(d, &types)
}

// frame decides about each packet that is whole, and counts it. A packet of the client is recorded before what is decided.
func (c *relayed) frame(d wire.Direction, types *[16]int64) {
	l, mark := c.line(d), 0
	seen := l.framer.Mark() // what is before it is recorded
	for !c.cut {
		p, err := l.framer.Next()
		if p != nil {
			t := wire.Type(p[0] >> 4)
			types[t]++
			if l.direct(t) {
				if l.run == nil {
					mark = l.framer.Mark() - len(p)
				}
				l.run = l.framer.Run(mark)
				continue
			}
		}
		c.sent(d, l.framer.Run(seen))
		seen = l.framer.Mark()
		switch {
		case err != nil:
			c.broken(d, err)
			return
		case p == nil:
			return
		}
		c.pass(d, p, false)
	}
}

// broken takes the refusal of a framer: a packet that is too long ends the connection, and other bytes are passed as they
// come from there on.
func (c *relayed) broken(d wire.Direction, err error) {
	var v *wire.Violation
	if errors.As(err, &v) && v.ID == tooLong {
		c.r.counts.tooLong.Add(1)
		c.event("a packet is longer than the proxy takes")
		c.sever(fault.RST, 0)
		return
	}
	c.line(d).raw = true
	c.sentRest(d)
	c.rest(d)
}

// direct reports whether a packet of a type, or bytes that are none, can be handed over from where it was read: no rule
// concerns it, and nothing that waits comes before it.
func (l *line) direct(t wire.Type) bool {
	return !l.concerned.Has(t) && len(l.pending) == 0 && !l.writing && !l.stalled
}

// concern asks which packets of a direction the rules concern, unless that is known.
func (c *relayed) concern(d wire.Direction) {
	l := c.line(d)
	if v := c.r.version.Load(); l.version != v {
		c.r.mu.Lock()
		l.concerned, l.version = c.r.engine.Concerned(c.id, d), v
		c.r.mu.Unlock()
	}
}

// pass passes bytes on by way of what waits. It copies b.
func (c *relayed) pass(d wire.Direction, b []byte, raw bool) {
	l := c.line(d)
	if run := l.run; run != nil {
		l.run = nil
		c.join(l, run)
	}
	t := wire.Type(0)
	if !raw {
		t = wire.Type(b[0] >> 4)
	}
	if l.concerned.Has(t) {
		c.decide(d, b, raw)
	} else {
		c.join(l, b)
	}
}

// join puts bytes that no rule concerns behind what waits.
func (c *relayed) join(l *line, b []byte) {
	l.waits += len(b)
	if k := len(l.pending); k > 0 && l.joins && len(l.pending[k-1].Data)+len(b) <= maxBatch {
		last := &l.pending[k-1]
		last.Data = append(last.Data, b...)
		return
	}
	l.pending = append(l.pending, fault.Out{Data: bytes.Clone(b), Due: c.r.Now()})
	l.joins = true
}

// tooLong is the id of the violation with which a framer refuses a length above its Max.
const tooLong = "4.8-may-1"

// rest decides about bytes that are no whole packet.
func (c *relayed) rest(d wire.Direction) {
	l := c.line(d)
	if b := l.framer.Rest(); len(b) > 0 {
		c.pass(d, b, true)
	}
	l.framer.Reset()
	l.partial = 0
}

// decide asks the rules about bytes, and queues the answer. It copies b.
func (c *relayed) decide(d wire.Direction, b []byte, raw bool) {
	r, l := c.r, c.line(d)
	v := r.version.Load()
	r.mu.Lock()
	outs, events := r.engine.Packet(r.Now(), fault.Packet{Conn: c.id, Dir: d, Data: bytes.Clone(b), Raw: raw})
	l.concerned, l.version = r.engine.Concerned(c.id, d), v
	c.stalls()
	r.mu.Unlock()
	c.note(events)
	c.queue(d, outs...)
}

// stalls copies which directions the engine has stalled. Both locks are held.
func (c *relayed) stalls() {
	for _, d := range directions {
		c.line(d).stalled = c.r.engine.Stalled(c.id, d)
	}
}

func (c *relayed) queue(d wire.Direction, outs ...fault.Out) {
	if c.cut {
		return
	}
	l := c.line(d)
	l.joins = false
	for _, o := range outs {
		l.waits += len(o.Data)
		l.pending = append(l.pending, o)
	}
}

// on runs a control, and notes it.
func (c *relayed) on(text string, do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || c.cut {
		return
	}
	c.event(text)
	do()
	c.finished()
}
