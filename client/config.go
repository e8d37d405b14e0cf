package client

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// The values that a Config's zero fields stand for.
const (
	DefaultConnectTimeout = 10 * time.Second
	DefaultWriteTimeout   = 10 * time.Second
	DefaultMaxPacket      = 256 << 10
	DefaultMaxInflight    = 16
	DefaultMaxDepth       = 8
)

// Config says where and as whom a client connects, and what it may use. The zero
// value of every field but Addr and Dial is a working default.
type Config struct {
	// Addr is the server's host or host:port. Without a port it is 1883, or 8883
	// with TLS. It may be a URL: mqtt://user:password@host:port or tcp://, and with TLS
	// mqtts://, ssl:// or tls://, where user, password and port may be absent. Unused
	// when Dial is set, except for the credentials and the name that TLS verifies.
	Addr string

	// Dial opens the connection instead of dialling Addr by TCP. The context ends
	// with ConnectTimeout. CheckMsg reads a *net.TCPConn or *net.UnixConn without
	// waiting, and so it does any connection with a method
	//
	//	TryRead(p []byte) (n int, err error)
	//
	// where (0, nil) means that nothing is there now. Other connections are read
	// with a deadline of one millisecond. A read deadline that passes must leave the
	// connection as it is; where a library does otherwise, as those for WebSocket do, a
	// net.Pipe between it and the client helps.
	Dial func(ctx context.Context) (net.Conn, error)

	// TLS, if not nil, runs TLS over the dialled connection. An empty ServerName
	// is taken from Addr; there must be one of them, also beside Dial, or else
	// InsecureSkipVerify.
	TLS *tls.Config

	// ClientID names the session at the server. Empty, it needs a clean session
	// [MQTT-3.1.3-7].
	ClientID string
	// Username is sent if it is not nil.
	Username *string
	// Password is sent if it is not nil, which needs a user name [MQTT-3.1.2-22].
	// It has at most 65535 bytes.
	Password []byte

	// KeepAlive is the longest silence of the client, in whole seconds from 0 to
	// 65535; 0 switches it off. See the package comment.
	KeepAlive time.Duration
	// PingTimeout bounds the wait for a PINGRESP; 0 stands for KeepAlive. Without
	// both, no PINGRESP is waited for.
	PingTimeout time.Duration
	// ConnectTimeout bounds Connect as a whole: dialling, TLS, the wait for the
	// CONNACK and redelivery. 0 stands for DefaultConnectTimeout.
	ConnectTimeout time.Duration
	// AckTimeout bounds the wait for a PUBACK, SUBACK or UNSUBACK. With 0 only the
	// call's context does. An answer that had come by then counts, also if a callback
	// took so long that the call has not seen it.
	AckTimeout time.Duration
	// WriteTimeout bounds the writing of each packet; a packet that was not
	// written by then, or after nine tenths of it where packets follow each other
	// closely, closes the connection. So does the PUBLISH, SUBSCRIBE or UNSUBSCRIBE
	// of a call that was not written by the end of the call's context, and what
	// Connect has not written by its own end, but each has 10 ms at least.
	// WriteTimeout, not the context, bounds the writing of PUBACK and PINGREQ: a short
	// wait does not cost a slow link its connection. 0 stands for DefaultWriteTimeout.
	WriteTimeout time.Duration
	// RetryAfter, if not 0, sends an unacknowledged PUBLISH again, with DUP set,
	// each time that this long has passed on a live connection. The standard
	// allows that and does not ask for it.
	RetryAfter time.Duration

	// MaxPacket is the size in bytes, fixed header included, of the largest packet
	// accepted from the server: at least 128. 0 stands for DefaultMaxPacket.
	MaxPacket int
	// OnOversize says what happens to a PUBLISH above MaxPacket.
	OnOversize Oversize
	// MaxInflight is the number of QoS 1 messages that may be unacknowledged, and
	// of subscriptions that may be unanswered: 1 to 32767. 0 stands for
	// DefaultMaxInflight.
	MaxInflight int
	// MaxDepth is how deep calls that read may nest, the outermost included. 0
	// stands for DefaultMaxDepth.
	MaxDepth int

	// Store, if not nil, keeps the QoS 1 messages of sessions that are not clean
	// from before they are sent until their PUBACK, and New takes up what it holds:
	// those messages are in flight, their packet identifiers in use, and Connect
	// sends them again. Without one, what is in flight ends with the process.
	Store Store

	// ReadBuffer, WriteBuffer and InflightBuffers are memory of the caller's that
	// the client uses instead of its own, from New on: their length counts, not
	// their capacity. It allocates where they are too short. A ReadBuffer of
	// (MaxDepth+1)*MaxPacket bytes is never too short; a WriteBuffer holds one
	// outbound packet, or what is gathered after Hold; each of InflightBuffers, of which MaxInflight are used, holds
	// one unacknowledged PUBLISH.
	//
	// The client's own grow with what they hold. One above 64 KiB is given up when it
	// is next used for a PUBLISH of less than a quarter of that, and the receive
	// buffer when the connection ends.
	ReadBuffer, WriteBuffer []byte
	InflightBuffers         [][]byte

	// OnOutcome, if not nil, is told what becomes of each QoS 1 message that no Publish
	// waits for: nil when its PUBACK has come, ErrDropped when it was given up with its
	// session [MQTT-3.1.2-6]. A message that is given up while its Publish waits, in the
	// callback, is told of as well. Like OnNotice it runs inside the client's calls and
	// must not call the client.
	OnOutcome func(id uint16, err error)
	// OnNotice, if not nil, is told of what goes wrong without the failure of a call:
	// an [*OversizeError] for a packet that was read past, a [*StoreError] for an
	// acknowledged message that stays in Store. Counts counts them.
	OnNotice func(error)

	// Trace, if not nil, sees every packet as it was written, and as it is taken
	// up after it has arrived whole. The bytes are valid until it returns. It must
	// not call the client. A PUBLISH that is skipped as oversize is not shown.
	Trace func(Direction, []byte)
}

// Direction says which way a packet goes.
type Direction byte

// The directions.
const (
	Sent     Direction = iota // to the server
	Received                  // from the server
)

// String returns ">" for Sent and "<" for Received.
func (d Direction) String() string {
	if d == Sent {
		return ">"
	}
	return "<"
}

// Oversize is a way to deal with an inbound PUBLISH larger than MaxPacket.
type Oversize byte

// The ways. Either way no memory is taken for the packet.
const (
	// OversizeClose closes the connection with an [*OversizeError].
	OversizeClose Oversize = iota
	// OversizeSkip reads past the packet, checks it as any other, and acknowledges
	// it. The callback does not see it. Config.OnNotice is told, and KindSkipped is
	// the kind that WaitMsg or CheckMsg returns.
	OversizeSkip
)

// withDefaults fills in what zero fields stand for.
func (c Config) withDefaults() Config {
	set(&c.ConnectTimeout, DefaultConnectTimeout)
	set(&c.WriteTimeout, DefaultWriteTimeout)
	set(&c.PingTimeout, c.KeepAlive)
	set(&c.MaxPacket, DefaultMaxPacket)
	set(&c.MaxInflight, DefaultMaxInflight)
	set(&c.MaxDepth, DefaultMaxDepth)
	return c
}

// set gives a field that is zero its default.
func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
