package client_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"umqtt/client"
)

// server is the test's end of a real connection.
type server struct {
	net.Conn
	t *testing.T
}

func (s server) send(b []byte) {
	s.t.Helper()
	if _, err := s.Write(b); err != nil {
		s.t.Fatal(err)
	}
}

// want reads as many bytes as are wanted.
func (s server) want(hex string) {
	s.t.Helper()
	want := raw(hex)
	got := make([]byte, len(want))
	_ = s.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadFull(s, got); err != nil {
		s.t.Fatal(err)
	}
	same(s.t, got, want)
}

// link connects a client to the test over loopback TCP. atServer and atClient make
// of the raw ends what the two sides use.
func link(t *testing.T, cfg client.Config, atServer, atClient func(net.Conn) net.Conn) (*client.Client, server) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cfg.Addr, cfg.ClientID = l.Addr().String(), "c"
	if atClient != nil {
		cfg.Dial = func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			conn, err := d.DialContext(ctx, "tcp", cfg.Addr)
			if err != nil {
				return nil, err
			}
			return atClient(conn), nil
		}
	}
	accepted := make(chan net.Conn, 1)
	go func() {
		defer close(accepted)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		if atServer != nil {
			conn = atServer(conn)
		}
		connect := make([]byte, 15)
		if _, err := io.ReadFull(conn, connect); err == nil {
			_, _ = conn.Write(raw("20 02 00 00"))
		}
		accepted <- conn
	}()
	c, err := client.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Connect(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	conn := <-accepted
	t.Cleanup(func() {
		_ = c.Close()
		_ = conn.Close()
	})
	return c, server{conn, t}
}

// foreign hides what a connection can do beyond net.Conn.
type foreign struct{ net.Conn }

// certificate is keyPair for tests.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	server, client, err := keyPair()
	if err != nil {
		t.Fatal(err)
	}
	return server, client
}

// keyPair returns what server and client need for TLS.
func keyPair() (server, client *tls.Config, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"broker.test"}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, &tls.Config{RootCAs: pool}, nil
}

// transports runs a test over each kind of connection.
func transports(t *testing.T, f func(t *testing.T, c *client.Client, s server)) {
	hide := func(c net.Conn) net.Conn { return foreign{c} }
	for _, tt := range []struct {
		name     string
		tls      bool
		atClient func(net.Conn) net.Conn
	}{
		{"TCP", false, nil}, {"foreign", false, hide}, {"TLS", true, nil}, {"TLS over foreign", true, hide},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var cfg client.Config
			var atServer func(net.Conn) net.Conn
			if tt.tls {
				var forServer *tls.Config
				forServer, cfg.TLS = certificate(t)
				atServer = func(c net.Conn) net.Conn { return tls.Server(c, forServer) }
			}
			c, s := link(t, cfg, atServer, tt.atClient)
			f(t, c, s)
		})
	}
}

// checkUntil calls CheckMsg until it returns something.
func checkUntil(t *testing.T, c *client.Client) client.Kind {
	t.Helper()
	for range 10_000 {
		kind, err := c.CheckMsg()
		if err != nil {
			t.Fatal(err)
		}
		if kind != client.KindNone {
			return kind
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("nothing comes")
	return 0
}
