package fault

import (
	"fmt"
	"slices"
	"time"

	"umqtt/harness/wire"
)

// A Packet is what a driver read from one end of a connection: one complete packet, or bytes that are not an
// MQTT packet.
type Packet struct {
	Conn int // the connection, counted from 1
	Dir  wire.Direction
	Data []byte
	Raw  bool // Data is not a complete packet: matchers with a type or a field do not match it
	// Paced says that the driver has read Data no faster than [Engine.Rate], up to its last byte at Due:
	// Bandwidth does not delay it.
	Paced bool
	// Due is the time of the last byte of Data if Paced is set.
	Due time.Duration
}

// An Out is what a driver delivers to the other end of a connection: bytes, and then an ending if there is
// one. A driver delivers the Outs of one connection and direction in the order in which it received them.
type Out struct {
	Conn int
	Dir  wire.Direction
	Data []byte
	// Due is the earliest time, on the driver's clock, to deliver Data. It never decreases within a
	// connection and direction.
	Due time.Duration
	// Sizes are the sizes, in bytes, of the pieces in which Data is delivered; the last size repeats. Nil is
	// one piece.
	Sizes []int
	// PerByte is the time that each byte after the first piece takes. The first piece is due at Due. 0 means
	// that all pieces are due at Due.
	PerByte time.Duration
	// End follows Data. FIN and RST end both directions.
	End Ending
	// Stall stops these directions of the connection, as [Engine.Stall] does, once Data is delivered; nil is
	// none.
	Stall *Dirs
}

// An Event is a decision of the engine, for the capture.
type Event struct {
	Conn int
	Text string
}

// An Engine applies rules to packets. It is not safe for concurrent use: results are repeatable because a
// driver passes one packet at a time.
type Engine struct {
	// Watch, if it is set before the first packet, is called with each packet that the engine decides about.
	// These are the packets that [Match].Nth counts.
	Watch func(Packet)

	// MaxHeld bounds the total size, in bytes, of the packets that [Hold] rules keep. A packet that would
	// exceed it passes. 0 means no bound.
	MaxHeld int

	seed     uint64
	rules    []*armed
	openings []opening // what awaits the next connections
	added    int       // rules that were added so far
	hits     map[int]int
	holding  int // bytes that are held
	stalled  map[flow]bool
	last     map[flow]time.Duration
	forget   bool
	err      error
}

// flow is one direction of one connection.
type flow struct {
	conn int
	dir  wire.Direction
}

// NewEngine returns an engine with these rules armed. The seed drives Match.Probability and Jitter.
func NewEngine(seed uint64, rules ...Rule) *Engine {
	e := &Engine{seed: seed, stalled: map[flow]bool{}, last: map[flow]time.Duration{}, hits: map[int]int{}}
	for _, r := range rules {
		e.Arm(r)
	}
	return e
}

// Arm adds a rule after those already armed. The rules apply in the order in which they were armed, each to
// the result of the one before it. If [Rule.Check] fails, the rule is not armed and [Engine.Err] returns the
// error.
func (e *Engine) Arm(r Rule) {
	if _, err := e.Add(r); err != nil {
		e.Fail(err)
	}
}

// Err returns the first error of a rule: one that could not be armed, or a Set on a packet that does not
// decode or has no such field. A run with an error has no verdict.
func (e *Engine) Err() error { return e.err }

// Fail makes err the engine's error if it has none yet. A driver calls it when it cannot do what the engine
// returned.
func (e *Engine) Fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// Refuse decides whether to refuse the connection that is being opened. Its event is recorded for connection
// conn, the last one that was opened.
func (e *Engine) Refuse(conn int) ([]Event, bool) {
	if len(e.openings) == 0 || e.openings[0].end != NoEnding {
		return nil, false
	}
	e.opens()
	return []Event{{conn, "fault refuse"}}, true
}

// Open decides about connection conn, which was just accepted: it returns how to end it at once, or NoEnding.
func (e *Engine) Open(conn int) (Ending, []Event) {
	if len(e.openings) == 0 || e.openings[0].end == NoEnding {
		return NoEnding, nil
	}
	end := e.opens()
	return end, []Event{{conn, "fault accept_close " + end.String()}}
}

// Forgets reports whether a Cut has made the peer lose its sessions since the last call of Forgets. A driver
// calls it before it opens a connection to the peer.
func (e *Engine) Forgets() bool {
	forget := e.forget
	e.forget = false
	return forget
}

// Packet applies the rules to one packet, read at time now on the driver's clock. It returns what to deliver,
// in order.
func (e *Engine) Packet(now time.Duration, p Packet) ([]Out, []Event) {
	if e.Watch != nil {
		e.Watch(p)
	}
	f := flow{p.Conn, p.Dir}
	items := []item{{data: p.Data, raw: p.Raw, due: max(now, p.Due), paced: p.Paced}}
	var events []Event
	for _, r := range e.rules {
		if r.concerns(f, items) {
			items = e.pass(r, f, now, items, &events)
		}
	}
	return e.outs(f, items), events
}

// End is called when a direction ends. It returns the packets that rules such as [Swap] and [Merge] kept for
// the next packet of the direction, after the later rules have been applied to them. Packets of [Hold] rules
// stay held.
func (e *Engine) End(now time.Duration, conn int, dir wire.Direction) ([]Out, []Event) {
	f := flow{conn, dir}
	var items []item
	var events []Event
	for _, r := range e.rules {
		items = append(e.pass(r, f, now, items, &events), r.flush(f, now)...)
	}
	return e.outs(f, items), events
}

// pass passes items through one rule, and notes what it does.
func (e *Engine) pass(r *armed, f flow, now time.Duration, items []item, events *[]Event) []item {
	var next []item
	for _, it := range items {
		res, note, err := r.apply(e, f, now, it)
		next = append(next, res...)
		if note != "" {
			*events = append(*events, Event{f.conn, note})
		}
		if err != nil {
			e.Fail(err)
		}
	}
	return next
}

// Held reports whether rules of this name hold anything.
func (e *Engine) Held(name string) bool {
	return slices.ContainsFunc(e.rules, func(r *armed) bool { return r.Name == name && len(r.held) > 0 })
}

// Release returns the packets that the rules with this name hold, in the order in which they were held, and
// disarms these rules. It fails if no rule has this name.
func (e *Engine) Release(now time.Duration, name string) ([]Out, []Event, error) {
	var outs []Out
	var events []Event
	found := false
	e.rules = slices.DeleteFunc(e.rules, func(r *armed) bool {
		if _, hold := r.Action.(Hold); !hold || r.Name != name {
			return false
		}
		found = true
		for _, h := range r.held {
			e.holding -= len(h.it.data)
			h.it.due = max(h.it.due, now)
			outs = append(outs, e.outs(h.flow, []item{h.it})...)
			events = append(events, Event{h.flow.conn, "fault release " + arrow(h.flow.dir) + " " + h.it.describe()})
		}
		return true
	})
	if !found {
		return nil, nil, fmt.Errorf("fault: release %q: no hold rule has this name", name)
	}
	return outs, events, nil
}

// Stall stops the given directions of a connection until [Engine.Heal].
func (e *Engine) Stall(conn int, d Dirs) {
	for _, dir := range []wire.Direction{wire.ToServer, wire.ToClient} {
		if d.Has(dir) {
			e.stalled[flow{conn, dir}] = true
		}
	}
}

// Heal ends every stall of a connection.
func (e *Engine) Heal(conn int) {
	delete(e.stalled, flow{conn, wire.ToServer})
	delete(e.stalled, flow{conn, wire.ToClient})
}

// Stalled reports whether this direction of the connection is stalled: the driver must not deliver anything.
func (e *Engine) Stalled(conn int, dir wire.Direction) bool { return e.stalled[flow{conn, dir}] }

// outs gives items their place in the flow: nothing is due before what was decided earlier.
func (e *Engine) outs(f flow, items []item) []Out {
	outs := make([]Out, 0, len(items))
	for _, it := range items {
		it.due = max(it.due, e.last[f])
		e.last[f] = it.due
		o := Out{Conn: f.conn, Dir: f.dir, Data: it.data, Due: it.due, Sizes: it.sizes, End: it.end, Stall: it.stall}
		if len(it.sizes) > 0 && it.perByte > 0 {
			o.PerByte = it.perByte
			o.Due -= time.Duration(max(0, len(it.data)-it.sizes[0])) * it.perByte
		}
		outs = append(outs, o)
	}
	return outs
}

// item is a packet on its way through the rules.
type item struct {
	data  []byte
	raw   bool
	due   time.Duration
	sizes []int
	end   Ending
	stall *Dirs

	perByte time.Duration
	paced   bool // Bandwidth has been seen to
}

func (it item) describe() string {
	if it.raw {
		return fmt.Sprintf("raw %dB", len(it.data))
	}
	return wire.Describe(it.data)
}

func (it item) packetType() wire.Type {
	if it.raw || len(it.data) == 0 {
		return 0
	}
	return wire.Type(it.data[0] >> 4)
}

func arrow(d wire.Direction) string {
	if d == wire.ToServer {
		return ">"
	}
	return "<"
}
