package umqtt

import (
	"context"
	"net"
	"time"
	"unicode/utf8"
)

// The limits of the device.
const (
	// Memory is how many bytes of one message fit.
	Memory = 32 << 10
	// Recursion is how many calls that read may stand inside one another.
	Recursion = 24
	// Delay is the wait before each attempt to connect again. It never grows.
	Delay = 2 * time.Second
)

// Config is what a [Client] lives in.
type Config struct {
	// Dial opens a connection.
	Dial func(context.Context) (net.Conn, error)
	// OnMessage is the callback.
	OnMessage func(Message)
}

// Message is a message, in or out. Of one that came in only Topic and Payload are told.
type Message struct {
	Topic   string
	Payload string
	QoS     byte
	Retain  bool
}

// Options are what a client is made with.
type Options struct {
	ClientID           string
	Clean              bool // for the first connection
	KeepAlive          uint16
	Username, Password *string // nil: none
	Will               *Message
}

// Client is one client. Its methods are called by one goroutine, or from inside the callback; Close by any.
type Client struct {
	cfg     Config
	options Options
	sock    *socket
	pid     int
	depth   int // of calls that read
}

// New returns a client without a connection.
func New(cfg Config) *Client { return &Client{cfg: cfg} }

// length is how long the client takes a text for: in characters, or in bytes where it is no text.
func length(s string) int {
	if utf8.ValidString(s) {
		return utf8.RuneCountInString(s)
	}
	return len(s)
}

// text appends a text behind its length.
func text(b []byte, s string) []byte {
	n := length(s)
	return append(append(b, byte(n>>8), byte(n)), s...)
}

// remaining appends a remaining length.
func remaining(b []byte, n int) []byte {
	for ; n > 0x7f; n >>= 7 {
		b = append(b, byte(n&0x7f|0x80))
	}
	return append(b, byte(n))
}

// Connect opens a connection and waits for the CONNACK, for as long as it takes.
func (c *Client) Connect(ctx context.Context, o Options) (present bool, err error) {
	c.options = o
	return c.connect(ctx, o.Clean)
}

func (c *Client) connect(ctx context.Context, clean bool) (present bool, err error) {
	c.Close()
	conn, err := c.cfg.Dial(ctx)
	if err != nil {
		return false, osError(err)
	}
	c.sock = &socket{conn: conn}
	o := c.options
	flags := byte(0)
	if clean {
		flags |= 0x02
	}
	n := 10 + 2 + length(o.ClientID)
	if w := o.Will; w != nil {
		flags |= 0x04 | w.QoS<<3
		if w.Retain {
			flags |= 0x20
		}
		n += 2 + length(w.Topic) + 2 + length(w.Payload)
	}
	if o.Username != nil {
		if o.Password == nil {
			return false, raise("TypeError", "object of type 'NoneType' has no len()")
		}
		flags |= 0xc0
		n += 2 + length(*o.Username) + 2 + length(*o.Password)
	}
	head := remaining([]byte{0x10}, n)
	head = append(head, 0, 4, 'M', 'Q', 'T', 'T', 4, flags, byte(o.KeepAlive>>8), byte(o.KeepAlive))
	parts := [][]byte{head, text(nil, o.ClientID)}
	if w := o.Will; w != nil {
		parts = append(parts, text(nil, w.Topic), text(nil, w.Payload))
	}
	if o.Username != nil {
		parts = append(parts, text(nil, *o.Username), text(nil, *o.Password))
	}
	if err := c.sock.write(parts...); err != nil {
		return false, err
	}
	answer, err := c.sock.read(ctx, 4)
	switch {
	case err != nil:
		return false, err
	case len(answer) < 4:
		return false, index()
	case answer[0] != 0x20 || answer[1] != 2:
		return false, assertion()
	case answer[3] != 0:
		return false, raise("MQTTException", "%d", answer[3])
	}
	return answer[2]&1 != 0, nil
}

// reconnect connects until that works, with a session that is kept. An error is none of the socket's.
func (c *Client) reconnect(ctx context.Context) error {
	for {
		if _, err := c.connect(ctx, false); !isOSError(err) {
			return err
		}
		select {
		case <-time.After(Delay):
		case <-ctx.Done():
			return osError(context.Cause(ctx))
		}
	}
}

// Disconnect sends DISCONNECT and closes the connection.
func (c *Client) Disconnect() error {
	if err := c.write([]byte{0xe0, 0}); err != nil {
		return err
	}
	c.Close()
	return nil
}

// Ping sends PINGREQ.
func (c *Client) Ping() error { return c.write([]byte{0xc0, 0}) }

// Close drops the connection, if there is one.
func (c *Client) Close() {
	if c.sock != nil {
		c.sock.conn.Close()
	}
}

func (c *Client) write(parts ...[]byte) error {
	if c.sock == nil {
		return noSocket()
	}
	return c.sock.write(parts...)
}
