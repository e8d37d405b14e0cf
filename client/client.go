package client

import (
	"bytes"
	"net"
	"slices"
	"sync"
	"time"
)

// Client is one session with one server, and its connection while it has one. It
// is not safe for concurrent use; its methods may be called inside the callback.
type Client struct {
	cfg      Config
	callback func(Message)
	will     *will // nil: none

	// The session.
	inflight inflight
	lastID   uint16
	clean    bool // the last CONNECT asked for a clean session

	// The connection. All of it is reset when it ends.
	conn      net.Conn // nil: none
	try       tryFunc
	mute      error  // a PUBACK could not be written, and nothing may be any more; due like input.err
	gen       uint64 // counts the endings of connections
	cause     error  // why the last connection ended
	requests  []*request
	acks      acks
	writeBy   time.Time     // the write deadline that conn has
	limit     limit         // of the writes that go on
	lastSent  time.Time     // when the last packet was sent
	lastHeard time.Time     // when bytes last came
	pingSince time.Time     // when the oldest unanswered PINGREQ was sent; zero: none
	late      time.Duration // by how much the keep alive was overstayed, until a PINGRESP comes
	patience  patience
	full      uint64 // what was used up of the input when it was first seen full
	fullSince time.Time
	pong      bool // a PINGRESP that WaitMsg or CheckMsg has not reported
	in        input
	interrupt interrupt

	// The call that runs.
	busy    sync.Mutex // held inside a call, but not while the callback runs
	depth   int        // calls that read, the callback's included
	out     []byte
	held    int  // bytes of out that are gathered
	holding bool // Hold was called, and not yet Flush
	scratch [4]byte
	counts  Counts
	poke    func() // interrupt.poke, made once

	watched <-chan struct{} // of the context whose end pokes; nil: none
	stop    func() bool     // ends that
}

// New returns a client that is not connected. The messages in Config.Store are in
// flight. It fails with a [*ValidationError] or a [*StoreError].
func New(cfg Config) (*Client, error) {
	cfg, err := cfg.withDefaults().withAddress()
	if err != nil {
		return nil, err
	}
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	cfg.Password = bytes.Clone(cfg.Password)
	if cfg.Username != nil {
		name := *cfg.Username
		cfg.Username = &name
	}
	c := &Client{cfg: cfg, out: cfg.WriteBuffer[:0:len(cfg.WriteBuffer)]}
	c.inflight.max = cfg.MaxInflight
	c.inflight.bufs = slices.Clone(cfg.InflightBuffers)
	c.in.init(cfg.ReadBuffer, cfg.MaxPacket, cfg.MaxDepth)
	c.poke = c.interrupt.poke
	if err := c.load(); err != nil {
		return nil, err
	}
	return c, nil
}

// SetCallback sets the function that receives messages. With nil, messages are
// acknowledged and discarded [MQTT-4.5.0-2].
func (c *Client) SetCallback(f func(Message)) { c.callback = f }

// SetLastWill sets the will: the message that the server publishes when the connection
// ends without a DISCONNECT. It takes effect at the next Connect. qos is 0 to 2; the
// payload has at most 65535 bytes. SetLastWill copies topic and payload. A nil topic
// removes the will. It fails with a [*ValidationError].
func (c *Client) SetLastWill(topic, payload []byte, qos byte, retain bool) error {
	if err := c.begin(); err != nil {
		return c.fail("set last will", err)
	}
	defer c.end()
	if topic == nil {
		c.will = nil
		return nil
	}
	if err := validateWill(topic, payload, qos); err != nil {
		return c.fail("set last will", err)
	}
	c.will = &will{bytes.Clone(topic), bytes.Clone(payload), qos, retain}
	return nil
}

// begin marks the client as inside a call.
func (c *Client) begin() error {
	if !c.busy.TryLock() {
		return ErrConcurrent
	}
	return nil
}

func (c *Client) end() { c.busy.Unlock() }

// nestable returns ErrDepth if a call that reads may not begin now.
func (c *Client) nestable() error {
	if c.depth >= c.cfg.MaxDepth || c.acks.full() {
		return ErrDepth
	}
	return nil
}

// nest begins the reading part of a call, unnest ends it.
func (c *Client) nest()   { c.depth++ }
func (c *Client) unnest() { c.depth-- }

// fail wraps the reason for which a call fails; nil stays nil.
func (c *Client) fail(op string, err error) error {
	switch err {
	case nil:
		return nil
	case ErrConcurrent:
		return &Error{Op: op, Err: err}
	}
	return &Error{Op: op, Err: err, Open: c.conn != nil, InFlight: len(c.inflight.order)}
}

// closed returns an error that matches ErrClosed and includes the cause in its text.
// errors.As finds the cause only in the error of the call that met it.
func (c *Client) closed() error {
	if c.cause == nil {
		return ErrClosed
	}
	return &closedError{c.cause.Error()}
}

type closedError struct{ cause string }

func (e *closedError) Error() string        { return ErrClosed.Error() + " since: " + e.cause }
func (e *closedError) Is(target error) bool { return target == ErrClosed }
