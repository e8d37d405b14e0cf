package client

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// Defaults for the fields of Config that are 0.
const (
	DefaultConnectTimeout = 10 * time.Second
	DefaultWriteTimeout   = 10 * time.Second
	DefaultMaxPacket      = 256 << 10
	DefaultMaxInflight    = 16
	DefaultMaxDepth       = 8
)

// Config configures a client. The zero value of every field but Addr and Dial is a
// working default; one of these two must be set.
type Config struct {
	// Addr is the server's host or host:port. The default port is 1883, or 8883 with
	// TLS. Addr may be a URL: mqtt://user:password@host:port or tcp://, and with TLS
	// mqtts://, ssl:// or tls://; user, password and port are optional. When Dial is
	// set, only the credentials and the name that TLS verifies are used.
	Addr string

	// Dial, if not nil, opens the connection in place of a TCP dial of Addr. Its
	// context ends with ConnectTimeout. CheckMsg reads without waiting from a
	// *net.TCPConn, a *net.UnixConn, and any connection with a method
	//
	//	TryRead(p []byte) (n int, err error)
	//
	// that returns (0, nil) when nothing has arrived. Other connections are read with a
	// deadline of one millisecond. The connection must stay usable after a read
	// deadline has passed. Libraries for WebSocket often break this rule; a net.Pipe
	// between the library and the client helps.
	Dial func(ctx context.Context) (net.Conn, error)

	// TLS, if not nil, runs TLS over the dialled connection. An empty ServerName is
	// taken from Addr. One of the two must be set, with Dial too, unless
	// InsecureSkipVerify is.
	TLS *tls.Config

	// ClientID names the session at the server. An empty ClientID requires a clean
	// session [MQTT-3.1.3-7].
	ClientID string
	// Username is sent if it is not nil.
	Username *string
	// Password is sent if it is not nil. It requires a Username [MQTT-3.1.2-22]. It has
	// at most 65535 bytes.
	Password []byte

	// KeepAlive is the longest time between two packets of the client, in whole seconds
	// from 0 to 65535; 0 disables it. See the package comment.
	KeepAlive time.Duration
	// PingTimeout bounds the wait for a PINGRESP; 0 means KeepAlive. When both are 0,
	// the client waits for no PINGRESP.
	PingTimeout time.Duration
	// ConnectTimeout bounds Connect as a whole: dialling, TLS, the wait for the CONNACK
	// and redelivery. 0 means DefaultConnectTimeout.
	ConnectTimeout time.Duration
	// AckTimeout bounds the wait for a PUBACK, SUBACK or UNSUBACK. With 0 only the
	// call's context bounds it. An answer that has arrived in time counts, even if a
	// callback kept the call from reading it.
	AckTimeout time.Duration
	// WriteTimeout bounds the writing of each packet. A packet that is not written in
	// time closes the connection; when packets follow each other closely, the bound may
	// be nine tenths of WriteTimeout. The end of the call's context, too, bounds the
	// PUBLISH, SUBSCRIBE or UNSUBSCRIBE of that call, and ConnectTimeout all that
	// Connect writes; each has at least 10 ms. WriteTimeout, not the context, bounds
	// the writing of PUBACK and PINGREQ, so that a short wait does not close a slow
	// connection. 0 means DefaultWriteTimeout.
	WriteTimeout time.Duration
	// RetryAfter, if not 0, is the interval at which an unacknowledged PUBLISH is sent
	// again on an open connection, with DUP set. The standard allows this and does not
	// require it.
	RetryAfter time.Duration

	// MaxPacket is the size in bytes, fixed header included, of the largest packet
	// accepted from the server. It is at least 128; 0 means DefaultMaxPacket.
	MaxPacket int
	// OnOversize selects what happens to a PUBLISH larger than MaxPacket.
	OnOversize Oversize
	// MaxInflight is the largest number of unacknowledged QoS 1 messages, and of
	// unanswered SUBSCRIBE and UNSUBSCRIBE packets: 1 to 32767. 0 means
	// DefaultMaxInflight.
	MaxInflight int
	// MaxDepth is how deep calls that read may nest, the outermost included. 0 means
	// DefaultMaxDepth.
	MaxDepth int

	// Store, if not nil, keeps the QoS 1 messages of sessions that are not clean, from
	// before they are sent until their PUBACK. New loads them: they are in flight,
	// their packet identifiers are in use, and Connect sends them again. Without a
	// Store, messages in flight are lost when the process ends.
	Store Store

	// ReadBuffer, WriteBuffer and InflightBuffers are buffers that the client uses in
	// place of its own. It uses their length, not their capacity, and allocates where
	// they are too short. A ReadBuffer of (MaxDepth+1)*MaxPacket bytes is never too
	// short. A WriteBuffer holds one outbound packet, or what is gathered after Hold.
	// Each of the first MaxInflight InflightBuffers holds one unacknowledged PUBLISH.
	// The caller must not use them after New.
	//
	// The client's own buffers grow as needed. A buffer above 64 KiB is freed when it
	// is next used for a PUBLISH of less than a quarter of its size, and the receive
	// buffer also when the connection ends.
	ReadBuffer, WriteBuffer []byte
	InflightBuffers         [][]byte

	// OnOutcome, if not nil, is called with the outcome of each QoS 1 message that no
	// Publish waits for: nil when its PUBACK has arrived, ErrDropped when the message
	// was dropped with its session [MQTT-3.1.2-6]. It is also called for a message that
	// is dropped while its Publish waits, by a call inside the callback. Like OnNotice
	// it runs inside the client's calls and must not call the client.
	OnOutcome func(id uint16, err error)
	// OnNotice, if not nil, is called with each error that does not make a call fail:
	// an [*OversizeError] for a skipped packet, a [*StoreError] for an acknowledged
	// message that could not be deleted from Store. Counts counts them.
	OnNotice func(error)

	// Trace, if not nil, is called with every packet that was written, and with every
	// complete packet that arrived, before it is processed. The bytes are valid until
	// it returns. It must not call the client. It is not called for a PUBLISH that is
	// skipped as oversize.
	Trace func(Direction, []byte)
}

// Direction is the direction of a packet.
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

// Oversize is what the client does with an inbound PUBLISH larger than MaxPacket.
type Oversize byte

// The values of Oversize. In both cases no buffer is allocated for the packet.
const (
	// OversizeClose closes the connection with an [*OversizeError].
	OversizeClose Oversize = iota
	// OversizeSkip discards the payload, checks the packet like any other, and
	// acknowledges it. The callback is not called; Config.OnNotice is. WaitMsg or
	// CheckMsg returns KindSkipped.
	OversizeSkip
)

// withDefaults replaces zero fields by their defaults.
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
