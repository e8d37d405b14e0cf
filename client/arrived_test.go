package client_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"umqtt/client"
)

// An answer that has come in time counts, though the callbacks of messages before it
// have taken longer than the call may. The messages that are left wait for the next
// call, in their order.
func TestAnswerInTime(t *testing.T) {
	ctx := context.Background()
	topic := []byte("t")
	short := func(f func(context.Context) error) error {
		ctx, cancel := context.WithTimeout(ctx, sec)
		defer cancel()
		return f(ctx)
	}
	for name, tt := range map[string]struct {
		call   func(*client.Client) error
		answer string
	}{
		"publish": {func(c *client.Client) error { return c.Publish(ctx, topic, nil, 1, false) }, puback1},
		"publish with a context": {func(c *client.Client) error {
			return short(func(ctx context.Context) error { return c.Publish(ctx, topic, nil, 1, false) })
		}, puback1},
		"subscribe": {func(c *client.Client) error {
			granted, err := c.Subscribe(ctx, client.Filter{Topic: topic, QoS: 1})
			if err == nil && !bytes.Equal(granted, []byte{1}) {
				err = fmt.Errorf("granted %v", granted)
			}
			return err
		}, "90 03 0001 01"},
		"unsubscribe": {func(c *client.Client) error { return c.Unsubscribe(ctx, topic) }, "b0 02 0001"},
	} {
		for _, before := range []int{1, 2, 300} { // some more than are read at once
			t.Run(fmt.Sprint(name, " behind ", before), func(t *testing.T) {
				var trace []string
				cfg := client.Config{AckTimeout: sec, Trace: func(d client.Direction, p []byte) {
					if d == client.Received {
						trace = append(trace, fmt.Sprintf("%x", p[0]))
					}
				}}
				play(t, cfg, func(w *world) {
					w.connect(true)
					n := 0
					w.c.SetCallback(func(m client.Message) {
						same(w.T, string(m.Payload), fmt.Sprintf("%04d", n))
						n++
						time.Sleep(2 * sec)
					})
					c := w.start(func() error { return tt.call(w.c) })
					var b []byte
					for i := range before {
						b = append(b, fmt.Sprintf("\x30\x07\x00\x01t%04d", i)...)
					}
					b = append(b, raw(tt.answer)...)
					_, _ = w.server.Write(append(b, fmt.Sprintf("\x30\x07\x00\x01t%04d", before)...))
					<-c.done
					w.is(c.err, nil)
					same(w.T, n, 1)
					same(w.T, w.now(), 2*sec)
					same(w.T, trace[1:], []string{"30", tt.answer[:2]})
					for range before {
						w.is(w.wait(), nil)
					}
					same(w.T, n, before+1)
					kind, err := w.c.CheckMsg()
					same(w.T, kind, client.KindNone)
					same(w.T, err, nil)
				})
			})
		}
	}
}

// What has not come, or not whole, has not come in time, nor has that of another
// call, and what breaks the protocol closes the connection as ever.
func TestAnswerNotInTime(t *testing.T) {
	skipped := fmt.Sprintf("%x", large("30", ""))
	for came, want := range map[string]error{
		"":                         client.ErrTimeout,
		"40 02 00":                 client.ErrTimeout,
		puback2 + pong:             client.ErrTimeout,
		"00":                       client.ErrTimeout, // a later call meets it
		skipped + "40 02 00":       client.ErrTimeout,
		skipped[:100] + "40 02 00": client.ErrTimeout,
		skipped + puback1:          nil,
	} {
		cfg := client.Config{AckTimeout: sec, MaxPacket: 299, OnOversize: client.OversizeSkip}
		play(t, cfg, func(w *world) {
			w.connect(true)
			w.c.SetCallback(func(client.Message) { time.Sleep(2 * sec) })
			c := w.start(w.publish("t", 1))
			w.send(hello + came)
			<-c.done
			w.is(c.err, want)
			if want != nil {
				w.state(c.err, true, 1)
			}
		})
	}
	play(t, client.Config{AckTimeout: sec}, func(w *world) {
		w.connect(true)
		w.c.SetCallback(func(client.Message) { time.Sleep(2 * sec) })
		c := w.start(func() error {
			_, err := w.c.Subscribe(context.Background(), client.Filter{Topic: []byte("t")})
			return err
		})
		w.packet()
		w.send(hello + hello + "90 04 0001 01 01")
		<-c.done
		violated(w.T, c.err, "MQTT-3.8.4-5")
		w.gone()
	})
}

// Who looks for an answer behind a large message does not read on without end: the buffer
// has the size of that message, and keeps it.
func TestAnswerBehindLarge(t *testing.T) {
	const size = 1 << 20
	play(t, client.Config{AckTimeout: sec, MaxPacket: 2 * size}, func(w *world) {
		w.connect(true)
		w.c.SetCallback(func(client.Message) { time.Sleep(2 * sec) })
		c := w.start(w.publish("t", 1))
		b := append(raw(hello+`30 83 80 40 0001 "t"`), make([]byte, size)...)
		for range size / 100 {
			b = append(b, raw(hello)...)
		}
		_, _ = w.server.Write(append(b, raw(puback1)...))
		<-c.done
		w.is(c.err, client.ErrTimeout)
		if got := client.BufferSize(w.c); got < size || got > size+size/10 {
			w.Errorf("the buffer has %d bytes", got)
		}
	})
}

// An answer is taken out from among what was read ahead for the sake of a PINGRESP,
// which is found all the same.
func TestAnswerReadAhead(t *testing.T) {
	play(t, client.Config{AckTimeout: sec, PingTimeout: 10 * sec}, func(w *world) {
		w.connect(true)
		messages := 0
		w.c.SetCallback(func(client.Message) {
			if messages++; messages == 1 {
				time.Sleep(2 * sec)
			}
		})
		w.is(w.c.Ping(), nil)
		c := w.start(w.publish("t", 1))
		w.send(hello + hello + puback1 + hello)
		time.Sleep(3 * sec)
		c.ok()
		w.send(pong)
		for _, want := range []client.Kind{client.KindPing, client.KindMessage, client.KindMessage, client.KindNone} {
			kind, err := w.c.CheckMsg()
			same(w.T, kind, want)
			same(w.T, err, nil)
		}
		same(w.T, messages, 3)
	})
}
