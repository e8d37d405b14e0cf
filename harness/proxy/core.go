package proxy

import (
	"slices"
	"sync"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// core is what both drivers share: the connections, their flows, and the walk of one packet from its
// arrival over the engine's decision to the moment it is handed over. Its lock guards all of it.
type core struct {
	mu    sync.Mutex
	cfg   Config
	now   func() time.Duration
	kick  func()  // lets the driver go on after something became ready
	sync  func()  // takes what the endpoints have written so far, where that can be known
	conns []*conn // the subject's, by number
	down  bool
	flood flood

	drained bool // all that the subject sends is read, whatever stops it
}

// conn is one connection of the subject (or, unrecorded and without faults, of a bystander).
type conn struct {
	id    int
	plain bool   // a bystander's: not recorded, no faults
	near  socket // towards the subject
	far   socket // towards the peer; nil when the caller plays it
	flows [2]flow
	gone  bool // the subject's side has ended: nothing can be handed to it
	cut   bool // a fault has ended it: what still arrives is lost

	watcher watcher // nil where the driver looks by itself
}

// A watcher is told of the changes of a connection that are not the driver's own.
type watcher interface{ hasChanged() }

// change tells the driver that the connection has changed.
func (c *conn) change() {
	if c.watcher != nil {
		c.watcher.hasChanged()
	}
}

func (c *conn) flow(d wire.Direction) *flow {
	if d == wire.ToServer {
		return &c.flows[0]
	}
	return &c.flows[1]
}

// dest is the socket a direction leads to; nil when nobody reads there.
func (c *conn) dest(d wire.Direction) socket {
	if d == wire.ToServer {
		return c.far
	}
	return c.near
}

// flow is one direction of a connection.
type flow struct {
	framer  wire.Framer
	raw     bool        // the stream turned out not to be MQTT
	pending []fault.Out // decided about, waiting to be handed over
	handed  int         // bytes of pending[0] already handed over
	pieces  int         // pieces of pending[0] already handed over
	ended   bool        // its end was handed over

	free time.Duration // when a slow line has carried what was read; of a bounded direction
}

// arrival is what came out of one end: a packet, raw bytes, or the end of the stream.
type arrival struct {
	data []byte
	raw  bool
	end  fault.Ending // HalfClose for a FIN, RST for a reset
}

// frame cuts bytes that came out of one end into arrivals. Part of a packet stays in the framer.
func (f *flow) frame(b []byte) []arrival {
	if f.raw {
		return []arrival{{data: slices.Clone(b), raw: true}}
	}
	f.framer.Write(b)
	var as []arrival
	for {
		p, err := f.framer.Next()
		if err != nil {
			f.raw = true
			return append(as, f.rest()...)
		}
		if p == nil {
			return as
		}
		as = append(as, arrival{data: slices.Clone(p)})
	}
}

// rest empties the framer of what is no whole packet.
func (f *flow) rest() []arrival {
	b := slices.Clone(f.framer.Rest())
	f.framer.Reset()
	if len(b) == 0 {
		return nil
	}
	return []arrival{{data: b, raw: true}}
}

// open registers a connection of the subject.
func (c *core) open(near, far socket) *conn {
	n := &conn{id: len(c.conns) + 1, near: near, far: far}
	c.conns = append(c.conns, n)
	return n
}

// forgets has the peer lose its sessions where the engine says so.
func (c *core) forgets() {
	if c.cfg.Engine.Forgets() && c.cfg.Forget != nil {
		c.cfg.Forget()
	}
}

// refuses asks the engine whether to refuse the connection that is being opened.
func (c *core) refuses() bool {
	events, refuse := c.cfg.Engine.Refuse(len(c.conns))
	c.note(events)
	return refuse
}

// opened carries out what the engine has for a connection that was just accepted.
func (c *core) opened(n *conn) {
	end, events := c.cfg.Engine.Open(n.id)
	c.note(events)
	if end != fault.NoEnding {
		c.sever(n, end)
	}
}

// arrived records and frames bytes that came out of one end of a connection.
func (c *core) arrived(n *conn, d wire.Direction, b []byte) []arrival {
	if d == wire.ToServer && !n.plain {
		c.cfg.Recorder.Bytes(n.id, capture.Sent, b)
	}
	var as []arrival
	if !n.cut {
		as = n.flow(d).frame(b)
	}
	if d == wire.ToServer && !n.plain {
		c.counts(len(b), len(as))
	}
	return as
}

// arrivedEnd records the end of what comes out of one end of a connection.
func (c *core) arrivedEnd(n *conn, d wire.Direction, reset bool) []arrival {
	end := arrival{end: fault.HalfClose}
	if reset {
		end.end = fault.RST
	}
	if d == wire.ToServer {
		if !n.plain && !n.gone {
			c.cfg.Recorder.End(n.id, capture.Sent, endName(reset))
		}
		n.gone = true
	}
	if n.cut {
		return nil
	}
	return append(n.flow(d).rest(), end)
}

func endName(reset bool) string {
	if reset {
		return "RST"
	}
	return "FIN"
}

// decide asks the engine about an arrival and queues its answer.
func (c *core) decide(n *conn, d wire.Direction, a arrival) {
	defer n.change()
	f := n.flow(d)
	now := c.now()
	if n.plain {
		f.pending = append(f.pending, fault.Out{Data: a.data, End: a.end, Due: now})
		return
	}
	if a.end != fault.NoEnding {
		outs, events := c.cfg.Engine.End(now, n.id, d)
		c.note(events)
		f.pending = append(f.pending, outs...)
		due := now
		if k := len(f.pending); k > 0 {
			due = max(due, f.pending[k-1].Due)
		}
		f.pending = append(f.pending, fault.Out{Conn: n.id, Dir: d, End: a.end, Due: due})
		return
	}
	outs, events := c.cfg.Engine.Packet(now, fault.Packet{Conn: n.id, Dir: d, Data: a.data, Raw: a.raw, Paced: c.bounded(n, d), Due: f.free})
	c.note(events)
	f.pending = append(f.pending, outs...)
}

func (c *core) note(events []fault.Event) {
	for _, e := range events {
		c.cfg.Recorder.Event(e.Conn, e.Text)
	}
}

// ready reports whether the flow's first pending piece may be handed over now.
func (c *core) ready(n *conn, d wire.Direction) bool {
	f := n.flow(d)
	return len(f.pending) > 0 && !c.stalled(n, d) && f.pending[0].Due <= c.now()
}

func (c *core) stalled(n *conn, d wire.Direction) bool {
	return !n.plain && c.cfg.Engine.Stalled(n.id, d)
}

// take removes the flow's next piece, records it when it is for the subject, and returns it: bytes to
// write, or an ending. Bytes and the ending behind them are two pieces, so that whoever wakes up by the
// bytes does not race with their end.
func (c *core) take(n *conn, d wire.Direction) (piece []byte, end fault.Ending) {
	f := n.flow(d)
	o := f.pending[0]
	piece = o.Data[f.handed:]
	if k := len(o.Sizes); k > 0 {
		piece = piece[:min(len(piece), o.Sizes[min(f.pieces, k-1)])]
	}
	f.handed += len(piece)
	f.pieces++
	if k := len(o.Sizes); k > 0 && o.PerByte > 0 && f.handed < len(o.Data) {
		next := min(len(o.Data)-f.handed, o.Sizes[min(f.pieces, k-1)])
		f.pending[0].Due += time.Duration(next) * o.PerByte
	}
	if f.handed == len(o.Data) {
		f.handed, f.pieces = 0, 0
		if len(piece) > 0 && o.End != fault.NoEnding {
			f.pending[0].Data, f.pending[0].Sizes = nil, nil
		} else {
			f.next()
			end = o.End
			if o.Stall != nil {
				c.cfg.Engine.Stall(n.id, *o.Stall)
			}
		}
	}
	if d == wire.ToClient && !n.plain && !n.gone {
		c.cfg.Recorder.Bytes(n.id, capture.Handed, piece)
		if end == fault.HalfClose {
			c.cfg.Recorder.End(n.id, capture.Handed, "FIN")
		}
	}
	return piece, end
}

// next removes the first of what is pending. The room of the last is used again.
func (f *flow) next() {
	if len(f.pending) > 1 {
		f.pending = f.pending[1:]
		return
	}
	f.pending[0] = fault.Out{}
	f.pending = f.pending[:0]
}

// finish carries out an ending that take returned.
func (c *core) finish(n *conn, d wire.Direction, end fault.Ending) {
	switch end {
	case fault.HalfClose:
		n.flow(d).ended = true
		if s := n.dest(d); s != nil {
			s.CloseWrite()
		}
		if n.flows[0].ended && (n.flows[1].ended || n.far == nil) {
			c.closeBoth(n)
		}
	case fault.FIN, fault.RST:
		c.sever(n, end)
	}
}

// sever ends both directions of a connection; what is on its way is lost.
func (c *core) sever(n *conn, how fault.Ending) {
	defer n.change()
	n.cut = true
	for i := range n.flows {
		n.flows[i].pending = nil
	}
	if !n.plain && !n.gone {
		c.cfg.Recorder.End(n.id, capture.Handed, endName(how == fault.RST))
	}
	if how == fault.RST {
		n.gone = true
	}
	for _, s := range []socket{n.near, n.far} {
		switch {
		case s == nil:
		case how == fault.FIN:
			s.CloseWrite()
		default:
			s.Reset()
		}
	}
}

func (c *core) closeBoth(n *conn) {
	for _, s := range []socket{n.near, n.far} {
		if s != nil {
			s.Close()
		}
	}
}
