package client_test

import (
	"net"
	"os"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"umqtt/harness/wire"
)

// turn is one thing that the server does; to let time pass is one.
func (n *nesting) turn() {
	if !n.act() {
		time.Sleep(nestingTick)
		synctest.Wait() // for the contexts that end now
	}
}

// act is a thing that takes no time, false if there is none to be done.
func (n *nesting) act() bool {
	if n.turns++; n.turns > 20_000 {
		n.Fatal("a call hangs")
	}
	switch what := n.upTo(12, "turn"); {
	case what == 1 && len(n.unacked) > 0:
		n.acknowledge(0)
	case what == 2 && len(n.unacked) > 0:
		n.acknowledge(len(n.unacked) - 1)
	case what == 3 && len(n.unacked) > 0:
		n.acknowledge(n.upTo(len(n.unacked)-1, "acknowledge"))
	case what == 4 && len(n.acked) > 0: // once more
		if id := n.ids[n.upTo(len(n.ids)-1, "duplicate")]; n.acked[id] {
			n.in = (&wire.Puback{PacketID: id}).Append(n.in)
		}
	case what == 5 && len(n.unacked) > 0: // never
		i := n.upTo(len(n.unacked)-1, "never")
		n.unacked = append(n.unacked[:i], n.unacked[i+1:]...)
	case what == 6 && len(n.asked) > 0:
		n.answer(0)
	case what == 7 && len(n.asked) > 0:
		n.answer(len(n.asked) - 1)
	case what >= 8 && what < 11 && len(n.sent) < 200:
		n.deliver(what > 8)
	case what == 12 && n.pings > 0:
		n.pong()
	default:
		return false
	}
	return true
}

func (n *nesting) acknowledge(i int) {
	id := n.unacked[i]
	n.unacked = append(n.unacked[:i], n.unacked[i+1:]...)
	n.acked[id] = true
	n.in = (&wire.Puback{PacketID: id}).Append(n.in)
}

func (n *nesting) pong() {
	n.pings--
	n.in = (&wire.Pingresp{}).Append(n.in)
}

func (n *nesting) answer(i int) {
	switch p := n.asked[i].(type) {
	case *wire.Subscribe:
		n.in = (&wire.Suback{PacketID: p.PacketID, Codes: []byte{1, 0}}).Append(n.in)
	case *wire.Unsubscribe:
		n.in = (&wire.Unsuback{PacketID: p.PacketID}).Append(n.in)
	}
	n.asked = append(n.asked[:i], n.asked[i+1:]...)
}

func (n *nesting) deliver(qos1 bool) {
	d := &delivery{size: rapid.SampledFrom([]int{0, 1, 10, 100, nestingMax - 20}).Draw(n.T, "size")}
	p := &wire.Publish{}
	if qos1 {
		d.id = uint16(len(n.sent)*7 + 1) // in no order of size
		p.QoS, p.PacketID = 1, d.id
	}
	p.Topic, p.Payload = content(len(n.sent), d.size)
	n.sent = append(n.sent, d)
	n.in = p.Append(n.in)
}

// nestingConn is the client's connection.
type nestingConn struct {
	net.Conn // nil: what is not below is not used
	*nesting
}

func (c *nestingConn) Write(b []byte) (int, error) {
	n := c.nesting
	p, err := wire.DecodeFrom(wire.ToServer, b)
	if err != nil {
		n.Fatal(err)
	}
	n.requests++
	switch p := p.(type) {
	case *wire.Connect:
		n.in = (&wire.Connack{}).Append(n.in)
	case *wire.Publish:
		if p.QoS == 1 {
			n.ids, n.unacked = append(n.ids, p.PacketID), append(n.unacked, p.PacketID)
			n.idOf[string(p.Payload)] = p.PacketID
			if in := n.inFlight(); in > n.cfg.MaxInflight {
				n.Fatalf("PUBLISH %d while %d are in flight", p.PacketID, in-1)
			}
		}
	case *wire.Subscribe, *wire.Unsubscribe:
		n.asked = append(n.asked, p)
	case *wire.Pingreq:
		n.pings++
	case *wire.Puback:
		n.requests--
		n.owed(p.PacketID)
	default:
		n.Fatalf("unexpected %s", wire.Describe(b))
	}
	return len(b), nil
}

// owed checks a PUBACK: it is that of the oldest message which has none.
func (n *nesting) owed(id uint16) {
	i := n.pubacks
	for _, d := range n.sent {
		if d.id == 0 {
			continue
		}
		if i == 0 {
			if d.id != id || !d.returned {
				n.Fatalf("PUBACK %d, while %d is due, whose callback has returned: %v", id, d.id, d.returned)
			}
			n.pubacks++
			return
		}
		i--
	}
	n.Fatalf("PUBACK %d, while none is due", id)
}

// Read lets the server do things until there is something to read or the deadline
// has passed.
func (c *nestingConn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		c.Fatal("the client reads into nothing")
	}
	for len(c.in) == 0 {
		if c.passed() {
			return 0, os.ErrDeadlineExceeded
		}
		c.turn()
		for len(c.in) > 0 && len(c.in) < 2000 && c.upTo(9, "more at once") > 0 {
			c.act()
		}
	}
	return c.take(p), nil
}

// TryRead gives the server one chance, which takes no time.
func (c *nestingConn) TryRead(p []byte) (int, error) { return c.take(p), nil }

// take takes bytes off what is under way, all of them or a few.
func (c *nestingConn) take(p []byte) int {
	n := min(len(p), len(c.in))
	if n > 1 && !c.quiet && rapid.Bool().Draw(c.T, "in part") {
		n = 1 + c.upTo(n-1, "part")
	}
	copy(p, c.in[:n])
	c.in = c.in[n:]
	return n
}

func (c *nestingConn) passed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.deadline.IsZero() && !time.Now().Before(c.deadline)
}

func (c *nestingConn) SetReadDeadline(at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = at
	return nil
}

func (c *nestingConn) SetWriteDeadline(time.Time) error { return nil }
func (c *nestingConn) Close() error                     { return nil }
