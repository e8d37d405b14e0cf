package client

// maxAcks bounds the messages that wait for their PUBACK at one time: those whose
// callbacks run, and those that nested calls received meanwhile.
const maxAcks = 256

// acks keeps the PUBACKs owed to the server in the order in which their messages
// came [MQTT-4.6.0-2]. It is a ring; an entry's number stays the same while the
// entry is in it.
type acks struct {
	ring [maxAcks]struct {
		id   uint16
		done bool // the callback has returned
	}
	first, next uint64 // numbers of the oldest entry and of the next one
}

func (a *acks) full() bool { return a.next-a.first == maxAcks }

// push appends an id and returns its number. The ring must not be full.
func (a *acks) push(id uint16) uint64 {
	n := a.next
	a.next++
	e := &a.ring[n%maxAcks]
	e.id, e.done = id, false
	return n
}

func (a *acks) done(n uint64) { a.ring[n%maxAcks].done = true }

// pop removes the oldest entry if its PUBACK may go.
func (a *acks) pop() (id uint16, ok bool) {
	e := &a.ring[a.first%maxAcks]
	if a.first == a.next || !e.done {
		return 0, false
	}
	a.first++
	return e.id, true
}

func (a *acks) clear() { a.first = a.next }

// acknowledge sends the PUBACKs that may go.
func (c *Client) acknowledge() error {
	for {
		id, ok := c.acks.pop()
		if !ok {
			return nil
		}
		c.scratch = [4]byte{typePuback << 4, 2, byte(id >> 8), byte(id)}
		if err := c.write(c.scratch[:]); err != nil {
			return err
		}
	}
}
