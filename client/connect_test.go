package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/client"
	"umqtt/harness/simnet"
)

// connecting starts a Connect and takes its CONNECT off the wire.
func (w *world) connecting(ctx context.Context, clean bool) *call {
	w.Helper()
	c := w.start(func() error { _, err := w.c.Connect(ctx, clean); return err })
	if p := w.packet(); len(p) == 0 || p[0] != 0x10 {
		w.Fatalf("got % x, want CONNECT", p)
	}
	return c
}

func TestConnectRefused(t *testing.T) {
	for code := byte(1); code <= 5; code++ {
		play(t, client.Config{}, func(w *world) {
			c := w.connecting(context.Background(), true)
			w.send("20 02 00 0" + string('0'+code))
			var refused *client.ConnackError
			if err := c.result(); !errors.As(err, &refused) || refused.Code != code {
				w.Fatalf("got %v, want code %d", err, code)
			}
			w.state(c.err, false, 0)
			w.gone()
		})
	}
}

func TestConnectViolations(t *testing.T) {
	tests := []struct{ name, answer, statement string }{
		{"reserved flag", "20 02 02 00", "3.2.2.1-must-1"},
		{"reserved bit 2", "20 02 04 00", "3.2.2.1-must-1"},
		{"reserved bit 3", "20 02 08 00", "3.2.2.1-must-1"},
		{"reserved bit 4", "20 02 10 00", "3.2.2.1-must-1"},
		{"reserved bit 5", "20 02 20 00", "3.2.2.1-must-1"},
		{"reserved bit 6", "20 02 40 00", "3.2.2.1-must-1"},
		{"reserved bit 7", "20 02 80 00", "3.2.2.1-must-1"},
		{"reserved code 255", "20 02 00 ff", "3.2.2.3-must-1"},
		{"reserved code", "20 02 00 06", "3.2.2.3-must-1"},
		{"refused with a session", "20 02 01 05", "MQTT-3.2.2-4"},
		{"clean session present", "20 02 01 00", "MQTT-3.2.2-1"},
		{"another packet first", `30 03 0001 "t"`, "MQTT-3.2.0-1"},
		{"an early PINGRESP", "d0 00", "MQTT-3.2.0-1"},
		{"CONNACK flags", "21 02 00 00", "MQTT-2.2.2-1"},
		{"CONNACK length", "20 03 00 00 00", "2.2.3-must-2"},
		{"remaining length of five bytes", "20 82 80 80 80", "2.2.3-must-1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, client.Config{}, func(w *world) {
				c := w.connecting(context.Background(), true)
				w.send(tt.answer)
				violated(w.T, c.result(), tt.statement)
				w.gone()
			})
		})
	}
}

// A remaining length may take more bytes than it needs (2.2.3-may-1).
func TestConnackLongLength(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		c := w.connecting(context.Background(), true)
		w.send("20 82 80 00 00 00")
		c.ok()
	})
}

func TestConnectTimeout(t *testing.T) {
	play(t, client.Config{ConnectTimeout: 3 * time.Second}, func(w *world) {
		c := w.connecting(context.Background(), true)
		time.Sleep(3*time.Second - 1)
		c.waits()
		time.Sleep(tick)
		w.is(c.result(), client.ErrTimeout)
		w.gone()
	})
}

// A Connect that fails reports no session, however it fails.
func TestConnectFailsWithoutSession(t *testing.T) {
	play(t, client.Config{Dial: func(context.Context) (net.Conn, error) { return nil, io.ErrUnexpectedEOF }}, func(w *world) {
		present, err := w.c.Connect(context.Background(), false)
		w.is(err, io.ErrUnexpectedEOF)
		same(w.T, present, false)
	})
	play(t, client.Config{}, func(w *world) {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		present, err := w.c.Connect(ended, false)
		w.is(err, context.Canceled)
		same(w.T, present, false)
		w.connect(true)
		wait := w.start(w.wait)
		present, err = w.c.Connect(context.Background(), false) // at the same time
		w.is(err, client.ErrConcurrent)
		same(w.T, present, false)
		w.send(hello)
		wait.ok()
	})
	synctest.Test(t, func(t *testing.T) {
		c, err := client.New(client.Config{Dial: func(context.Context) (net.Conn, error) { return nil, io.EOF }})
		if err != nil {
			t.Fatal(err)
		}
		present, err := c.Connect(context.Background(), false)
		var invalid *client.ValidationError
		if present || !errors.As(err, &invalid) {
			t.Errorf("got %v, %v", present, err)
		}
	})
	play(t, client.Config{}, func(w *world) {
		present := true
		c := w.start(func() (err error) { present, err = w.c.Connect(context.Background(), true); return err })
		w.send("20 02 01 00")
		violated(w.T, c.result(), "MQTT-3.2.2-1")
		same(w.T, present, false)
	})
}

func TestConnectContext(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		ctx, cancel := context.WithCancel(context.Background())
		c := w.connecting(ctx, true)
		cancel()
		w.is(c.result(), context.Canceled)
		w.gone()
		w.is(w.start(func() error { _, err := w.c.Connect(ctx, true); return err }).result(), context.Canceled)
	})
}

func TestConnectNoConnack(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		c := w.connecting(context.Background(), true)
		_ = w.server.Close()
		w.is(c.result(), io.EOF)
		w.state(c.err, false, 0)
	})
}

// The keep alive counts from the CONNECT on [MQTT-3.1.2-23].
func TestConnectSlowConnack(t *testing.T) {
	play(t, client.Config{KeepAlive: 5 * time.Second}, func(w *world) {
		c := w.connecting(context.Background(), true)
		time.Sleep(4500 * time.Millisecond)
		w.want(pingreq)
		time.Sleep(4 * time.Second)
		w.send("20 02 00 00")
		c.ok()
		c = w.start(w.wait)
		time.Sleep(time.Second) // more than PingTimeout after the PINGREQ, which counts from the CONNACK
		w.want(pingreq)
		w.send(pong)
		c.ok()
	})
}

func TestConnectDialFails(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	dial := func(context.Context) (net.Conn, error) { return nil, refused }
	play(t, client.Config{Dial: dial}, func(w *world) {
		_, err := w.c.Connect(context.Background(), true)
		w.is(err, syscall.ECONNREFUSED)
		w.state(err, false, 0)
		w.is(w.c.Ping(), client.ErrClosed)
	})
	nothing := func(context.Context) (net.Conn, error) { return nil, nil }
	play(t, client.Config{Dial: nothing}, func(w *world) {
		if _, err := w.c.Connect(context.Background(), true); err == nil {
			w.Fatal("no error")
		}
	})
	slow := func(ctx context.Context) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
	play(t, client.Config{Dial: slow}, func(w *world) {
		_, err := w.c.Connect(context.Background(), true)
		w.is(err, client.ErrTimeout)
		if w.now() != client.DefaultConnectTimeout {
			w.Fatal(w.now())
		}
	})
}

func TestConnectEmptyID(t *testing.T) {
	c, err := client.New(client.Config{Addr: "x"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Connect(context.Background(), false)
	var v *client.ValidationError
	if !errors.As(err, &v) || v.Statement != "MQTT-3.1.3-7" {
		t.Fatal(err)
	}
}

func TestSessionPresent(t *testing.T) {
	for _, want := range []bool{false, true} {
		play(t, client.Config{}, func(w *world) {
			var got bool
			c := w.start(func() (err error) { got, err = w.c.Connect(context.Background(), false); return err })
			w.packet()
			if want {
				w.send("20 02 01 00")
			} else {
				w.send("20 02 00 00")
			}
			c.ok()
			same(w.T, got, want)
		})
	}
}

// Connect closes the connection that there is first.
func TestConnectAgain(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		old := w.server
		w.connect(true)
		if old.Ended() == 0 {
			w.Fatal("the old connection is open")
		}
		w.idle()
	})
}

// The DISCONNECT is not lost with unread input, which would make closing a reset.
func TestDisconnectDrains(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		w.send(hello + hello)
		w.start(w.c.Disconnect).ok()
		w.want("e0 00")
		same(w.T, w.server.Ended().String(), "FIN")
		w.is(w.c.Disconnect(), client.ErrClosed)
		w.is(w.wait(), client.ErrClosed)
		w.start(w.c.Close).ok()
	})
}

func TestDialContextEnds(t *testing.T) {
	slow := func(ctx context.Context) (net.Conn, error) { <-ctx.Done(); return nil, errors.New("own error") }
	play(t, client.Config{Dial: slow}, func(w *world) {
		ctx, cancel := context.WithCancel(context.Background())
		c := w.start(func() error { _, err := w.c.Connect(ctx, true); return err })
		cancel()
		synctest.Wait()
		w.is(c.result(), context.Canceled)
	})
}

// A new will, or none, holds from the next Connect on.
func TestSetLastWill(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		topic := []byte("w")
		if err := w.c.SetLastWill(topic, nil, 2, false); err != nil {
			w.Fatal(err)
		}
		topic[0] = 'x' // it kept a copy
		c := w.start(func() error { _, err := w.c.Connect(context.Background(), true); return err })
		w.want(`10 12 0004 "MQTT" 04 16 0000 0001 "c" 0001 "w" 0000`)
		w.send("20 02 00 00")
		c.ok()
		if err := w.c.SetLastWill(nil, nil, 0, false); err != nil {
			w.Fatal(err)
		}
		c = w.start(func() error { _, err := w.c.Connect(context.Background(), true); return err })
		w.want(`10 0d 0004 "MQTT" 04 02 0000 0001 "c"`)
		w.send("20 02 00 00")
		c.ok()
	})
}

// A PUBACK or a PINGREQ that cannot be written.
func TestWriteFails(t *testing.T) {
	play(t, client.Config{KeepAlive: 5 * time.Second}, func(w *world) {
		w.connect(true)
		w.c.SetCallback(func(client.Message) { _ = w.server.Reset() })
		c := w.start(w.wait)
		w.send(`32 05 0001 "t" 0007`)
		c.ok() // the message has come
		err := w.wait()
		w.is(err, syscall.ECONNRESET)
		w.state(err, false, 0)

		check := func() error { _, err := w.c.CheckMsg(); return err }
		for _, f := range []func() error{check, w.c.Ping, w.c.Disconnect} {
			w.connect(true)
			_ = w.server.Reset()
			time.Sleep(5 * time.Second) // PINGREQ is due
			err := f()
			w.is(err, syscall.ECONNRESET)
			w.state(err, false, 0)
			w.is(w.c.Disconnect(), client.ErrClosed)
		}
	})
}

// What New has checked, the caller cannot change any more.
func TestConfigIsCopied(t *testing.T) {
	name, password := "u", []byte("p")
	play(t, client.Config{Username: &name, Password: password}, func(w *world) {
		name, password[0] = "\xff", 'x'
		c := w.start(func() error { _, err := w.c.Connect(context.Background(), true); return err })
		w.want(`10 13 0004 "MQTT" 04 c2 0000 0001 "c" 0001 "u" 0001 "p"`)
		w.send("20 02 00 00")
		c.ok()
	})
}

// A clean session begins with the CONNECT: one that cannot be written gives nothing up.
func TestUnwrittenConnectKeeps(t *testing.T) {
	var dialled net.Conn
	full := true
	cfg := client.Config{Dial: func(context.Context) (net.Conn, error) {
		if full {
			return &stingy{Conn: dialled}, nil
		}
		return dialled, nil
	}}
	play(t, cfg, func(w *world) {
		connects := func(clean bool) *call {
			dialled, w.server = simnet.Pipe(0)
			w.frames.Reset()
			return w.start(func() error { _, err := w.c.Connect(context.Background(), clean); return err })
		}
		full = false
		c := connects(false)
		w.packet()
		w.send("20 02 00 00")
		c.ok()
		if _, err := w.post("t"); err != nil {
			w.Fatal(err)
		}
		full = true
		w.is(connects(true).result(), errStingy)
		same(w.T, w.c.InFlight(1), true)
		w.outcomes()
		full = false
		c = connects(true)
		w.packet()
		w.gaveUp(1)
		w.send("20 02 00 00")
		c.ok()
	})
}
