package mutant

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// tamper is what all connections of one mutated subject share: the engine and the rewrite, which see
// every packet in the order it passes.
type tamper struct {
	name string

	sent bool // it changes only what the subject sends

	mu      sync.Mutex
	engine  *fault.Engine
	rewrite Rewrite
}

// A tamperer decides what becomes of what passes the connections of one subject.
type tamperer interface {
	// packet returns what becomes of one packet.
	packet(fault.Packet) []fault.Out
	// waits returns what goes out before the subject waits.
	waits(conn int) []fault.Out
	// end returns what was kept back for the next packet of a direction that now ends.
	end(conn int, dir wire.Direction) []fault.Out
	// rest returns what the subject is handed at the end of a connection in place of what is left of it.
	rest(conn int, rest []byte) []byte
	// piece returns what the subject is handed in place of the beginning of a packet, and whether that changes.
	piece(conn int, b []byte) (instead []byte, changed bool)
	// keeps reports whether a connection stays open although the subject closes it.
	keeps(conn int) bool
	// onlySent reports whether what the subject is handed stays as it is. It then has the bytes as they come, before their packet
	// is whole.
	onlySent() bool
}

func newTamper(m Mutant, env subject.Env) *tamper {
	t := &tamper{name: m.Name, engine: fault.NewEngine(env.Seed, m.Rules...)}
	if m.Rewrite != nil {
		t.rewrite = m.Rewrite()
	}
	if m.Clocked != nil {
		now := env.Now
		if now == nil {
			now = time.Now
		}
		t.rewrite = m.Clocked(now)
	}
	t.sent = !t.rewrite.Whole && (t.rewrite.Packet == nil || t.rewrite.Sent) && t.rewrite.Rest == nil && t.rewrite.Piece == nil &&
		!slices.ContainsFunc(m.Rules, func(r fault.Rule) bool { return r.Match.Dirs != fault.ToServer })
	return t
}

func (t *tamper) onlySent() bool { return t.sent }

// dialer returns dial with every connection tampered with. The connections are numbered from 1 in the order in which
// they are made.
func dialer(t tamperer, dial func(context.Context) (net.Conn, error)) func(context.Context) (net.Conn, error) {
	var conns atomic.Int64
	return func(ctx context.Context) (net.Conn, error) {
		c, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		return open(t, c, int(conns.Add(1))), nil
	}
}

// open returns a connection, tampered with.
func open(t tamperer, c net.Conn, id int) *conn {
	return &conn{
		Conn: c, id: id, tamper: t, turn: make(chan struct{}, 1),
		in: flow{dir: wire.ToClient, conn: id}, out: flow{dir: wire.ToServer, conn: id},
	}
}

// packet implements tamperer. It panics when a rule does not suit a packet that it matches: the mutant is wrong then,
// not the subject.
func (t *tamper) packet(p fault.Packet) []fault.Out {
	outs, err := t.decide(p)
	t.must(err)
	return outs
}

func (t *tamper) must(err error) {
	if err != nil {
		panic(fmt.Sprintf("mutant %s: %v", t.name, err))
	}
}

// decide returns what becomes of one packet, or that a rule does not suit it.
func (t *tamper) decide(p fault.Packet) ([]fault.Out, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	packets := []fault.Packet{p}
	if t.rewrite.Packet != nil {
		packets = t.rewrite.Packet(p)
	}
	return t.ruled(p.Conn, packets)
}

func (t *tamper) waits(conn int) []fault.Out {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rewrite.Wait == nil {
		return nil
	}
	outs, err := t.ruled(conn, t.rewrite.Wait(conn))
	t.must(err)
	return outs
}

// ruled puts packets of a connection to the rules. t.mu is held.
func (t *tamper) ruled(conn int, packets []fault.Packet) ([]fault.Out, error) {
	var outs []fault.Out
	for _, q := range packets {
		more, _ := t.engine.Packet(0, fault.Packet{Conn: conn, Dir: q.Dir, Data: q.Data, Raw: q.Raw})
		outs = append(outs, more...)
	}
	return outs, t.engine.Err()
}

func (t *tamper) end(conn int, dir wire.Direction) []fault.Out {
	t.mu.Lock()
	defer t.mu.Unlock()
	outs, _ := t.engine.End(0, conn, dir)
	return outs
}

func (t *tamper) rest(conn int, rest []byte) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rewrite.Rest == nil {
		return rest
	}
	return t.rewrite.Rest(conn, rest)
}

func (t *tamper) piece(conn int, b []byte) (instead []byte, changed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rewrite.Piece == nil || len(b) == 0 {
		return nil, false
	}
	instead = t.rewrite.Piece(conn, b)
	return instead, !bytes.Equal(instead, b)
}

func (t *tamper) keeps(conn int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rewrite.Keep != nil && t.rewrite.Keep(conn)
}

// flow cuts one direction of a connection into packets.
type flow struct {
	dir    wire.Direction
	conn   int
	framer wire.Framer
	raw    bool // the stream turned out not to be MQTT
}

// frame returns the packets that b completes; once the stream is not MQTT, b itself.
func (f *flow) frame(b []byte) []fault.Packet {
	if f.raw {
		return f.unframed(b)
	}
	f.framer.Write(b)
	var ps []fault.Packet
	for {
		p, err := f.framer.Next()
		if err != nil {
			f.raw = true
			return append(ps, f.unframed(f.rest())...)
		}
		if p == nil {
			return ps
		}
		ps = append(ps, fault.Packet{Conn: f.conn, Dir: f.dir, Data: slices.Clone(p)})
	}
}

// rest empties the framer of a packet that is not whole.
func (f *flow) rest() []byte {
	b := slices.Clone(f.framer.Rest())
	f.framer.Reset()
	return b
}

// unframed returns bytes as a packet that is none.
func (f *flow) unframed(b []byte) []fault.Packet {
	if len(b) == 0 {
		return nil
	}
	return []fault.Packet{{Conn: f.conn, Dir: f.dir, Data: slices.Clone(b), Raw: true}}
}
