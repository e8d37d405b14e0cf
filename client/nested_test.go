package client_test

import (
	"context"
	"fmt"
	"testing"

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

// A call that waits when as many messages wait for their PUBACK as there may goes on
// with QoS 0, and with its own answer.
func TestAcksFullQoS0(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		received := 0
		w.c.SetCallback(func(m client.Message) {
			if received++; received == 1 {
				w.is(w.publish("n", 1)(), nil)
			}
		})
		for i := range client.MaxAcks {
			w.send(fmt.Sprintf(`32 05 0001 "t" %04x`, i+1))
		}
		w.send(hello + puback1)
		w.start(w.wait).ok()
		same(w.T, received, client.MaxAcks+1)
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
