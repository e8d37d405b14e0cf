package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
)

// A Target says how a client reaches a server. The zero value is plain TCP.
type Target struct {
	// Kind is what the client speaks over TCP; "" is [TCP].
	Kind Kind
	// ServerName is the name that the certificate must be for, of TLS, and the Host of WebSocket.
	ServerName string
	// CA is the certificate that signs the server's, as PEM, of TLS. Nothing else is to be trusted.
	CA []byte
	// CAFile is a file with the same, for clients that read one; it is empty in the simulated world.
	CAFile string
	// Path is the path that WebSocket asks for.
	Path string
}

// Habits are what a client gets wrong below MQTT.
type Habits struct {
	Unverified   bool // takes any certificate
	AnyName      bool // takes a certificate for any name
	Downgrades   bool // connects again in plain text when the handshake fails
	Waits        bool // waits for the end of the handshake as long as the connection is open
	HearsNoEnd   bool // does not notice the end of TCP without close_notify
	HearsGoodbye bool // takes close_notify for nothing, and waits for the end of TCP

	Text           bool // sends text frames
	OffersNothing  bool // offers no subprotocol
	OffersAnother  bool // offers another version's subprotocol
	AnySubprotocol bool // goes on with whatever the server selects
	AnyData        bool // takes a text frame as it takes a binary one
	WholeFrames    bool // takes a frame for a packet: what is behind the first one in it is lost, and the rest of one that goes on
}

// Config returns how a client verifies the server over TLS.
func (t Target) Config() *tls.Config {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(t.CA)
	return &tls.Config{RootCAs: roots, ServerName: t.ServerName}
}

// Over returns a dialer of the target: dial opens the connection of TCP below it.
func (t Target) Over(dial DialFunc, h Habits) DialFunc {
	switch t.Kind {
	case TLS:
		return func(ctx context.Context) (net.Conn, error) { return t.dialTLS(ctx, dial, h) }
	case WebSocket:
		return func(ctx context.Context) (net.Conn, error) { return t.dialWebSocket(ctx, dial, h) }
	}
	return dial
}

// dialTLS connects and makes the handshake.
func (t Target) dialTLS(ctx context.Context, dial DialFunc, h Habits) (net.Conn, error) {
	raw, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	cfg := t.Config()
	if h.Unverified || h.AnyName {
		cfg.InsecureSkipVerify = true
	}
	if h.AnyName {
		cfg.VerifyConnection = func(s tls.ConnectionState) error {
			_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: cfg.RootCAs})
			return err
		}
	}
	under := &watched{Conn: raw}
	c := tls.Client(under, cfg)
	if h.Waits {
		ctx = context.WithoutCancel(ctx)
	}
	if err := c.HandshakeContext(ctx); err != nil {
		raw.Close()
		if h.Downgrades {
			return dial(ctx)
		}
		return nil, fmt.Errorf("transport: %w", err)
	}
	if h.HearsNoEnd || h.HearsGoodbye {
		return newDull(c, under, h), nil
	}
	return &tlsClient{c, under}, nil
}

var errHandshake = errors.New("transport: the handshake of WebSocket failed")

func refusal(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errHandshake, fmt.Sprintf(format, args...))
}

// host is the Host of a request.
func (t Target) host() string { return cmp.Or(t.ServerName, "localhost") }
