package client

import "time"

// slot holds a QoS 1 PUBLISH, encoded, until its PUBACK comes.
type slot struct {
	id     uint16
	packet []byte // reused
	sent   time.Time
	state  slotState
	held   bool // a Publish waits for it, so that it cannot be reused
	stored bool // it is in Config.Store
	tried  bool // it was sent before, or may have been
}

type slotState byte

const (
	unacknowledged slotState = iota
	acknowledged
	dropped // with its session
)

// inflight is the table of slots. It belongs to the session and outlives
// connections.
type inflight struct {
	max   int
	order []*slot // unacknowledged, in the order of their publishing
	free  []*slot
	bufs  [][]byte // the caller's, not yet in a slot
}

func (t *inflight) full() bool { return len(t.order) >= t.max }

// take puts a free slot to use and holds it. The table must not be full.
func (t *inflight) take(id uint16) *slot {
	var s *slot
	if n := len(t.free); n > 0 {
		s, t.free = t.free[n-1], t.free[:n-1]
	} else {
		s = new(slot)
		if n := len(t.bufs); n > 0 {
			s.packet, t.bufs = t.bufs[n-1][:0:len(t.bufs[n-1])], t.bufs[:n-1]
		}
	}
	*s = slot{id: id, packet: s.packet[:0], held: true}
	t.order = append(t.order, s)
	return s
}

// letGo ends the hold of take.
func (t *inflight) letGo(s *slot) {
	s.held = false
	if s.state != unacknowledged {
		t.free = append(t.free, s)
	}
}

// index finds an id's place in order, -1 if it is not in flight.
func (t *inflight) index(id uint16) int {
	for i, s := range t.order {
		if s.id == id {
			return i
		}
	}
	return -1
}

// remove removes the slot at index i of order.
func (t *inflight) remove(i int, state slotState) {
	s := t.order[i]
	s.state = state
	t.order = append(t.order[:i], t.order[i+1:]...)
	if !s.held {
		t.free = append(t.free, s)
	}
}

// clear drops everything and returns the ids that were in flight.
func (t *inflight) clear() []uint16 {
	var ids []uint16
	for len(t.order) > 0 {
		ids = append(ids, t.order[0].id)
		t.remove(0, dropped)
	}
	return ids
}

// InFlight reports whether the QoS 1 message with this packet identifier is still
// unacknowledged. It is false for a message that a clean session dropped.
func (c *Client) InFlight(id uint16) bool { return c.inflight.index(id) >= 0 }

// nextID returns the next packet identifier that is not in use; MaxInflight leaves
// some. One counter serves PUBLISH, SUBSCRIBE and UNSUBSCRIBE [MQTT-2.3.1-2].
func (c *Client) nextID() uint16 {
	for {
		c.lastID++
		if c.lastID != 0 && c.inflight.index(c.lastID) < 0 && c.request(c.lastID) < 0 {
			return c.lastID
		}
	}
}
