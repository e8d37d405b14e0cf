package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"umqtt/client"
)

func TestSubscribeMany(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		var granted []byte
		c := w.start(func() (err error) {
			granted, err = w.c.Subscribe(context.Background(),
				client.Filter{Topic: []byte("a/+")}, client.Filter{Topic: []byte("#"), QoS: 1})
			return err
		})
		w.want(`82 0c 0001 0003 "a/+" 00 0001 "#" 01`)
		// Messages may come before the SUBACK (3.8.4-may-1).
		messages := collect(w.c)
		w.send(`30 05 0003 "a/b"` + "90 04 0001 00 01")
		c.ok()
		same(w.T, granted, []byte{0, 1})
		same(w.T, len(*messages), 1)
		c = w.start(func() error { return w.c.Unsubscribe(context.Background(), []byte("a/+"), []byte("#")) })
		w.want(`a2 0a 0002 0003 "a/+" 0001 "#"`)
		w.send("b0 02 0002")
		c.ok()
	})
}

func TestSubscribeRefused(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		var granted []byte
		c := w.start(func() (err error) {
			granted, err = w.c.Subscribe(context.Background(),
				client.Filter{Topic: []byte("a")}, client.Filter{Topic: []byte("b"), QoS: 1})
			return err
		})
		w.send("90 04 0001 80 01")
		var e *client.SubscribeError
		if !errors.As(c.result(), &e) {
			w.Fatal(c.err)
		}
		same(w.T, granted, []byte{client.Refused, 1})
		same(w.T, e.Granted, granted)
		w.state(c.err, true, 0)
	})
}

func TestSubackViolations(t *testing.T) {
	for answer, statement := range map[string]string{
		"90 03 0002 00":    "MQTT-3.8.4-2",
		"90 03 0000 00":    "MQTT-3.8.4-2",
		"b0 02 0001":       "MQTT-3.10.4-4",
		"90 02 0001":       "MQTT-3.8.4-5",
		"90 04 0001 00 00": "MQTT-3.8.4-5",
		"90 03 0001 03":    "MQTT-3.9.3-2",
		"90 03 0001 81":    "MQTT-3.9.3-2",
		"90 03 0001 7f":    "MQTT-3.9.3-2",
		"90 03 0001 ff":    "MQTT-3.9.3-2",
	} {
		t.Run(answer, func(t *testing.T) {
			play(t, client.Config{}, func(w *world) {
				w.connect(true)
				c := w.start(func() error {
					_, err := w.c.Subscribe(context.Background(), client.Filter{Topic: []byte("t")})
					return err
				})
				w.packet()
				w.send(answer)
				violated(w.T, c.result(), statement)
				w.gone()
			})
		})
	}
}

// The server may grant more than was asked for.
func TestSubscribeGranted(t *testing.T) {
	for code := range byte(3) {
		play(t, client.Config{}, func(w *world) {
			w.connect(true)
			var granted []byte
			c := w.start(func() (err error) {
				granted, err = w.c.Subscribe(context.Background(), client.Filter{Topic: []byte("t"), QoS: 1})
				return err
			})
			w.send(fmt.Sprintf("90 03 0001 %02x", code))
			c.ok()
			same(w.T, granted, []byte{code})
		})
	}
}

// An answer that a nested call has read counts, though the outer call's time is over.
func TestSubscribeAnsweredInside(t *testing.T) {
	play(t, client.Config{AckTimeout: sec}, func(w *world) {
		w.connect(true)
		w.c.SetCallback(func(client.Message) {
			_, err := w.c.WaitMsg(context.Background()) // the SUBACK
			w.is(err, nil)
			time.Sleep(2 * sec)
		})
		c := w.start(func() error {
			_, err := w.c.Subscribe(context.Background(), client.Filter{Topic: []byte("t")})
			return err
		})
		w.send(hello + "90 03 0001 00")
		time.Sleep(2 * sec)
		c.ok()
		w.c.SetCallback(func(client.Message) {
			_, err := w.c.WaitMsg(context.Background())
			w.is(err, nil)
			w.is(w.c.Close(), nil)
		})
		w.start(func() error { _, err := w.c.Connect(context.Background(), true); return err })
		w.send("20 02 00 00")
		c = w.start(func() error {
			_, err := w.c.Subscribe(context.Background(), client.Filter{Topic: []byte("t")})
			return err
		})
		w.send(hello + "90 03 0002 00")
		c.ok() // the connection has ended since
	})
}

// A nested subscribe whose SUBACK comes after the outer one's.
func TestSubscribeNested(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		subscribe := func(topic string) error {
			_, err := w.c.Subscribe(context.Background(), client.Filter{Topic: []byte(topic)})
			return err
		}
		w.c.SetCallback(func(client.Message) {
			if err := subscribe("in"); err != nil {
				w.Error(err)
			}
		})
		c := w.start(func() error { return subscribe("o") })
		w.want(`82 06 0001 0001 "o" 00`)
		w.send(hello)
		w.want(`82 07 0002 0002 "in" 00`)
		w.send("90 03 0001 00")
		c.waits()
		w.send("90 03 0002 00")
		c.ok()
	})
}

// Unanswered subscriptions are bounded like messages in flight, and end with the
// connection; a late answer is checked and taken.
func TestSubscribeTimeout(t *testing.T) {
	play(t, client.Config{AckTimeout: time.Second, MaxInflight: 2}, func(w *world) {
		w.connect(true)
		subscribe := func() error {
			_, err := w.c.Subscribe(context.Background(), client.Filter{Topic: []byte("t")})
			return err
		}
		for id := 1; id <= 2; id++ {
			err := subscribe()
			w.is(err, client.ErrTimeout)
			w.state(err, true, 0)
			w.want(fmt.Sprintf("82 06 %04x 0001 74 00", id))
		}
		w.is(subscribe(), client.ErrInflight)
		w.idle()
		w.send("90 03 0001 00")
		if kind, err := w.c.CheckMsg(); kind != client.KindAck || err != nil {
			w.Fatal(kind, err)
		}
		w.is(subscribe(), client.ErrTimeout)
		w.packet()
		w.connect(true)
		client.SetLastID(w.c, 1)
		w.is(subscribe(), client.ErrTimeout)
		w.want("82 06 0002 0001 74 00")
	})
}

func TestSubscribeLost(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		c := w.start(func() error { return w.c.Unsubscribe(context.Background(), []byte("t")) })
		_ = w.server.CloseWrite()
		w.is(c.result(), io.EOF)
		w.state(c.err, false, 0)
		_, err := w.c.Subscribe(context.Background(), client.Filter{Topic: []byte("t")})
		w.is(err, client.ErrClosed)
	})
}

// Messages that come before the answer are delivered before the call returns, though the
// answer has arrived with them.
func TestAnswerInOrder(t *testing.T) {
	for name, call := range map[string]func(*client.Client) error{
		"90 03 0001 00": func(c *client.Client) error {
			_, err := c.Subscribe(context.Background(), client.Filter{Topic: []byte("t")})
			return err
		},
		"b0 02 0001": func(c *client.Client) error { return c.Unsubscribe(context.Background(), []byte("t")) },
		puback1:      func(c *client.Client) error { return c.Publish(context.Background(), []byte("t"), nil, 1, false) },
	} {
		play(t, client.Config{}, func(w *world) {
			w.connect(true)
			messages := collect(w.c)
			c := w.start(func() error { return call(w.c) })
			w.packet()
			w.send(hello + hello + hello + name + hello)
			c.ok()
			same(w.T, len(*messages), 3)
		})
	}
}
