package robust

import (
	"slices"

	"umqtt/client"
)

// packet is one that the server has to deal with: what it does at it is what the
// packet is blamed for.
type packet struct {
	kind    packetKind
	active  bool            // its call runs
	id      uint16          // of a message, or of a renewal without an answer; 0 until it is sent
	conn    uint64          // the connection that it was last sent on
	turn    uint64          // among the packets sent; 0 until it is
	strikes int             // connections in a row that ended at it
	err     error           // how the last of them ended
	batch   []*subscription // that a renewal asks for
	fate    fate
}

type packetKind byte

const (
	message packetKind = iota // QoS 1: waits for its PUBACK, longer than its call if need be
	request                   // SUBSCRIBE or UNSUBSCRIBE: waits for its answer
	renewal                   // SUBSCRIBE of what is remembered: waits longer too, on its connection
	plain                     // anything else: waits for nothing
)

type fate byte

const (
	undecided fate = iota
	dropped        // with its session
	poisoned       // it is given up
)

// packets are those of the calls that run, and messages whose calls have ended
// but which are still in flight. Entries are reused.
type packets struct {
	list, free []*packet
	turn       uint64
}

func (ps *packets) push(kind packetKind) *packet {
	var p *packet
	if n := len(ps.free); n > 0 {
		p, ps.free = ps.free[n-1], ps.free[:n-1]
	} else {
		p = new(packet)
	}
	*p = packet{kind: kind, active: true}
	ps.list = append(ps.list, p)
	return p
}

// pop ends the packet's call, which the message may outlive.
func (ps *packets) pop(p *packet, c *client.Client) {
	p.active = false
	if !p.waits(c) {
		ps.remove(p)
	}
}

func (ps *packets) remove(p *packet) {
	i := slices.Index(ps.list, p)
	ps.list = slices.Delete(ps.list, i, i+1)
	ps.free = append(ps.free, p)
}

// waits tells whether the packet may still be what the server is busy with.
func (p *packet) waits(c *client.Client) bool {
	switch p.kind {
	case message:
		return p.id != 0 && c.InFlight(p.id)
	case renewal:
		return p.turn != 0 && (p.active || p.id != 0)
	}
	return p.active
}

// anew has a message that was given up with its session published as a new one.
func (p *packet) anew() {
	if p.fate == dropped {
		p.fate, p.id, p.turn = undecided, 0, 0
	}
}

// poison describes a packet that is given up.
func (p *packet) poison() *PoisonError {
	e := &PoisonError{Times: p.strikes, Err: p.err}
	if p.kind == message {
		e.PacketID = p.id
	}
	return e
}

// renew begins a renewal, of which a connection has one at a time. Those of older
// connections have no answer to wait for.
func (ps *packets) renew(conn uint64) *packet {
	for i := len(ps.list) - 1; i >= 0; i-- {
		if p := ps.list[i]; p.kind == renewal && !p.active {
			ps.remove(p)
		}
	}
	p := ps.push(renewal)
	p.conn = conn
	return p
}

// renewal returns the renewal that is being made on a connection, or that waits for
// its SUBACK; nil: none.
func (ps *packets) renewal(conn uint64) *packet {
	for _, p := range ps.list {
		if p.kind == renewal && p.conn == conn {
			return p
		}
	}
	return nil
}

// renewed notes that the server has dealt with a renewal.
func (ps *packets) renewed(p *packet) {
	p.conn, p.id = 0, 0
	if !p.active {
		ps.remove(p)
	}
}

// published notes that a message was sent: one that has its identifier, or else that
// of the innermost call, for the first time.
func (ps *packets) published(id uint16, again bool, conn uint64) {
	p := ps.message(id)
	if p == nil && !again {
		p = ps.message(0)
	}
	if p != nil {
		p.id = id
		ps.sent(p, conn)
	}
}

// message returns the message with an identifier, or the innermost call's without one
// yet; nil: there is none.
func (ps *packets) message(id uint16) *packet {
	for _, p := range slices.Backward(ps.list) {
		if p.kind == message && p.id == id {
			return p
		}
	}
	return nil
}

// asked notes that the innermost call's SUBSCRIBE or UNSUBSCRIBE was sent.
func (ps *packets) asked(id uint16, conn uint64) {
	for _, p := range slices.Backward(ps.list) {
		if p.active && (p.kind == request || p.kind == renewal) {
			if p.kind == renewal {
				p.id = id
			}
			ps.sent(p, conn)
			return
		}
	}
}

func (ps *packets) sent(p *packet, conn uint64) {
	ps.turn++
	p.conn, p.turn = conn, ps.turn
}

// unsent returns the message whose turn it is in a redelivery: the first of those
// not yet sent on the connection.
func (ps *packets) unsent(conn uint64, c *client.Client) *packet {
	return ps.first(func(p *packet) bool { return p.kind == message && p.conn != conn && p.waits(c) })
}

// suspect returns the packet that the server was busy with when the connection
// ended: the first of those sent on it that it has not dealt with.
func (ps *packets) suspect(conn uint64, c *client.Client) *packet {
	return ps.first(func(p *packet) bool { return p.conn == conn && p.waits(c) })
}

// first returns the packet that was sent first of those that match, and of those not
// sent yet the oldest.
func (ps *packets) first(match func(*packet) bool) *packet {
	var first *packet
	for _, p := range ps.list {
		if match(p) && (first == nil || p.turn-1 < first.turn-1) {
			first = p
		}
	}
	return first
}

// inFlight counts the unacknowledged messages.
func (ps *packets) inFlight(c *client.Client) int {
	n := 0
	for _, p := range ps.list {
		if p.kind == message && p.waits(c) {
			n++
		}
	}
	return n
}
