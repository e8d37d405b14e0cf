package mutant

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"sync"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// tamper is what all connections of one mutated subject share: the engine and the rewrite, which see
// every packet in the order it passes.
type tamper struct {
	name string

	mu      sync.Mutex
	engine  *fault.Engine
	rewrite Rewrite
	conns   int
}

func newTamper(m Mutant, seed uint64) *tamper {
	t := &tamper{name: m.Name, engine: fault.NewEngine(seed, m.Rules...)}
	if m.Rewrite != nil {
		t.rewrite = m.Rewrite()
	}
	return t
}

// open returns the connection, tampered with.
func (t *tamper) open(c net.Conn) *conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conns++
	return &conn{
		Conn: c, id: t.conns, tamper: t, turn: make(chan struct{}, 1),
		in: flow{dir: wire.ToClient, conn: t.conns}, out: flow{dir: wire.ToServer, conn: t.conns},
	}
}

// packet returns what becomes of one packet. It panics when a rule does not suit a packet that it
// matches: the mutant is wrong then, not the subject.
func (t *tamper) packet(p fault.Packet) []fault.Out {
	t.mu.Lock()
	defer t.mu.Unlock()
	packets := []fault.Packet{p}
	if t.rewrite.Packet != nil {
		packets = t.rewrite.Packet(p)
	}
	return t.ruled(p.Conn, packets)
}

// waits returns what goes out before the subject waits.
func (t *tamper) waits(conn int) []fault.Out {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rewrite.Wait == nil {
		return nil
	}
	return t.ruled(conn, t.rewrite.Wait(conn))
}

// ruled puts packets of a connection to the rules. t.mu is held.
func (t *tamper) ruled(conn int, packets []fault.Packet) []fault.Out {
	var outs []fault.Out
	for _, q := range packets {
		more, _ := t.engine.Packet(0, fault.Packet{Conn: conn, Dir: q.Dir, Data: q.Data, Raw: q.Raw})
		outs = append(outs, more...)
	}
	if err := t.engine.Err(); err != nil {
		panic(fmt.Sprintf("mutant %s: %v", t.name, err))
	}
	return outs
}

// end returns what rules kept back for the next packet of a direction that now ends.
func (t *tamper) end(conn int, dir wire.Direction) []fault.Out {
	t.mu.Lock()
	defer t.mu.Unlock()
	outs, _ := t.engine.End(0, conn, dir)
	return outs
}

// rest returns what the subject is handed at the end of a connection in place of what is left of it.
func (t *tamper) rest(conn int, rest []byte) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rewrite.Rest == nil {
		return rest
	}
	return t.rewrite.Rest(conn, rest)
}

// piece returns what the subject is handed in place of the beginning of a packet, and whether that changes.
func (t *tamper) piece(conn int, b []byte) (instead []byte, changed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rewrite.Piece == nil || len(b) == 0 {
		return nil, false
	}
	instead = t.rewrite.Piece(conn, b)
	return instead, !bytes.Equal(instead, b)
}

// keeps reports whether a connection stays open although the subject closes it.
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
