package client_test

import (
	"context"
	"fmt"
	"io"
	"syscall"
	"testing"

	"umqtt/client"
)

// lose leaves two messages in flight and loses the connection.
func (w *world) lose() {
	w.Helper()
	for _, topic := range []string{"a", "b"} {
		ctx, cancel := context.WithCancel(context.Background())
		c := w.start(func() error { return w.c.Publish(ctx, []byte(topic), []byte("x"), 1, topic == "b") })
		if w.packet() == nil {
			w.Fatal("no PUBLISH")
		}
		cancel()
		w.is(c.result(), context.Canceled)
		w.state(c.err, true, map[string]int{"a": 1, "b": 2}[topic])
	}
	w.idle()
	_ = w.server.Reset()
	w.is(w.start(w.wait).result(), syscall.ECONNRESET)
}

// Unacknowledged messages are sent again in their order, with their ids and DUP,
// before anything new, whether or not the server has the session.
func TestRedelivery(t *testing.T) {
	for _, connack := range []string{"20 02 00 00", "20 02 01 00"} {
		play(t, client.Config{}, func(w *world) {
			w.connect(false)
			w.lose()
			c := w.connecting(context.Background(), false)
			w.idle() // not before the CONNACK
			w.send(connack)
			w.want(`3a 06 0001 "a" 0001 "x"`, `3b 06 0001 "b" 0002 "x"`)
			c.ok()
			c = w.start(w.publish("c", 1))
			w.want(`32 06 0001 "c" 0003 "x"`)
			w.send(puback2 + puback1)
			c.waits()
			same(w.T, []bool{w.c.InFlight(1), w.c.InFlight(2), w.c.InFlight(3)}, []bool{false, false, true})
			w.send("40 02 0003")
			c.ok()
			w.idle()
		})
	}
}

// Over several connections: what is acknowledged in between is not sent again, what
// was published in between comes behind, and the bytes are those of the first time.
func TestRedeliveryAgainAndAgain(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(false)
		w.lose()
		want := []string{`3a 06 0001 "a" 0001 "x"`, `3b 06 0001 "b" 0002 "x"`}
		for i, topic := range []string{"c", "d", "e"} {
			c := w.connecting(context.Background(), false)
			w.send("20 02 01 00")
			c.ok()
			w.want(want...)
			id := i + 3
			c = w.start(w.publish(topic, 1))
			w.want(fmt.Sprintf(`32 06 0001 "%s" %04x "x"`, topic, id))
			if i == 1 { // the last and the first that there are
				w.send("40 02 0004" + puback1)
				c.ok()
				w.start(w.wait).ok()
				want = want[1:]
			} else {
				want = append(want, fmt.Sprintf(`3a 06 0001 "%s" %04x "x"`, topic, id))
			}
			_ = w.server.Reset()
			if i != 1 {
				w.pending(c.result(), uint16(id))
				w.state(c.err, false, len(want))
				continue
			}
			w.is(w.start(w.wait).result(), syscall.ECONNRESET)
		}
	})
}

// A message that the callback publishes while the server's first messages are read
// goes out behind what is sent again.
func TestRedeliveryBeforeNested(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(false)
		w.lose()
		w.c.SetCallback(func(client.Message) {
			if err := w.publish("n", 1)(); err != nil {
				w.Error(err)
			}
		})
		c := w.connecting(context.Background(), false)
		w.send("20 02 01 00" + `32 05 0001 "t" 0007`) // the message at once
		c.ok()
		w.want(`3a 06 0001 "a" 0001 "x"`, `3b 06 0001 "b" 0002 "x"`)
		c = w.start(w.wait)
		w.want(`32 06 0001 "n" 0003 "x"`)
		w.send("40 02 0003" + puback1 + puback2)
		w.want("40 02 0007")
		c.ok()
	})
}

// A clean session drops what was in flight and says so [MQTT-3.1.2-6].
func TestCleanSessionDrops(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(false)
		w.lose()
		c := w.connecting(context.Background(), true)
		w.send("20 02 00 00")
		c.ok()
		w.gaveUp(1, 2)
		w.idle()
		w.start(w.publish("c", 0)).ok()
	})
}

// What was published in a clean session is no part of the next one either.
func TestAfterCleanSessionDrops(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		w.lose()
		c := w.connecting(context.Background(), false)
		w.send("20 02 00 00")
		c.ok()
		w.gaveUp(1, 2)
		w.idle()
	})
}

func TestDropWithoutConnection(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(false)
		w.lose()
		c := w.connecting(context.Background(), true)
		_ = w.server.Close()
		w.is(c.result(), io.EOF)
		w.gaveUp(1, 2)
		w.state(c.err, false, 0)
	})
}

// A refused Connect keeps what is in flight.
func TestRefusedKeepsInFlight(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(false)
		w.lose()
		c := w.connecting(context.Background(), false)
		w.send("20 02 00 03")
		w.state(c.result(), false, 2)
		c = w.connecting(context.Background(), false)
		w.send("20 02 01 00")
		w.want(`3a 06 0001 "a" 0001 "x"`, `3b 06 0001 "b" 0002 "x"`)
		c.ok()
	})
}

// The connection ends while messages are sent again: Connect fails, they stay.
func TestRedeliveryFails(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(false)
		w.lose()
		c := w.connecting(context.Background(), false)
		_, _ = w.server.Write(raw("20 02 01 00"))
		_ = w.server.Reset()
		w.is(c.result(), syscall.ECONNRESET)
		w.state(c.err, false, 2)
	})
}
