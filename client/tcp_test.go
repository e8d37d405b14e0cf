package client_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/harness/simnet"
)

// CheckMsg does not wait for the rest of a packet, at any split, and keeps what it
// has.
func TestCheckMsgOverSockets(t *testing.T) {
	transports(t, func(t *testing.T, c *client.Client, s server) {
		messages := collect(c)
		packet := raw(`32 0a 0002 "tt" 0007 "four"`)
		for at := range packet {
			s.send(packet[:at])
			time.Sleep(time.Millisecond)
			for range 3 {
				if kind, err := c.CheckMsg(); kind != client.KindNone || err != nil {
					t.Fatal(at, kind, err)
				}
			}
			s.send(packet[at:])
			same(t, checkUntil(t, c), client.KindMessage)
			s.want("40 02 0007")
		}
		same(t, len(*messages), len(packet))
		for _, m := range *messages {
			same(t, m, client.Message{Topic: []byte("tt"), Payload: []byte("four"), QoS: 1, PacketID: 7})
		}
	})
}

// A wait and a check after one another: the deadlines of one do not reach the other.
func TestWaitAndCheckOverSockets(t *testing.T) {
	transports(t, func(t *testing.T, c *client.Client, s server) {
		messages := collect(c)
		for range 5 {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
			_, err := c.WaitMsg(ctx)
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			if kind, err := c.CheckMsg(); kind != client.KindNone || err != nil {
				t.Fatal(kind, err)
			}
			s.send(raw(hello))
			same(t, checkUntil(t, c), client.KindMessage)
			time.AfterFunc(5*time.Millisecond, func() { _, _ = s.Write(raw(hello)) })
			if _, err := c.WaitMsg(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		same(t, len(*messages), 10)
	})
}

// The end of the connection is seen by CheckMsg as by WaitMsg.
func TestEndOverSockets(t *testing.T) {
	transports(t, func(t *testing.T, c *client.Client, s server) {
		s.send(raw(hello))
		_ = s.Close()
		same(t, checkUntil(t, c), client.KindMessage)
		for range 10_000 {
			kind, err := c.CheckMsg()
			if err == nil {
				same(t, kind, client.KindNone)
				time.Sleep(time.Millisecond)
				continue
			}
			if !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			return
		}
		t.Fatal("no end")
	})
}

// A reset, read without waiting.
func TestResetOverTCP(t *testing.T) {
	c, s := link(t, client.Config{}, nil, nil)
	_ = s.Conn.(*net.TCPConn).SetLinger(0)
	_ = s.Close()
	var err error
	for range 10_000 {
		if _, err = c.CheckMsg(); err != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Fatal(err)
	}
}

// Waits and checks in turn over a connection that is read with deadlines: a wait
// does not keep the deadline of a check, which would make it spin.
func TestForeignDeadlines(t *testing.T) {
	for _, keepAlive := range []time.Duration{0, 5 * sec} {
		var end *simnet.Conn
		dial := func(context.Context) (net.Conn, error) {
			a, b := simnet.Pipe(0)
			end = b
			return foreign{a}, nil
		}
		play(t, client.Config{KeepAlive: keepAlive, Dial: dial}, func(w *world) {
			c := w.start(func() error { _, err := w.c.Connect(context.Background(), true); return err })
			w.server = end
			w.packet()
			w.send("20 02 00 00")
			c.ok()
			for range 2 {
				c := w.start(w.wait)
				w.send(hello)
				c.ok()
				before := w.now()
				if kind, err := w.c.CheckMsg(); kind != client.KindNone || err != nil {
					w.Fatal(kind, err)
				}
				same(w.T, w.now()-before, time.Millisecond)
			}
			c = w.start(w.wait)
			time.Sleep(keepAlive)
			if keepAlive > 0 {
				w.want(pingreq)
			}
			w.send(hello)
			time.Sleep(2 * time.Millisecond) // it may look for the PINGRESP first
			c.ok()
		})
	}
}

// Large packets both ways, with a publish in the callback.
func TestLargeOverSockets(t *testing.T) {
	transports(t, func(t *testing.T, c *client.Client, s server) {
		payload := make([]byte, 100_000)
		_, _ = rand.Read(payload)
		c.SetCallback(func(m client.Message) {
			if err := c.Publish(t.Context(), m.Topic, m.Payload, 0, false); err != nil {
				t.Error(err)
			}
		})
		packet := append(raw(`30 a3 8d 06 0001 "t"`), payload...)
		done := make(chan []byte)
		go func() {
			_, _ = s.Write(packet)
			got := make([]byte, len(packet))
			_, _ = io.ReadFull(s, got)
			done <- got
		}()
		if _, err := c.WaitMsg(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := <-done; string(got) != string(packet) {
			t.Error("another packet came back")
		}
	})
}

// A certificate that does not fit, and a handshake that does not end.
func TestTLSFails(t *testing.T) {
	_, forClient := certificate(t)
	forServer, _ := certificate(t)
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
			_, _ = conn.Read(make([]byte, 1))
			_ = conn.Close()
		}
	}()
	var conn net.Conn
	cfg := client.Config{Addr: l.Addr().String(), TLS: forClient}
	cfg.Dial = func(context.Context) (net.Conn, error) {
		conn, err = net.Dial("tcp", cfg.Addr)
		return conn, err
	}
	c, _ := client.New(cfg)
	_, err = c.Connect(t.Context(), true)
	var e *tls.CertificateVerificationError
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if err := conn.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the connection was left open: %v", err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	c, _ = client.New(client.Config{Addr: silent.Addr().String(), TLS: forClient, ConnectTimeout: 20 * time.Millisecond})
	if _, err = c.Connect(t.Context(), true); !errors.Is(err, client.ErrTimeout) {
		t.Fatal(err)
	}
}
