package monitor_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"umqtt/harness/capture"
	"umqtt/harness/monitor"
	"umqtt/harness/wire"
)

// No monitor accuses a client that conforms, whatever it makes of the freedom that the standard leaves
// it, whatever the server and the network do, and wherever the capture ends.
func TestConformingClientsAreNotAccused(t *testing.T) {
	actions := []func(*conforming){
		(*conforming).connect, (*conforming).connect, (*conforming).serverConnack, (*conforming).serverConnack,
		(*conforming).read, (*conforming).read, (*conforming).read, (*conforming).read,
		(*conforming).publish, (*conforming).publish, (*conforming).subscribe, (*conforming).ping,
		(*conforming).resend, (*conforming).resend, (*conforming).resendLive,
		(*conforming).acknowledge, (*conforming).acknowledge, (*conforming).release, (*conforming).complete,
		(*conforming).serverAcks, (*conforming).serverAcks, (*conforming).serverPublish, (*conforming).serverReleases, (*conforming).serverRenews,
		(*conforming).breaks, (*conforming).end, (*conforming).pass,
	}
	rapid.Check(t, func(t *rapid.T) {
		c := &conforming{t: t}
		for range rapid.IntRange(0, 120).Draw(t, "steps") {
			actions[rapid.IntRange(0, len(actions)-1).Draw(t, "action")](c)
			for _, f := range monitor.Check(&c.rec, monitor.Simulated) {
				t.Fatalf("%v\n%s", f, capture.Format(&c.rec))
			}
		}
	})
}

// conforming is a client, the server it talks to, and the network between them.
type conforming struct {
	t    *rapid.T
	rec  capture.Capture
	now  time.Duration
	conn int

	// the network
	up     bool          // the client has a connection, or thinks that it has
	broken bool          // what the client sends is lost, and not recorded
	unread []wire.Packet // handed over, not read yet

	// the client
	clean    bool
	ready    bool // it has read an accepting CONNACK
	lastSent time.Duration
	held     []*message // in flight, in the order of their first sendings
	again    []*message // of those, what has to be sent again
	busy     map[uint16]bool
	once     []uint16 // messages to acknowledge, in the order of arrival
	sent     []uint16 // those that it has acknowledged on this connection
	twice    []uint16
	acked    []uint16 // PUBRECs that were read
	rels     []uint16

	// the server
	session  bool
	answered bool
	stored   []*wire.Publish // PUBLISH packets that have reached it on this connection
	recs     []uint16        // PUBRECs it has sent
	subs     []uint16
	out      uint16
	received []uint16        // PUBRECs that have reached it
	unacked  []*wire.Publish // what it has sent and may send again on the next connection
	renewed  []*wire.Publish // of those, what it may still send again on this one
}

// A message is in flight at the client.
type message struct {
	wire.Publish
	released bool // QoS 2: its PUBREL was sent
}

func (c *conforming) chance(name string) bool { return rapid.Bool().Draw(c.t, name) }

func (c *conforming) oneIn(n int, name string) bool { return rapid.IntRange(1, n).Draw(c.t, name) == n }

func (c *conforming) add(k capture.Kind, data []byte, text string) {
	c.rec.Records = append(c.rec.Records, capture.Record{Time: c.now, Conn: c.conn, Kind: k, Data: data, Text: text})
}

// send sends a packet, unless there is no connection; it may be lost and still count as sent.
func (c *conforming) send(p wire.Packet) bool {
	if !c.up {
		return false
	}
	c.lastSent = c.now
	if !c.broken {
		c.add(capture.Sent, p.Append(nil), "")
	}
	return true
}

// hand hands a packet over; the client may read it now, later or never.
func (c *conforming) hand(p wire.Packet) {
	c.add(capture.Handed, p.Append(nil), "")
	c.unread = append(c.unread, p)
}

func (c *conforming) listening() bool { return c.up && !c.broken && c.answered }

func (c *conforming) connect() {
	if c.up {
		return
	}
	c.conn++
	c.up, c.broken, c.ready, c.answered = true, false, false, false
	c.unread, c.again, c.acked = nil, nil, nil
	c.busy = map[uint16]bool{}
	c.stored, c.recs, c.subs, c.received, c.renewed = nil, nil, nil, nil, nil
	was := c.clean
	c.clean = c.oneIn(4, "clean")
	if c.clean || was {
		c.held, c.unacked = nil, nil
	}
	switch {
	case c.clean || was || c.chance("forget answers"):
		c.once, c.twice, c.rels = nil, nil, nil
	case c.oneIn(3, "answer once more"):
		c.once = append(c.sent, c.once...)
	}
	c.sent = nil
	p := &wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: c.clean, KeepAlive: 5, ClientID: "c1"}
	c.send(p)
}

// read reads the next packet.
func (c *conforming) read() {
	if len(c.unread) == 0 || !c.up {
		return
	}
	p := c.unread[0]
	c.unread = c.unread[1:]
	switch p := p.(type) {
	case *wire.Connack:
		switch {
		case p.Code != 0:
			c.end()
			return
		case !p.SessionPresent && c.chance("forget"):
			c.held = slices.DeleteFunc(c.held, func(m *message) bool { return slices.Contains(c.again, m) || !c.mine(m) })
		}
		c.ready = true
		for _, m := range c.held {
			if !c.mine(m) {
				c.again = append(c.again, m)
			}
		}
	case *wire.Puback:
		c.done(p.PacketID)
	case *wire.Pubcomp:
		c.done(p.PacketID)
	case *wire.Pubrec:
		c.acked = append(c.acked, p.PacketID)
	case *wire.Publish:
		switch p.QoS {
		case 1:
			c.once = append(c.once, p.PacketID)
		case 2:
			c.twice = append(c.twice, p.PacketID)
		}
	case *wire.Pubrel:
		c.rels = append(c.rels, p.PacketID)
	case *wire.Suback:
		delete(c.busy, p.PacketID)
	}
}

// mine reports whether a message was first sent on this connection.
func (c *conforming) mine(m *message) bool { return int(m.Payload[1]) == c.conn }

func (c *conforming) done(id uint16) {
	gone := func(m *message) bool { return m.PacketID == id }
	c.held = slices.DeleteFunc(c.held, gone)
	c.again = slices.DeleteFunc(c.again, gone)
}

// repeat sends a message again.
func (c *conforming) repeat(m *message) {
	if m.released {
		c.send(&wire.Pubrel{PacketID: m.PacketID})
		return
	}
	p := m.Publish
	p.Dup = true
	if c.send(&p) && !c.broken {
		c.stored = append(c.stored, &p)
	}
}

func (c *conforming) ping() { c.send(&wire.Pingreq{}) }

func (c *conforming) resend() {
	if len(c.again) == 0 {
		return
	}
	m := c.again[0]
	c.again = c.again[1:]
	c.repeat(m)
}

func (c *conforming) resendLive() {
	if !c.ready || len(c.again) > 0 || len(c.held) == 0 {
		return
	}
	c.repeat(rapid.SampledFrom(c.held).Draw(c.t, "message"))
}

// free returns an id that is free as far as the client knows.
func (c *conforming) free() uint16 {
	for id := uint16(1); ; id++ {
		if !c.busy[id] && !slices.ContainsFunc(c.held, func(m *message) bool { return m.PacketID == id }) {
			return id
		}
	}
}

// publish publishes something new, before the CONNACK or behind it. Messages differ but for chance.
func (c *conforming) publish() {
	if !c.up || len(c.held) > 5 {
		return
	}
	qos := byte(rapid.IntRange(0, 2).Draw(c.t, "qos"))
	m := &message{Publish: wire.Publish{Topic: "t", QoS: qos, Payload: []byte{byte(rapid.IntRange('a', 'c').Draw(c.t, "payload")), byte(c.conn)}}}
	if qos > 0 {
		m.PacketID = c.free()
		c.held = append(c.held, m)
	}
	p := m.Publish
	if c.send(&p) && !c.broken && qos > 0 {
		c.stored = append(c.stored, &p)
	}
}

func (c *conforming) subscribe() {
	if !c.up || len(c.busy) > 3 {
		return
	}
	id := c.free()
	c.busy[id] = true
	c.send(&wire.Subscribe{PacketID: id, Filters: []wire.Subscription{{Filter: "f"}}})
	if !c.broken {
		c.subs = append(c.subs, id)
	}
}

// acknowledge answers the first message that has no answer, of one QoS or the other.
func (c *conforming) acknowledge() {
	if len(c.once) > 0 && (len(c.twice) == 0 || c.chance("qos1")) {
		id := c.once[0]
		c.once = c.once[1:]
		c.sent = append(c.sent, id)
		c.send(&wire.Puback{PacketID: id})
		return
	}
	if len(c.twice) > 0 {
		id := c.twice[0]
		c.twice = c.twice[1:]
		if c.send(&wire.Pubrec{PacketID: id}) && !c.broken {
			c.received = append(c.received, id)
		}
	}
}

// release answers the first PUBREC.
func (c *conforming) release() {
	if len(c.acked) == 0 || !c.up {
		return
	}
	id := c.acked[0]
	c.acked = c.acked[1:]
	for _, m := range c.held {
		if m.PacketID == id && m.QoS == 2 && !slices.Contains(c.again, m) {
			m.released = true
			c.send(&wire.Pubrel{PacketID: id})
		}
	}
}

func (c *conforming) complete() {
	if len(c.rels) == 0 || !c.up {
		return
	}
	c.send(&wire.Pubcomp{PacketID: c.rels[0]})
	c.rels = c.rels[1:]
}

// end closes the connection, with a DISCONNECT or without.
func (c *conforming) end() {
	if !c.up {
		return
	}
	if c.chance("say goodbye") {
		c.send(&wire.Disconnect{})
	}
	if !c.broken {
		c.add(capture.Sent, nil, capture.FIN)
	}
	c.up = false
}

// breaks breaks the connection. The client may go on for a while before it notices, and read what has come.
func (c *conforming) breaks() {
	switch {
	case c.up && !c.broken:
		c.add(capture.Event, nil, "fault cut rst")
		c.add(capture.Handed, nil, capture.RST)
		c.broken = true
	case c.broken:
		c.up = false
	}
}

// pass lets time pass: no more than the keep alive allows, and nothing that has to be sent again waits.
func (c *conforming) pass() {
	const keepAlive = 5 * time.Second
	for len(c.again) > 0 {
		c.resend()
	}
	limit := 20 * time.Second
	if c.up && !c.broken && c.answered {
		for c.up && len(c.unread) > 0 { // it serves its connection
			c.read()
			for len(c.again) > 0 {
				c.resend()
			}
		}
		limit = c.lastSent + keepAlive - c.now
	}
	c.now += time.Duration(rapid.Int64Range(0, max(0, limit.Milliseconds())).Draw(c.t, "ms")) * time.Millisecond
	if c.up && !c.broken && c.answered {
		c.send(&wire.Pingreq{})
	}
}
