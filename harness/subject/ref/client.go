package ref

import (
	"context"
	"math/rand/v2"
	"net"
	"time"

	"umqtt/harness/wire"
)

// Config says how a client works.
type Config struct {
	// Dial opens a connection to the server.
	Dial func(ctx context.Context) (net.Conn, error)
	// OnMessage is called for each message, for one after another. It may call the client; while it runs
	// no other message is delivered. Nil ignores messages.
	OnMessage func(Message)
	// Timeout bounds the wait for CONNACK, SUBACK and UNSUBACK, and for each write; 0 is 10 s.
	Timeout time.Duration
	// Seed is for what is drawn at random.
	Seed uint64
	// Habits are what the client does where the standard leaves it free.
	Habits Habits
}

// Message is an application message.
type Message struct {
	Topic   string
	Payload []byte
	QoS     byte
	Retain  bool
	Dup     bool // inbound only
}

// Filter asks for a subscription.
type Filter struct {
	Topic string
	QoS   byte
}

// Options are the settings of a connection.
type Options struct {
	ClientID     string
	CleanSession bool
	KeepAlive    time.Duration // whole seconds up to 65535; 0 is none
	Username     *string       // nil: none
	Password     []byte        // nil: none
	Will         *Message      // nil: none
}

// A Client is one client with its session. It is safe for concurrent use.
type Client struct {
	cfg    Config
	habits Habits
	held   chan struct{} // the lock: it is full while somebody holds it
	later  []func()      // to be called once the lock is free
	agenda agenda
	rand   *rand.Rand

	options Options
	conn    *conn         // nil while there is none
	last    *conn         // the newest
	conns   int           // how many there have been
	wanted  bool          // a connection is to be made again when it is lost
	gone    chan struct{} // closed, and made anew, when a call ends the connection

	lastID        map[wire.Type]uint16 // by the type of the packet; all are in one place when they count together
	outbound      []*exchange          // in the order of their Publish calls
	released      int                  // how many PUBRECs have come
	inbound       map[uint16]*Message  // of QoS 2, without a PUBREL; nil when it is delivered
	requests      []*request
	subscriptions []Filter

	deliveries  []delivery
	dispatching bool
}

// New returns a client that is not connected.
func New(cfg Config) *Client {
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	return &Client{
		cfg: cfg, habits: cfg.Habits, held: make(chan struct{}, 1), inbound: map[uint16]*Message{}, lastID: map[wire.Type]uint16{},
		rand: rand.New(rand.NewPCG(cfg.Seed, 0)), gone: make(chan struct{}),
	}
}

// lock takes the lock. It is a channel and not a sync.Mutex, so that waiting for it lets virtual time pass.
func (c *Client) lock() { c.held <- struct{}{} }

// unlock frees the lock, then calls what was put off until then.
func (c *Client) unlock() {
	later := c.later
	c.later = nil
	<-c.held
	for _, f := range later {
		f()
	}
}

// up reports whether packets may be sent: the server has accepted the connection, or is not waited for.
func (c *Client) up() bool { return c.conn != nil && (c.conn.accepted || c.habits.Hasty) }

// newID returns a packet identifier that is not in use, for a packet of type t, or 0 when all are [MQTT-2.3.1-2].
func (c *Client) newID(t wire.Type) uint16 {
	if !c.habits.IDsByKind {
		t = 0
	}
	id := c.lastID[t]
	if id == 0 && c.habits.FirstID != 0 {
		id = c.habits.FirstID - 1
	}
	for range 1 << 16 {
		switch {
		case c.habits.RandomIDs:
			id = uint16(c.rand.Uint32())
		case c.habits.CountDown:
			id--
		default:
			id++
		}
		if id != 0 && !c.inUse(id) {
			c.lastID[t] = id
			return id
		}
	}
	return 0
}

// inUse reports whether a packet identifier of the client's is in use, by whatever type of packet.
func (c *Client) inUse(id uint16) bool {
	for _, x := range c.outbound {
		if x.packet.PacketID == id {
			return true
		}
	}
	for _, r := range c.requests {
		if r.id == id {
			return true
		}
	}
	return false
}

// connectPacket is the CONNECT of the options.
func (c *Client) connectPacket() *wire.Connect {
	o := c.options
	q := wire.New(wire.CONNECT).(*wire.Connect)
	q.CleanSession, q.ClientID, q.Username, q.Password = o.CleanSession, o.ClientID, o.Username, o.Password
	q.KeepAlive = uint16(c.keepAlive() / time.Second)
	if o.ClientID != "" {
		q.ClientID += c.habits.Suffix
	}
	if w := o.Will; w != nil {
		q.Will = &wire.Will{Topic: w.Topic, Payload: w.Payload, QoS: w.QoS, Retain: w.Retain}
	}
	return q
}
