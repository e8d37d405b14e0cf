package client_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"umqtt/client"
)

// post puts a message in flight.
func (w *world) post(topic string) (uint16, error) {
	return w.c.Post(context.Background(), []byte(topic), []byte("x"), false)
}

// posted is what the server sees of a message that was posted.
func posted(first, topic string, id uint16) string {
	return fmt.Sprintf(`%s 06 0001 "%s" %04x "x"`, first, topic, id)
}

// Post returns when the packet is written. The window is MaxInflight, and a PUBACK that
// has arrived makes room; the outcome of each message is told, in whatever order.
func TestPost(t *testing.T) {
	play(t, client.Config{MaxInflight: 3}, func(w *world) {
		w.connect(true)
		for id := uint16(1); id <= 3; id++ {
			got, err := w.post("t")
			same(w.T, got, id)
			w.is(err, nil)
			w.want(posted("32", "t", id))
		}
		id, err := w.post("t")
		same(w.T, id, 0)
		w.is(err, client.ErrInflight)
		w.state(err, true, 3)
		w.idle()
		w.send(puback2)
		id, err = w.post("t")
		same(w.T, id, 4)
		w.is(err, nil)
		w.outcomes("2 <nil>")
		w.want(posted("32", "t", 4))

		c := w.start(func() error { return w.c.WaitAcks(context.Background()) })
		w.send("40 02 0004" + puback1)
		c.waits()
		w.send(hello)
		c.waits()
		w.send("40 02 0003")
		c.ok()
		w.outcomes("4 <nil>", "1 <nil>", "3 <nil>")
		w.is(w.c.WaitAcks(context.Background()), nil)
		w.send("40 02 0003") // nobody waits for it
		w.start(w.wait).ok()
		w.outcomes()
	})
}

// What is wrong with a message is told before it is in flight.
func TestPostRefuses(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		id, err := w.post("#")
		same(w.T, id, 0)
		var invalid *client.ValidationError
		same(w.T, errors.As(err, &invalid), true)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err = w.c.Post(ctx, []byte("t"), nil, false)
		w.is(err, context.Canceled)
		w.state(err, true, 0)
		w.idle()
	})
}

// Without a connection a message is in flight, stored, and the first thing that the
// next connection sends: without DUP, since it was not sent before. Then, with DUP.
func TestPostOffline(t *testing.T) {
	s := &memory{}
	play(t, client.Config{Store: s, MaxInflight: 2}, func(w *world) {
		for id := uint16(1); id <= 2; id++ {
			got, err := w.post("t")
			same(w.T, got, id)
			w.is(err, nil)
		}
		_, err := w.post("t")
		w.is(err, client.ErrInflight)
		same(w.T, s.ids, []uint16{1, 2})
		c := w.connecting(context.Background(), false)
		w.send("20 02 00 00")
		c.ok()
		w.want(posted("32", "t", 1), posted("32", "t", 2))
		w.send(puback1)
		w.start(w.wait).ok()
		c = w.connecting(context.Background(), false)
		w.send("20 02 01 00")
		c.ok()
		w.want(posted("3a", "t", 2))
		w.send(puback2)
		w.is(w.start(func() error { return w.c.WaitAcks(context.Background()) }).result(), nil)
		w.outcomes("1 <nil>", "2 <nil>")
		same(w.T, s.log, []string{"load 0", "put 1", "put 2", "delete 1", "delete 2"})
	})
}

// What a clean session had in flight is given up when a message is posted after it; a
// clean session gives up what was posted before it.
func TestPostAroundCleanSession(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		_, err := w.post("a")
		w.is(err, nil)
		w.want(posted("32", "a", 1))
		w.is(w.c.Close(), nil)
		w.outcomes()
		_, err = w.post("b")
		w.is(err, nil)
		w.gaveUp(1)
		c := w.connecting(context.Background(), false)
		w.send("20 02 00 00")
		c.ok()
		w.want(posted("32", "b", 2))

		w.is(w.c.Close(), nil)
		_, err = w.post("c")
		w.is(err, nil)
		c = w.connecting(context.Background(), true)
		w.send("20 02 00 00")
		c.ok()
		w.idle()
		w.gaveUp(2, 3)
		same(w.T, w.c.Counts(), client.Counts{Dropped: 3})
	})
}

// A message whose packet could not be written is in flight all the same.
func TestPostWriteFails(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(false)
		_ = w.server.Reset()
		id, err := w.post("t")
		same(w.T, id, 1)
		w.pending(err, 1)
		w.state(err, false, 1)
		c := w.connecting(context.Background(), false)
		w.send("20 02 01 00")
		c.ok()
		w.want(posted("3a", "t", 1)) // it may have been sent
	})
}

// AckTimeout bounds the wait for each PUBACK, the context the whole; the end of the
// connection ends it as well.
func TestWaitAcksEnds(t *testing.T) {
	play(t, client.Config{AckTimeout: 2 * sec}, func(w *world) {
		w.connect(true)
		for range 3 {
			_, err := w.post("t")
			w.is(err, nil)
		}
		c := w.start(func() error { return w.c.WaitAcks(context.Background()) })
		for _, puback := range []string{puback1, puback2} {
			time.Sleep(1500 * time.Millisecond)
			w.send(puback)
		}
		time.Sleep(2*sec - tick)
		c.waits()
		time.Sleep(tick)
		w.is(c.result(), client.ErrTimeout)
		w.state(c.err, true, 1)

		ctx, cancel := context.WithCancel(context.Background())
		c = w.start(func() error { return w.c.WaitAcks(ctx) })
		c.waits()
		cancel()
		w.is(c.result(), context.Canceled)

		c = w.start(func() error { return w.c.WaitAcks(context.Background()) })
		_ = w.server.Reset()
		w.state(c.result(), false, 1)
		w.is(w.c.WaitAcks(context.Background()), client.ErrClosed)
	})
}

// Post does not wait, and so needs no depth; its callbacks are those of a full window.
func TestPostInCallback(t *testing.T) {
	play(t, client.Config{MaxDepth: 1}, func(w *world) {
		w.connect(true)
		w.c.SetCallback(func(client.Message) {
			_, err := w.post("in")
			w.is(err, nil)
			w.is(w.publish("t", 1)(), client.ErrDepth)
		})
		c := w.start(w.wait)
		w.send(hello)
		c.ok()
		w.want(`32 07 0002 "in" 0001 "x"`)
	})
}

// The hooks run inside the calls and must not call the client.
func TestHooksMustNotCall(t *testing.T) {
	var c *client.Client
	var got []error
	call := func() { got = append(got, c.Ping()) }
	cfg := client.Config{MaxPacket: 128, OnOversize: client.OversizeSkip}
	play(t, cfg, func(w *world) {
		inner, err := client.New(client.Config{
			Dial: w.dial, OnOutcome: func(uint16, error) { call() }, OnNotice: func(error) { call() },
			MaxPacket: 128, OnOversize: client.OversizeSkip,
		})
		w.is(err, nil)
		c, w.c = inner, inner
		w.connect(true)
		_, err = w.post("t")
		w.is(err, nil)
		w.send(puback1)
		_, _ = w.server.Write(large("30", ""))
		for range 2 {
			w.start(w.wait).ok()
		}
		same(w.T, len(got), 2)
		for _, err := range got {
			w.is(err, client.ErrConcurrent)
		}
	})
}

// Messages that were posted are sent again in the order of their publishing, among
// those of Publish, also by RetryAfter.
func TestPostRedelivery(t *testing.T) {
	play(t, client.Config{AckTimeout: sec}, func(w *world) {
		w.connect(false)
		_, err := w.post("a")
		w.is(err, nil)
		w.pending(w.publish("b", 1)(), 2)
		_, err = w.post("c")
		w.is(err, nil)
		w.want(posted("32", "a", 1), posted("32", "b", 2), posted("32", "c", 3))
		w.send(puback1)
		w.start(w.wait).ok()
		c := w.connecting(context.Background(), false)
		w.send("20 02 01 00")
		c.ok()
		w.want(posted("3a", "b", 2), posted("3a", "c", 3))
	})
	play(t, client.Config{RetryAfter: 2 * sec}, func(w *world) {
		w.connect(false)
		_, err := w.post("a")
		w.is(err, nil)
		time.Sleep(sec)
		_, err = w.post("b")
		w.is(err, nil)
		w.want(posted("32", "a", 1), posted("32", "b", 2))
		c := w.start(func() error { return w.c.WaitAcks(context.Background()) })
		time.Sleep(sec)
		w.want(posted("3a", "a", 1))
		w.idle()
		time.Sleep(sec)
		w.want(posted("3a", "b", 2))
		w.send(puback1 + puback2)
		c.ok()
	})
}

// What a store keeps is in flight though its Publish finds that the connection has
// ended before it sends; without a store it is not.
func TestStoredThoughEnded(t *testing.T) {
	for _, s := range []*memory{{}, nil} {
		cfg := client.Config{PingTimeout: sec}
		if s != nil {
			cfg.Store = s
		}
		play(t, cfg, func(w *world) {
			w.connect(false)
			w.is(w.c.Ping(), nil)
			time.Sleep(sec)
			err := w.publish("t", 1)()
			w.is(err, client.ErrTimeout)
			var pending *client.PendingError
			same(w.T, errors.As(err, &pending), s != nil)
			if s != nil {
				same(w.T, s.ids, []uint16{1})
				c := w.connecting(context.Background(), false)
				w.send("20 02 01 00")
				c.ok()
				w.want(posted("32", "t", 1)) // not sent before
			}
		})
	}
}

// Once nothing is in flight WaitAcks has succeeded, whatever the callback that it ran did
// to the connection after that.
func TestWaitAcksDoneInCallback(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(false)
		if _, err := w.post("t"); err != nil {
			w.Fatal(err)
		}
		w.c.SetCallback(func(client.Message) {
			w.is(w.c.WaitAcks(context.Background()), nil)
			w.is(w.c.Close(), nil)
		})
		c := w.start(func() error { return w.c.WaitAcks(context.Background()) })
		w.send(hello + puback1)
		c.ok()
		w.is(w.wait(), client.ErrClosed)
	})
}

// Where no more may be in flight, a call takes up all that has arrived to make room,
// messages too, and without AckTimeout as well.
func TestRoomBehindMessages(t *testing.T) {
	for _, timeout := range []time.Duration{0, sec} {
		play(t, client.Config{MaxInflight: 1, AckTimeout: timeout}, func(w *world) {
			w.connect(true)
			messages := collect(w.c)
			if _, err := w.post("t"); err != nil {
				w.Fatal(err)
			}
			w.packet()
			w.send(hello + hello + puback1 + hello)
			c := w.start(w.publish("t", 1))
			w.want(`32 06 0001 "t" 0002 "x"`)
			w.send(puback2)
			c.ok()
			same(w.T, len(*messages), 3)
		})
	}
}
