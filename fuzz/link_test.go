package fuzz

import (
	"fmt"

	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// A link is one connection, with what passed on it.
type link struct {
	server *simnet.Conn // the server's end

	sent  []byte        // by the server
	asked []wire.Packet // by the client, and not answered yet
	wrote []written     // by the client
	got   []*delivery   // what the callback got

	reset   bool     // the server has ended both directions
	fin     bool     // the server has ended its own
	causes  []string // other reasons for the client to have closed it
	fatal   []error  // errors that say what the server did wrong
	drained bool     // the client has read all there was
}

// closed tells whether the client has ended the link.
func (l *link) closed() bool { return l.server.Ended() != simnet.Open }

// written is a packet that the client wrote.
type written struct {
	wire.Packet
	tick int
}

// delivery is a message that the callback got.
type delivery struct {
	wire.Publish
	sent  int // bytes that the server had sent when the callback began
	ended int // when the callback returned; 0: it did not
}

// sending is what is known of a message of the client's caller, by its payload.
type sending struct {
	id    uint16
	links []int // those that it was written to
}

// tap is the client's end of a link: it sees every write.
type tap struct {
	*simnet.Conn
	duel *duel
	link *link
}

// Write notes the packet, which has to be one that a server accepts, and passes it on.
func (t *tap) Write(p []byte) (int, error) {
	t.duel.mu.Lock()
	t.duel.written(t.link, p)
	t.duel.mu.Unlock()
	n, err := t.Conn.Write(p)
	if err == nil && t.duel.greet && wire.TypeOf(p) == wire.CONNECT {
		t.duel.mu.Lock()
		defer t.duel.mu.Unlock()
		t.link.asked = nil
		t.link.send((&wire.Connack{}).Append(nil))
	}
	return n, err
}

// send writes to the client. What the connection does not take was not sent.
func (l *link) send(b []byte) {
	l.sent = append(l.sent, b...)
	if _, err := l.server.Write(b); err != nil {
		l.sent = l.sent[:len(l.sent)-len(b)]
	}
}

// written notes and judges what the client writes, even if the connection will not take it.
func (d *duel) written(l *link, bytes []byte) {
	var f wire.Framer
	f.Write(bytes)
	for {
		frame, err := f.Next()
		if frame == nil && (err != nil || len(f.Rest()) > 0) {
			d.faults = append(d.faults, fmt.Sprintf("the client writes % x: %v", bytes, err))
		}
		if frame == nil {
			return
		}
		d.wrotePacket(l, frame)
	}
}

func (d *duel) wrotePacket(l *link, frame []byte) {
	p, err := wire.DecodeFrom(wire.ToServer, frame)
	if err != nil {
		d.faults = append(d.faults, fmt.Sprintf("the client writes % x: %v", frame, err))
		return
	}
	d.tick++
	l.wrote = append(l.wrote, written{p, d.tick})
	switch p := p.(type) {
	case *wire.Publish:
		if p.QoS == 1 {
			d.publishing(p)
			l.asked = append(l.asked, p)
		}
	case *wire.Connect, *wire.Subscribe, *wire.Unsubscribe, *wire.Pingreq:
		l.asked = append(l.asked, p)
	}
}

// publishing judges a QoS 1 PUBLISH of the client: a first one has DUP 0 and an identifier of its own, a
// later one DUP 1 and the same identifier. No identifier is used again in so short a run.
func (d *duel) publishing(p *wire.Publish) {
	key := string(p.Payload)
	s, again := d.sent[key]
	for other, o := range d.sent {
		if other != key && o.id == p.PacketID {
			d.faults = append(d.faults, fmt.Sprintf("%q and %q share packet identifier %d", key, other, o.id))
		}
	}
	if again != p.Dup || again && s.id != p.PacketID {
		d.faults = append(d.faults, fmt.Sprintf("%q is published again: %t, with DUP %t, as %d after %d", key, again, p.Dup, p.PacketID, s.id))
	}
	s.id = p.PacketID
	s.links = append(s.links, len(d.links)-1)
	d.sent[key] = s
}
