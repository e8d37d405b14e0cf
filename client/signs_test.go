package client_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"umqtt/client"
)

// slowly sends bytes one by one, this long apart, and answers no PINGREQ.
func (w *world) slowly(packet []byte, apart time.Duration) {
	w.Helper()
	for _, b := range packet {
		time.Sleep(apart)
		_, _ = w.server.Write([]byte{b})
	}
}

// alive waits for messages until there is an error.
func (w *world) alive() *call {
	return w.start(func() (err error) {
		for err == nil {
			err = w.wait()
		}
		return err
	})
}

// message is a PUBLISH at QoS 0 of so many bytes, 129 at least.
func message(size int) []byte {
	n := size - 3
	return append([]byte{0x30, byte(n)&127 | 128, byte(n >> 7), 0, 1, 't'}, make([]byte, n-3)...)
}

// Bytes of the packet that is being received keep the connection alive, each within
// PingTimeout of the last, for many times PingTimeout; also when the packet is read
// past, and in a call that only looks.
func TestSignsOfLife(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  client.Config
		poll bool
	}{
		{"received", client.Config{}, false},
		{"skipped", client.Config{MaxPacket: 128, OnOversize: client.OversizeSkip}, false},
		{"CheckMsg", client.Config{}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.cfg.KeepAlive = 2 * sec
			play(t, tt.cfg, func(w *world) {
				w.connect(true)
				c := w.start(func() error {
					for {
						kind, err := client.KindNone, error(nil)
						if tt.poll {
							time.Sleep(100 * time.Millisecond)
							kind, err = w.c.CheckMsg()
						} else {
							kind, err = w.c.WaitMsg(context.Background())
						}
						if kind != client.KindNone || err != nil {
							if kind == client.KindSkipped {
								return nil
							}
							return err
						}
					}
				})
				w.slowly(message(150), 2*sec-tick)
				time.Sleep(sec)
				c.ok()
			})
		})
	}
}

// A packet whose bytes stop coming is no sign of life: the connection is closed
// PingTimeout after the last of them.
func TestSignsOfLifeEnd(t *testing.T) {
	play(t, client.Config{KeepAlive: 2 * sec}, func(w *world) {
		w.connect(true)
		c := w.alive()
		w.slowly(message(150)[:100], sec)
		time.Sleep(2*sec - tick)
		c.waits()
		time.Sleep(tick)
		w.is(c.result(), client.ErrTimeout)
	})
}

// After four times PingTimeout only the packet that is being received then may still
// be finished, and a PINGRESP within PingTimeout of it counts.
func TestSignsOfLifeBound(t *testing.T) {
	for _, answered := range []bool{false, true} {
		play(t, client.Config{KeepAlive: 2 * sec}, func(w *world) {
			w.connect(true)
			c := w.alive()
			time.Sleep(1800 * time.Millisecond) // the PINGREQ
			for range 3 {
				w.slowly(message(129), 20*time.Millisecond) // 2.58 s each
			}
			w.slowly(message(129)[:128], 200*time.Millisecond)
			c.waits()
			_, _ = w.server.Write([]byte{0})
			if answered {
				w.send(pong)
				c.waits()
				return
			}
			time.Sleep(2*sec - tick)
			w.send(hello) // not the one that was being received
			c.waits()
			time.Sleep(tick)
			w.is(c.result(), client.ErrTimeout)
		})
	}
}

// A server that floods whole packets and never answers a PINGREQ is given up after
// four times PingTimeout, over TCP at full speed, whatever the calls.
func TestFloodEnds(t *testing.T) {
	for name, answer := range map[string]bool{"received": false, "answered": true} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Close() }()
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer func() { _ = conn.Close() }()
				go func() {
					b := make([]byte, 4096)
					for err := error(nil); err == nil; {
						_, err = conn.Read(b)
					}
				}()
				_, _ = conn.Write(raw("20 02 00 00"))
				var many []byte
				for range 1000 {
					many = append(many, raw(hello)...)
				}
				for err == nil {
					_, err = conn.Write(many)
				}
			}()
			const timeout = 50 * time.Millisecond
			c, err := client.New(client.Config{Addr: l.Addr().String(), PingTimeout: timeout, MaxPacket: 4096})
			if err != nil {
				t.Fatal(err)
			}
			var ended error
			c.SetCallback(func(client.Message) {
				if answer {
					if inner := c.Publish(context.Background(), []byte("t"), nil, 0, false); inner != nil {
						ended = inner
					}
				}
			})
			if _, err := c.Connect(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			pinged := time.Now() // before the client looks at its clock
			if err := c.Ping(); err != nil {
				t.Fatal(err)
			}
			for err == nil && time.Since(pinged) < 10*time.Second {
				_, err = c.WaitMsg(context.Background())
			}
			if ended != nil {
				err = ended // the call in the callback has met it
			}
			if !errors.Is(err, client.ErrTimeout) || time.Since(pinged) < 4*timeout {
				t.Fatalf("after %v: %v, want a timeout", time.Since(pinged), err)
			}
		})
	}
}
