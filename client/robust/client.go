package robust

import (
	"encoding/binary"
	"sync/atomic"
	"time"

	"umqtt/client"
)

// Client is a [client.Client] that connects again. It is not safe for concurrent
// use; its methods may be called inside the callback.
type Client struct {
	cfg      Config
	c        *client.Client
	busy     atomic.Bool
	callback func(client.Message)

	// What the caller wants.
	wanted bool  // a connection
	clean  bool  // a clean session
	final  error // why it cannot be; nil if it was not wanted

	// The connection.
	up       bool
	number   uint64    // counts attempts to connect
	asked    bool      // the CONNECT was sent
	accepted time.Time // when the CONNACK came; zero: not yet
	present  bool      // the server had the session
	fresh    uint64    // the newest attempt at which it had none
	explicit bool      // the caller's Connect runs
	untold   bool      // a Connect of the caller's may have begun a session, and did not say so
	wipe     bool      // the session must end for a message to be given up

	// The outage.
	attempts int // made since the last connection that proved itself
	cause    error
	lostAt   time.Time
	delay    time.Duration
	due      time.Time // when the next attempt may be made

	subs       subscriptions
	packets    packets
	violations int    // connections in a row that a packet of the server's ended
	dropped    uint64 // messages given up with their session
	pong       bool   // a PINGRESP that neither WaitMsg nor CheckMsg has reported
}

// New returns a client that is not connected. It fails with a [*client.ValidationError]
// or a [*client.StoreError].
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	if p, ok := cfg.Policy.(interface{ validate() error }); ok {
		if err := p.validate(); err != nil {
			return nil, err
		}
	}
	c := &Client{cfg: cfg}
	inner := cfg.Config
	inner.Trace, inner.OnOversize, inner.OnOutcome = c.trace, client.OversizeSkip, c.settled
	if cfg.CloseOversize {
		inner.OnOversize = client.OversizeClose
	}
	if cfg.Store != nil {
		inner.Store = stored{cfg.Store, &c.packets}
	}
	var err error
	if c.c, err = client.New(inner); err != nil {
		return nil, err
	}
	c.c.SetCallback(c.deliver)
	return c, nil
}

// SetCallback sets the function that receives messages; with nil they are acknowledged
// and discarded. Calls inside the callback reconnect, too: one that finds the
// connection lost connects again before it returns. The message whose callback runs is
// then not acknowledged, since its connection has ended, and the server sends it again.
func (c *Client) SetCallback(f func(client.Message)) { c.callback = f }

// SetLastWill is [client.Client.SetLastWill]. It takes effect at the next attempt to
// connect.
func (c *Client) SetLastWill(topic, payload []byte, qos byte, retain bool) error {
	return c.c.SetLastWill(topic, payload, qos, retain)
}

// Counts is [client.Client.Counts].
func (c *Client) Counts() client.Counts {
	counts := c.c.Counts()
	counts.Dropped = c.dropped
	return counts
}

// InFlight reports whether the QoS 1 message with this packet identifier, from a
// [*client.PendingError], is still unacknowledged. It is false for a message that was
// dropped with its session.
func (c *Client) InFlight(id uint16) bool { return c.c.InFlight(id) }

// NextDue returns the time by which the caller must make the next call. With a
// connection it is that of [client.Client.NextDue]. Without one it is the time of the
// next attempt to connect, which Ping, WaitMsg or any other call that takes a context
// makes. It is zero when nothing is due.
func (c *Client) NextDue() time.Time {
	switch {
	case !c.wanted:
		return time.Time{}
	case !c.up && !c.due.IsZero():
		return c.due
	case !c.up, c.lacking():
		return c.cfg.Clock.Now()
	}
	return c.c.NextDue()
}

// deliver runs the callback, in which calls may nest.
func (c *Client) deliver(m client.Message) {
	if c.callback == nil {
		return
	}
	returned := false
	c.busy.Store(false)
	defer func() {
		c.busy.Store(true)
		if !returned && c.up {
			c.down(errPanic)
		}
	}()
	c.callback(m)
	returned = true
}

// begin marks the client as inside a call.
func (c *Client) begin() error {
	if !c.busy.CompareAndSwap(false, true) {
		return client.ErrConcurrent
	}
	return nil
}

func (c *Client) end() { c.busy.Store(false) }

// fail wraps an error of this package's own in what package client's have around
// them, which is left as it is.
func (c *Client) fail(op string, err error) error {
	switch err.(type) {
	case nil, *client.Error:
		return err
	}
	if err == client.ErrConcurrent { // the rest of the state belongs to the other call
		return &client.Error{Op: op, Err: err, Open: true}
	}
	return &client.Error{Op: op, Err: err, Open: c.up, InFlight: c.packets.inFlight(c.c)}
}

// trace watches the packets for what package client does not tell, and shows them
// to the caller's Trace.
func (c *Client) trace(d client.Direction, packet []byte) {
	switch kind := packet[0] >> 4; {
	case d == client.Received && kind == typeConnack:
		if fields := packet[len(packet)-2:]; fields[0] <= 1 && fields[1] == 0 {
			c.accept(fields[0] == 1)
		}
	case d == client.Sent && kind == typeConnect:
		c.asked = true
	case d == client.Received && kind == typeSuback:
		c.renewed(body(packet))
	case d == client.Sent && kind == typePublish && packet[0]&qosBits != 0:
		rest := body(packet)
		topic := 2 + int(binary.BigEndian.Uint16(rest)) // section 3.3.2
		c.packets.published(binary.BigEndian.Uint16(rest[topic:]), packet[0]&dupFlag != 0, c.number)
	case d == client.Sent && (kind == typeSubscribe || kind == typeUnsubscribe):
		c.packets.asked(binary.BigEndian.Uint16(body(packet)), c.number)
	}
	if c.cfg.Config.Trace != nil {
		c.cfg.Config.Trace(d, packet)
	}
}

// The packets that trace tells apart (section 2.2).
const (
	typeConnect     = 1
	typeConnack     = 2
	typePublish     = 3
	typeSubscribe   = 8
	typeSuback      = 9
	typeUnsubscribe = 10
	qosBits         = 0x06
	dupFlag         = 0x08
)

// body returns what follows a packet's fixed header (section 2.2).
func body(packet []byte) []byte {
	i := 1
	for packet[i] >= 128 {
		i++
	}
	return packet[i+1:]
}
