package client_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/client"
)

// A publish in the callback of a publish: each gets its acknowledgement, whichever
// comes first and whichever call reads it.
func TestNestedPublish(t *testing.T) {
	for _, acks := range [][2]string{{puback1, puback2}, {puback2, puback1}} {
		play(t, client.Config{}, func(w *world) {
			w.connect(true)
			var inner error
			w.c.SetCallback(func(client.Message) { inner = w.publish("in", 1)() })
			c := w.start(w.publish("out", 1))
			w.want(`32 08 0003 "out" 0001 "x"`)
			w.send(hello)
			w.want(`32 07 0002 "in" 0002 "x"`)
			w.send(acks[0])
			c.waits()
			w.send(acks[1])
			c.ok()
			same(w.T, inner, nil)
			w.idle()
		})
	}
}

// PUBACKs go out in the order of arrival, after the callbacks [MQTT-4.6.0-2]: that
// of a nested message waits for the outer callback.
func TestPubackOrder(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		depth := 0
		release := make(chan bool)
		w.c.SetCallback(func(m client.Message) {
			depth++
			if depth == 1 {
				for range 2 {
					if err := w.wait(); err != nil {
						w.Error(err)
					}
				}
				<-release
			}
			depth--
		})
		c := w.start(w.wait)
		w.send(`32 05 0001 "t" 0007` + `32 05 0001 "t" 0005`)
		w.idle()
		w.send(`3a 05 0001 "t" 0006`)
		w.idle()
		release <- true
		w.want("40 02 0007", "40 02 0005", "40 02 0006")
		c.ok()
	})
}

// At MaxDepth a call that would read is refused before a byte; QoS 0 still works,
// and nothing is lost.
func TestMaxDepth(t *testing.T) {
	for _, max := range []int{1, 2, 8} {
		play(t, client.Config{MaxDepth: max}, func(w *world) {
			w.connect(true)
			deepest := 0
			depth := 0
			w.c.SetCallback(func(m client.Message) {
				depth++
				defer func() { depth-- }()
				deepest = depth
				if depth < max {
					if err := w.wait(); err != nil {
						w.Error(err)
					}
					return
				}
				ctx := context.Background()
				_, sub := w.c.Subscribe(ctx, client.Filter{Topic: []byte("t")})
				_, check := w.c.CheckMsg()
				for _, err := range []error{
					w.publish("t", 1)(), w.wait(), check, sub, w.c.Unsubscribe(ctx, []byte("t")),
				} {
					w.is(err, client.ErrDepth)
					w.state(err, true, 0)
				}
				w.quiet()
				if err := w.publish("q", 0)(); err != nil {
					w.Error(err)
				}
			})
			for i := range max {
				w.send(fmt.Sprintf(`32 05 0001 "t" 00%02x`, i+1))
			}
			c := w.start(w.wait)
			w.want(`30 04 0001 "q" "x"`)
			for i := range max {
				w.want(fmt.Sprintf("40 02 00%02x", i+1))
			}
			c.ok()
			same(w.T, deepest, max)
			// The next message finds the stack empty again.
			w.send(hello)
			w.c.SetCallback(nil)
			w.start(w.wait).ok()
		})
	}
}

// The bytes of a message stay as they are until its callback returns, whatever
// nested calls receive and however the buffer grows.
func TestMessageBytesStay(t *testing.T) {
	for _, max := range []int{0, 128} {
		play(t, client.Config{MaxPacket: max}, func(w *world) {
			w.connect(true)
			depth := 0
			w.c.SetCallback(func(m client.Message) {
				if depth++; depth < client.DefaultMaxDepth {
					for range 3 {
						if err := w.wait(); err != nil {
							w.Error(err)
						}
					}
				}
				depth--
				if len(m.Payload) > 0 {
					for _, b := range m.Payload {
						if b != m.Topic[0] {
							w.Errorf("topic %s: payload has %c", m.Topic, b)
							break
						}
					}
				}
				// The caller's append does not reach the next packet.
				_ = append(m.Payload, "garbage"...)
				_ = append(m.Topic, "garbage"...)
			})
			c := w.start(w.wait)
			for i := 0; !c.returned(); i++ {
				topic, size := byte('a'+i%26), 1+i*37%122
				p := append([]byte{0x30, byte(3 + size), 0, 1}, topic)
				for range size {
					p = append(p, topic)
				}
				if _, err := w.server.Write(p); err != nil || i > 1e5 {
					w.Fatal(err, i)
				}
			}
			c.ok()
			if max > 0 && client.BufferSize(w.c) > (client.DefaultMaxDepth+1)*max {
				w.Errorf("the buffer has grown to %d", client.BufferSize(w.c))
			}
		})
	}
}

// The packets of all depths fit into (MaxDepth+1)*MaxPacket bytes, and a buffer of
// the caller's of that size is never replaced.
func TestBufferBound(t *testing.T) {
	const maxPacket, maxDepth = 200, 3
	own := make([]byte, (maxDepth+1)*maxPacket)
	play(t, client.Config{MaxPacket: maxPacket, MaxDepth: maxDepth, ReadBuffer: own}, func(w *world) {
		w.connect(true)
		depth := 0
		w.c.SetCallback(func(m client.Message) {
			if &own[0] == &m.Topic[0] || len(m.Payload) != 194 && len(m.Payload) != 1 {
				w.Errorf("%d bytes", len(m.Payload))
			}
			if depth++; depth < maxDepth {
				for range 5 {
					if err := w.wait(); err != nil {
						w.Error(err)
					}
				}
			}
			depth--
		})
		c := w.start(w.wait)
		large := append(raw(`30 c5 01 0001 "t"`), make([]byte, 194)...)
		for i := 0; !c.returned(); i++ {
			_, _ = w.server.Write(large)
			_, _ = w.server.Write(raw(`30 04 0001 "t" 00`))
		}
		c.ok()
		same(w.T, client.BufferSize(w.c), len(own))
	})
}

// When the ring of PUBACKs is full, nested calls end as at MaxDepth; what is not
// taken up stays for later.
func TestAcksFull(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		received := 0
		w.c.SetCallback(func(m client.Message) {
			if received++; received == 1 {
				err := w.publish("n", 1)()
				w.pending(err, 1)
				w.is(err, client.ErrDepth)
				w.is(w.wait(), client.ErrDepth)
				w.is(w.publish("m", 1)(), client.ErrDepth)
			}
		})
		for i := range client.MaxAcks + 10 {
			w.send(fmt.Sprintf(`32 05 0001 "t" %04x`, i+1))
		}
		w.send(puback1)
		w.start(w.wait).ok()
		w.want(`32 06 0001 "n" 0001 "x"`)
		for i := range client.MaxAcks {
			w.want(fmt.Sprintf("40 02 %04x", i+1))
		}
		w.idle()
		for range 11 {
			w.start(w.wait).ok()
		}
		same(w.T, received, client.MaxAcks+10)
		same(w.T, w.c.InFlight(1), false)
	})
}

// A callback that panics: no PUBACK, the connection is closed, the panic goes on.
func TestPanic(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(false)
		depth := 0
		w.c.SetCallback(func(client.Message) {
			if depth++; depth == 2 {
				panic("own")
			}
			_ = w.wait()
		})
		c := w.start(func() (err error) {
			defer func() { err = fmt.Errorf("panic: %v", recover()) }()
			return w.publish("t", 1)()
		})
		w.want(`32 06 0001 "t" 0001 "x"`)
		w.send(`32 05 0001 "t" 0007` + `32 05 0001 "t" 0008`)
		same(w.T, c.result().Error(), "panic: own")
		w.gone()
		// The client works on, at full depth, with the message still in flight.
		w.is(w.wait(), client.ErrClosed)
		w.c.SetCallback(nil)
		c = w.connecting(context.Background(), false)
		w.send("20 02 01 00")
		w.want(`3a 06 0001 "t" 0001 "x"`)
		c.ok()
		w.send(`32 05 0001 "t" 0007`)
		w.start(w.wait).ok()
		w.want("40 02 0007")
	})
}

// A panic of a nested callback that the outer one recovers from.
func TestPanicRecoveredInside(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		depth := 0
		w.c.SetCallback(func(client.Message) {
			if depth++; depth == 2 {
				panic("own")
			}
			defer func() { _ = recover() }()
			_ = w.wait()
		})
		w.send(hello + hello)
		w.is(w.start(w.wait).result(), client.ErrClosed)
		w.gone()
	})
}

// Ending the connection inside the callback ends the outer call with ErrClosed, and
// the message is not acknowledged.
func TestEndInCallback(t *testing.T) {
	for name, end := range map[string]func(*client.Client) error{
		"Close": (*client.Client).Close, "Disconnect": (*client.Client).Disconnect,
	} {
		t.Run(name, func(t *testing.T) {
			play(t, client.Config{}, func(w *world) {
				w.connect(true)
				w.c.SetCallback(func(client.Message) {
					if err := end(w.c); err != nil {
						w.Error(err)
					}
				})
				c := w.start(w.publish("t", 1))
				w.want(`32 06 0001 "t" 0001 "x"`)
				w.send(`32 05 0001 "t" 0007`)
				w.pending(c.result(), 1)
				w.is(c.err, client.ErrClosed)
				w.state(c.err, false, 1)
				if name == "Disconnect" {
					w.want("e0 00")
				}
				w.gone()
			})
		})
	}
}

// Connecting again inside the callback: the PUBACK belonged to the old connection
// and is dropped; the outer call returns ErrClosed though there is a connection.
func TestConnectInCallback(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(false)
		first := true
		w.c.SetCallback(func(m client.Message) {
			if !first {
				return
			}
			first = false
			if _, err := w.c.Connect(context.Background(), false); err != nil {
				w.Error(err)
			}
			if err := w.wait(); err != nil {
				w.Error(err)
			}
			same(w.T, string(m.Payload), "old")
		})
		c := w.start(w.publish("t", 1))
		w.want(`32 06 0001 "t" 0001 "x"`)
		w.send(`32 08 0001 "t" 0007 "old"`) // the client dials
		if p := w.packet(); len(p) == 0 || p[0] != 0x10 {
			w.Fatalf("got % x", p)
		}
		w.send("20 02 01 00")
		w.want(`3a 06 0001 "t" 0001 "x"`)
		w.send(`3a 08 0001 "t" 0009 "new"`)
		w.want("40 02 0009")
		w.pending(c.result(), 1)
		w.is(c.err, client.ErrClosed)
		w.state(c.err, true, 1)
		w.idle()
		w.send(puback1)
		w.start(w.wait).ok()
		same(w.T, w.c.InFlight(1), false)
	})
}

// A publish whose PUBACK came before its connection ended has succeeded.
func TestAckedBeforeClose(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		w.c.SetCallback(func(client.Message) {
			_ = w.wait() // reads the outer publish's PUBACK
			_ = w.c.Close()
		})
		c := w.start(w.publish("t", 1))
		w.send(hello + puback1)
		c.ok()
	})
}

// The slot of an acknowledged publish is not used anew while its call runs: what
// becomes of a later message is not taken for its own fate.
func TestAckedThenPending(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		ctx, cancel := context.WithCancel(context.Background())
		w.c.SetCallback(func(client.Message) {
			if err := w.wait(); err != nil { // reads the outer PUBACK
				w.Error(err)
			}
			w.pending(w.c.Publish(ctx, []byte("m"), nil, 1, false), 2)
		})
		c := w.start(w.publish("t", 1))
		w.send(hello + puback1)
		c.waits()
		cancel()
		c.ok()
		same(w.T, w.c.InFlight(2), true)
	})
}

// The message of a publish is dropped by a clean session that its own callback began.
func TestCleanConnectInCallback(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		w.c.SetCallback(func(client.Message) { _, _ = w.c.Connect(context.Background(), true) })
		c := w.start(w.publish("t", 1))
		w.send(hello)
		w.packet()
		w.send("20 02 00 00")
		w.pending(c.result(), 1)
		w.state(c.err, true, 0)
		same(w.T, w.c.InFlight(1), false)
	})
}

// A nested wait that is cancelled, or times out, leaves the outer one as it was,
// and the other way round.
func TestNestedContexts(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		outer, cancelOuter := context.WithCancel(context.Background())
		inner, cancelInner := context.WithCancel(context.Background())
		w.c.SetCallback(func(client.Message) {
			_, err := w.c.WaitMsg(inner)
			w.is(err, context.Canceled)
		})
		c := w.start(func() error { _, err := w.c.WaitMsg(outer); return err })
		w.send(hello)
		cancelOuter()
		c.waits() // in the inner call
		cancelInner()
		c.ok() // the outer one has dealt with its packet
		w.idle()
	})
}

func TestConcurrent(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		ctx, cancel := context.WithCancel(context.Background())
		c := w.start(func() error { _, err := w.c.WaitMsg(ctx); return err })
		_, connect := w.c.Connect(ctx, true)
		_, check := w.c.CheckMsg()
		_, sub := w.c.Subscribe(ctx, client.Filter{Topic: []byte("t")})
		for _, err := range []error{
			w.publish("t", 0)(), w.wait(), check, connect, sub, w.c.Unsubscribe(ctx, []byte("t")),
			w.c.Ping(), w.c.Disconnect(), w.c.Close(), w.c.SetLastWill(nil, nil, 0, false),
		} {
			w.is(err, client.ErrConcurrent)
		}
		w.idle()
		cancel()
		w.is(c.result(), context.Canceled)
	})
}

// A callback that returns while another goroutine is inside a call.
func TestConcurrentWithCallback(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		release := make(chan bool)
		w.c.SetCallback(func(client.Message) { <-release })
		c := w.start(w.wait)
		w.send(`32 05 0001 "t" 0007`)
		other := w.start(w.wait)
		other.waits()
		release <- true
		w.is(c.result(), client.ErrConcurrent)
		w.state(other.result(), false, 0)
		w.gone()
	})
}

func TestTraceMustNotCall(t *testing.T) {
	var c *client.Client
	var err error
	cfg := client.Config{Trace: func(client.Direction, []byte) { err = c.Ping() }}
	play(t, cfg, func(w *world) {
		c = w.c
		w.connect(true)
		w.is(err, client.ErrConcurrent)
	})
}

func TestTrace(t *testing.T) {
	var got []string
	cfg := client.Config{Trace: func(d client.Direction, p []byte) { got = append(got, fmt.Sprintf("%v% x", d, p)) }}
	play(t, cfg, func(w *world) {
		w.connect(true)
		w.start(w.c.Ping).ok()
		w.send(pong + `32 05 0001 "t" 0007`)
		w.start(w.wait).ok()
		w.start(w.wait).ok()
		synctest.Wait()
		same(w.T, got, []string{
			">10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 63", "<20 02 00 00",
			">c0 00", "<d0 00", "<32 05 00 01 74 00 07", ">40 02 00 07",
		})
	})
}

// Goexit in the callback, as of t.FailNow, is like a panic.
func TestGoexit(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		w.c.SetCallback(func(client.Message) { runtime.Goexit() })
		c := w.start(w.wait)
		w.send(`32 05 0001 "t" 0007`)
		<-c.done
		w.gone()
		same(w.T, w.c.NextDue(), time.Time{})
	})
}

// What a callback appends to a message reaches neither its other parts nor the next
// message.
func TestAppendInCallback(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		var got []string
		w.c.SetCallback(func(m client.Message) {
			_ = append(m.Topic, 'x')
			_ = append(m.Payload, 'x')
			got = append(got, fmt.Sprintf("%s=%s", m.Topic, m.Payload))
		})
		w.send(`30 05 0001 "a" "12"` + `30 05 0001 "b" "34"`)
		for range 2 {
			w.start(w.wait).ok()
		}
		same(w.T, got, []string{"a=12", "b=34"})
	})
}
