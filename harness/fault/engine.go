package fault

import (
	"fmt"
	"slices"
	"time"

	"umqtt/harness/wire"
)

// A Packet is what a driver took from one end of a connection: one whole packet, or bytes that are
// no MQTT packet.
type Packet struct {
	Conn int // the connection, counted from 1
	Dir  wire.Direction
	Data []byte
	Raw  bool // Data is no whole packet: matchers that name a type or a field do not see it
	// Paced tells that the driver has read Data no faster than [Engine.Rate], and has it whole at Due: Bandwidth does
	// not delay it.
	Paced bool
	// Due is when the last byte of Data has passed, where it is paced.
	Due time.Duration
}

// An Out is something to hand to the other end of a connection: bytes, then perhaps an ending. A
// driver hands the outs of one connection and direction over in the order it got them.
type Out struct {
	Conn int
	Dir  wire.Direction
	Data []byte
	// Due is the time, on the driver's clock, before which Data is not handed over. It never
	// decreases within a connection and direction.
	Due time.Duration
	// Sizes are the pieces Data is handed over in, the last one repeating; nil is one piece.
	Sizes []int
	// PerByte is how long each byte of a piece behind the first one takes, counted from Due, by
	// which the first one has been taken; 0: all of them are due at Due.
	PerByte time.Duration
	// End follows Data. FIN and RST end both directions.
	End Ending
	// Stall stops these directions of the connection once Data is handed over, by [Engine.Stall]; nil is
	// none.
	Stall *Dirs
}

// An Event is a decision of the engine, for the capture.
type Event struct {
	Conn int
	Text string
}

// An Engine applies rules to packets. It is not safe for concurrent use: a driver asks it about one
// packet at a time, which is what makes its answers repeatable.
type Engine struct {
	// Watch, if it is set before the first packet, is called with each packet that the engine decides about:
	// what [Match].Nth counts.
	Watch func(Packet)

	// MaxHeld bounds, in bytes, what rules of the kind [Hold] keep together. A packet beyond it passes. 0 is no bound.
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

// Arm adds a rule behind those already armed. A packet passes the rules in the order they were armed;
// what one makes of it is what the next one sees. A rule that [Rule.Check] refuses is not armed and
// becomes [Engine.Err].
func (e *Engine) Arm(r Rule) {
	if _, err := e.Add(r); err != nil {
		e.Fail(err)
	}
}

// Err returns the first error of a rule: one that could not be armed, or a Set on a packet that
// does not decode or has no such field. A run with an error is a setup error, not a verdict.
func (e *Engine) Err() error { return e.err }

// Fail makes err the engine's error if it has none yet; a driver uses it for what it could not do.
func (e *Engine) Fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// Refuse decides whether to refuse the connection that is being opened; its event is noted on
// connection conn, the last one there was.
func (e *Engine) Refuse(conn int) ([]Event, bool) {
	if len(e.openings) == 0 || e.openings[0].end != NoEnding {
		return nil, false
	}
	e.opens()
	return []Event{{conn, "fault refuse"}}, true
}

// Open decides about connection conn, which was accepted: how to end it at once, or NoEnding.
func (e *Engine) Open(conn int) (Ending, []Event) {
	if len(e.openings) == 0 || e.openings[0].end == NoEnding {
		return NoEnding, nil
	}
	end := e.opens()
	return end, []Event{{conn, "fault accept_close " + end.String()}}
}

// Forgets reports whether a [Cut] has made the peer lose its sessions since Forgets was asked last. A driver
// asks it before it opens a connection to the peer.
func (e *Engine) Forgets() bool {
	forget := e.forget
	e.forget = false
	return forget
}

// Packet decides about one packet, taken at time now.
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

// End flushes what rules kept back for the next packet of a direction that now ends: it passes the rules behind them.
// Held packets stay held.
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

// Release hands over what the rules of this name hold, in the order it was held, and disarms them.
// It reports an error when no rule has that name.
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
		return nil, nil, fmt.Errorf("fault: release %q: no packet was ever to be held under that name", name)
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

// Stalled reports whether a driver must keep what it has for this direction of the connection.
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
