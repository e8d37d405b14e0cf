package client

// maxAcks bounds the received messages that are not acknowledged yet: those whose
// callbacks run, and those that nested calls received meanwhile.
const maxAcks = 256

// acks keeps the PUBACKs to send, in the order in which their messages arrived
// [MQTT-4.6.0-2]. It is a ring that grows to maxAcks; an entry's number stays the same
// while the entry is in it.
type acks struct {
	ring        []ack  // its length is 0 or a power of two
	first, next uint64 // numbers of the oldest entry and of the next one
}

// ack is a PUBACK to send. It may be sent once done is set.
type ack struct {
	id   uint16
	done bool // the callback has returned
}

func (a *acks) full() bool { return a.next-a.first == maxAcks }

// at is the place of an entry.
func (a *acks) at(n uint64) *ack { return &a.ring[n&uint64(len(a.ring)-1)] }

// push appends an id and returns its number. The ring must not be full.
func (a *acks) push(id uint16) uint64 {
	if a.next-a.first == uint64(len(a.ring)) {
		a.grow()
	}
	n := a.next
	a.next++
	*a.at(n) = ack{id: id}
	return n
}

// grow makes the ring twice as large.
func (a *acks) grow() {
	old := *a
	a.ring = make([]ack, max(4, 2*len(old.ring)))
	for n := a.first; n < a.next; n++ {
		*a.at(n) = *old.at(n)
	}
}

func (a *acks) done(n uint64) { a.at(n).done = true }

// pop removes the oldest entry if its PUBACK may be sent.
func (a *acks) pop() (id uint16, ok bool) {
	if a.first == a.next || !a.at(a.first).done {
		return 0, false
	}
	id = a.at(a.first).id
	a.first++
	return id, true
}

func (a *acks) clear() { a.first = a.next }

// acknowledge sends the PUBACKs that may be sent. A failed write does not close the
// connection at once: what arrived before is delivered first.
func (c *Client) acknowledge() {
	for {
		id, ok := c.acks.pop()
		if !ok {
			return
		}
		c.scratch = [4]byte{typePuback << 4, 2, byte(id >> 8), byte(id)}
		c.mute = c.put(c.scratch[:])
		if c.mute != nil && c.in.err == nil && isTimeout(c.mute) {
			c.in.err = c.mute // read no more: a peer that takes nothing may send for ever
		}
	}
}
