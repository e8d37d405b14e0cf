package ref

import (
	"context"
	"fmt"
	"net"
	"slices"
	"time"

	"umqtt/harness/wire"
)

// A conn is one connection.
type conn struct {
	net.Conn
	accepted bool             // by a CONNACK
	answer   chan connackOr   // what comes of the CONNECT; it takes one value
	over     chan struct{}    // closed once the connection is lost and all was told of it
	err      error            // why it was lost
	out      []byte           // packets that wait to be written together
	acks     []acknowledgment // not written yet, in the order of their messages
	due      *entry           // writes the acknowledgements
	ping     *entry           // looks after the keep alive
	sent     time.Time        // the last packet
	heard    time.Time        // the last byte
	asked    time.Time        // the first PINGREQ since the last PINGRESP
	pings    int              // how many PINGREQs are unanswered
	every    time.Time        // the next PINGREQ of those sent at an interval
}

// connackOr is the session present of a CONNACK that accepts, or why there is none.
type connackOr struct {
	present bool
	err     error
}

// open takes over a new connection and sends CONNECT. The lock is held.
func (c *Client) open(nc net.Conn) *conn {
	now := time.Now()
	k := &conn{Conn: nc, answer: make(chan connackOr, 1), over: make(chan struct{}), sent: now, heard: now}
	c.conn, c.last = k, k
	c.conns++
	c.write(k, c.connectPacket())
	if c.conn == k {
		go c.read(k)
		c.watch(k)
	}
	return k
}

// read is the goroutine of a connection. It ends with the connection.
func (c *Client) read(k *conn) {
	f := wire.Framer{Max: c.habits.MaxPacket}
	buf := make([]byte, 4096)
	for {
		n, err := k.Read(buf)
		c.lock()
		k.heard = time.Now()
		f.Write(buf[:n])
		for c.conn == k {
			frame, refused := f.Next()
			if refused != nil {
				c.violated(k, violation("%v", refused))
			}
			if frame == nil {
				break
			}
			woke := c.handle(k, frame)
			if woke && len(f.Rest()) > 0 {
				c.giveWay()
			}
		}
		if c.conn == k && err != nil {
			c.lose(k, network(err))
		}
		over := c.conn != k
		c.unlock()
		if over {
			return
		}
	}
}

// giveWay lets the goroutines run that the last packet woke, before the packet behind it is looked at: what they
// write then comes before the answer to that packet. The lock is held.
func (c *Client) giveWay() {
	c.unlock()
	time.Sleep(pause)
	c.lock()
}

// pause is long enough, in virtual time, for what has been woken to run.
const pause = time.Microsecond

// handle does what a packet asks for. It reports whether it woke another goroutine. The lock is held.
func (c *Client) handle(k *conn, frame []byte) (woke bool) {
	q, err := wire.DecodeFrom(wire.ToClient, frame)
	if err != nil {
		c.violated(k, violation("%v", err))
		return false
	}
	if c.habits.Doubts {
		if err := dubious(q); err != nil {
			c.violated(k, err)
			return false
		}
	}
	if a, ok := q.(*wire.Connack); ok {
		return c.connack(k, a)
	}
	if !k.accepted { // MQTT-3.2.0-1
		c.violated(k, violation("%s before the CONNACK", q.Type()))
		return false
	}
	switch q := q.(type) {
	case *wire.Publish:
		return c.receive(k, q)
	case *wire.Pubrel:
		return c.release(k, q.PacketID)
	case *wire.Puback:
		c.acknowledged(k, q.Type(), q.PacketID)
	case *wire.Pubrec:
		c.acknowledged(k, q.Type(), q.PacketID)
	case *wire.Pubcomp:
		c.acknowledged(k, q.Type(), q.PacketID)
	case *wire.Suback:
		return c.answered(k, q.Type(), q.PacketID, q.Codes)
	case *wire.Unsuback:
		return c.answered(k, q.Type(), q.PacketID, nil)
	case *wire.Pingresp:
		if k.pings == 0 && c.habits.Doubts {
			c.violated(k, violation("PINGRESP without a PINGREQ"))
		}
		k.pings = max(0, k.pings-1)
		k.asked = time.Time{}
	}
	return false
}

// write sends a packet, or loses the connection. The lock is held.
func (c *Client) write(k *conn, q wire.FromClient) {
	if c.conn != k {
		return
	}
	k.sent = time.Now()
	frame := q.Append(nil)
	if c.habits.LongLengths {
		frame = lengthen(frame)
	}
	if d := c.habits.MergeFor; d > 0 && q.Type() != wire.CONNECT {
		if len(k.out) == 0 {
			c.after(d, func() { c.flush(k) })
		}
		k.out = append(k.out, frame...)
		return
	}
	c.put(k, frame)
}

// flush writes the packets that wait. The lock is held.
func (c *Client) flush(k *conn) {
	if out := k.out; len(out) > 0 {
		k.out = nil
		c.put(k, out)
	}
}

// put writes bytes, or loses the connection. The lock is held.
func (c *Client) put(k *conn, b []byte) {
	if c.conn != k {
		return
	}
	k.SetWriteDeadline(time.Now().Add(c.cfg.Timeout))
	size := max(1, (len(b)+c.habits.Pieces-1)/max(1, c.habits.Pieces))
	if c.habits.Pieces == 0 {
		size = len(b)
	}
	for piece := range slices.Chunk(b, size) {
		if _, err := k.Write(piece); err != nil {
			c.lose(k, network(err))
			return
		}
	}
}

// lengthen writes the remaining length of a frame in four bytes.
func lengthen(frame []byte) []byte {
	n, i := 0, 1
	for shift := 0; ; i++ {
		n |= int(frame[i]&0x7f) << shift
		if shift += 7; frame[i] < 0x80 {
			break
		}
	}
	long := []byte{frame[0], byte(n) | 0x80, byte(n>>7) | 0x80, byte(n>>14) | 0x80, byte(n >> 21)}
	return append(long, frame[i+1:]...)
}

// violated closes the connection because of what the server sent [MQTT-4.8.0-1]. The lock is held.
func (c *Client) violated(k *conn, err error) {
	if c.habits.SaysGoodbye && k.accepted {
		c.write(k, &wire.Disconnect{})
	}
	c.lose(k, err)
}

// lose closes the connection and tells whom it concerns. The lock is held.
func (c *Client) lose(k *conn, err error) {
	if c.conn != k {
		return
	}
	c.flush(k)
	if c.conn != k { // the flush has lost it
		return
	}
	c.conn, k.err = nil, err
	c.cancel(k.ping)
	c.cancel(k.due)
	k.close(c.habits.Resets)
	c.tell(k, connackOr{err: err})
	c.interrupted(err)
	if c.options.CleanSession && !c.habits.Anew {
		c.drop(fmt.Errorf("%w: %w", ErrDropped, err))
	}
	if c.wanted && (k.accepted || c.habits.Hasty) {
		failed := 0
		if !k.accepted {
			failed = 1
		}
		go c.again(c.gone, failed)
	}
	c.after(pause, func() { close(k.over) })
}

// Lost waits until there is no connection and the client makes none by itself, and returns why the last one ended,
// nil if there was none. What is to be told of the messages in flight has been told by then. It returns nil when
// the context ends before.
func (c *Client) Lost(ctx context.Context) error {
	for {
		c.lock()
		k := c.last
		c.unlock()
		if k == nil {
			return nil
		}
		select {
		case <-k.over:
		case <-ctx.Done():
			return nil
		}
		c.lock()
		lost := c.conn == nil && !c.wanted
		c.unlock()
		if lost {
			return k.err
		}
		if !c.wait(ctx, nil, time.Second) {
			return nil
		}
	}
}

// tell answers Connect, if it still waits.
func (c *Client) tell(k *conn, a connackOr) {
	select {
	case k.answer <- a:
	default:
	}
}

// close closes the connection, with RST where that can be.
func (k *conn) close(reset bool) {
	if reset {
		switch nc := k.Conn.(type) {
		case interface{ Reset() error }:
			nc.Reset()
		case interface{ SetLinger(sec int) error }:
			nc.SetLinger(0)
		}
	}
	k.Close()
}
