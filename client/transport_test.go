package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/client"
	"umqtt/harness/simnet"
)

// greet is a server's side of one connection: it accepts, and sends a message.
func greet(conn net.Conn) error {
	connect := make([]byte, 15)
	if _, err := io.ReadFull(conn, connect); err != nil {
		return err
	}
	_, err := conn.Write(raw("20 02 00 00" + hello))
	return err
}

// A server that asks for a certificate gets that of the tls.Config, and lets nobody
// in who has none.
func TestClientCertificate(t *testing.T) {
	forServer, forClient := certificate(t)
	forServer.ClientAuth, forServer.ClientCAs = tls.RequireAndVerifyClientCert, forClient.RootCAs
	for _, shown := range []bool{true, false} {
		l, err := tls.Listen("tcp", "127.0.0.1:0", forServer)
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() {
			conn, err := l.Accept()
			if err == nil {
				err = greet(conn)
				defer conn.Close()
			}
			served <- err
		}()
		cfg := forClient.Clone()
		if shown {
			cfg.Certificates = forServer.Certificates
		}
		c, err := client.New(client.Config{Addr: l.Addr().String(), ClientID: "c", TLS: cfg})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Connect(t.Context(), true)
		if shown != (err == nil) {
			t.Errorf("certificate shown: %v, %v", shown, err)
		}
		if err := <-served; shown != (err == nil) {
			t.Errorf("certificate shown: %v, the server: %v", shown, err)
		}
		if err := errors.Join(c.Close(), l.Close()); err != nil {
			t.Error(err)
		}
	}
}

// The name that is verified is ServerName, or else the host of Addr, whatever Dial
// dials.
func TestServerName(t *testing.T) {
	forServer, forClient := certificate(t) // for 127.0.0.1 and broker.test
	l, err := tls.Listen("tcp", "127.0.0.1:0", forServer)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = greet(conn)
			_ = conn.Close()
		}
	}()
	for _, tt := range []struct {
		addr, name string
		good       bool
	}{
		{"127.0.0.1", "", true}, {"broker.test", "", true}, {"broker.test:8883", "", true},
		{"127.0.0.2", "", false}, {"other.test", "", false},
		{"other.test", "broker.test", true}, {"broker.test", "other.test", false},
	} {
		cfg := forClient.Clone()
		cfg.ServerName = tt.name
		c, err := client.New(client.Config{
			Addr: tt.addr, ClientID: "c", TLS: cfg,
			Dial: func(ctx context.Context) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Connect(t.Context(), true)
		var wrong *tls.CertificateVerificationError
		if tt.good && err != nil || !tt.good && !errors.As(err, &wrong) {
			t.Errorf("%v: %v", tt, err)
		}
		_ = c.Close()
	}
}

// A Unix socket by way of Dial. That it is read without waiting is TestRawTry's.
func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	more := make(chan bool)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if greet(conn) == nil {
			<-more
			_, _ = conn.Write(raw(hello))
			<-more
		}
	}()
	var d net.Dialer
	c, err := client.New(client.Config{
		ClientID: "c",
		Dial:     func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "unix", path) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	messages := collect(c)
	if _, err := c.Connect(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	same(t, checkUntil(t, c), client.KindMessage)
	if kind, err := c.CheckMsg(); kind != client.KindNone || err != nil {
		t.Fatal(kind, err)
	}
	more <- true
	same(t, checkUntil(t, c), client.KindMessage)
	same(t, len(*messages), 2)
	more <- true
}

// TLS answers a request for new keys while it reads, long after the deadline of the
// last packet: that write has WriteTimeout for itself.
func TestWriteOfTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 3 * time.Second
		end, peer := simnet.Pipe(64)
		defer peer.Close()
		defer end.Close()
		conn := client.BelowTLS(end, timeout)
		if err := conn.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * timeout)
		if _, err := conn.Write(make([]byte, 64)); err != nil {
			t.Errorf("long after the last packet: %v", err)
		}
		start := time.Now()
		if _, err := conn.Write([]byte{0}); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != timeout {
			t.Errorf("towards a peer that does not read: %v after %v", err, time.Since(start))
		}
	})
}

// A connection that has no TryRead is read with a deadline: that nothing is there is no
// error, the end of the stream is one.
func TestTryAnyConn(t *testing.T) {
	type plain struct{ net.Conn }
	synctest.Test(t, func(t *testing.T) {
		a, b := simnet.Pipe(0)
		for _, conn := range []net.Conn{a, plain{a}} {
			buf := make([]byte, 10)
			for _, want := range []string{"", "x", ""} {
				_, _ = b.Write([]byte(want))
				if n, err := client.Try(conn, buf); string(buf[:n]) != want || err != nil {
					t.Errorf("%T: got %q, %v, want %q", conn, buf[:n], err, want)
				}
			}
		}
		_ = b.Close()
		for _, conn := range []net.Conn{a, plain{a}} {
			if n, err := client.Try(conn, make([]byte, 10)); n != 0 || err != io.EOF {
				t.Errorf("%T: got %d, %v, want the end", conn, n, err)
			}
		}
		_ = a.Close()
	})
}

// Below TLS a try that finds nothing fails like a deadline, or crypto/tls would ask again
// at once. The end of the stream stays what it is.
func TestTryBelowTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := simnet.Pipe(0)
		defer a.Close()
		buf := make([]byte, 10)
		var timeout net.Error
		if n, err := client.TryBelowTLS(a, buf); n != 0 || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("nothing is there: got %d, %v", n, err)
		}
		_, _ = b.Write([]byte("x"))
		if n, err := client.TryBelowTLS(a, buf); n != 1 || err != nil {
			t.Errorf("a byte is there: got %d, %v", n, err)
		}
		_ = b.Close()
		if n, err := client.TryBelowTLS(a, buf); n != 0 || err != io.EOF {
			t.Errorf("the end is there: got %d, %v", n, err)
		}
	})
}
