package client_test

import (
	"context"
	"testing"
	"time"

	"umqtt/client"
)

const sec = time.Second

// While WaitMsg waits, no gap between packets is longer than the keep alive
// [MQTT-3.1.2-23].
func TestPingWhileWaiting(t *testing.T) {
	for _, keepAlive := range []time.Duration{sec, 5 * sec, 60 * sec, 65535 * sec} {
		play(t, client.Config{KeepAlive: keepAlive}, func(w *world) {
			w.connect(true)
			ctx, cancel := context.WithCancel(context.Background())
			c := w.start(func() error {
				for {
					if _, err := w.c.WaitMsg(ctx); err != nil {
						return err
					}
				}
			})
			every := keepAlive - min(keepAlive/10, sec)
			for range 3 {
				time.Sleep(every - 1)
				w.idle()
				time.Sleep(tick)
				w.want(pingreq)
				w.send(pong)
			}
			cancel()
			w.is(c.result(), context.Canceled)
		})
	}
}

// A caller who is back by NextDue, and does nothing but CheckMsg then, keeps the
// connection alive for as long as it likes, with one PINGREQ each time.
func TestCheckMsgLoop(t *testing.T) {
	for _, keepAlive := range []time.Duration{sec, 60 * sec, 65535 * sec} {
		play(t, client.Config{KeepAlive: keepAlive}, func(w *world) {
			w.connect(true)
			for range 5 {
				start := w.now()
				time.Sleep(time.Until(w.c.NextDue()))
				same(w.T, w.now()-start, keepAlive-min(keepAlive/10, sec))
				kind, err := w.c.CheckMsg()
				same(w.T, kind, client.KindNone)
				same(w.T, err, nil)
				w.want(pingreq)
				w.idle()
				w.send(pong)
				if kind, err := w.c.CheckMsg(); kind != client.KindPing || err != nil {
					w.Fatal(kind, err)
				}
			}
		})
	}
}

// What is received does not put PINGREQ off: it is the client's silence that counts.
func TestOnlyReceiving(t *testing.T) {
	play(t, client.Config{KeepAlive: 10 * sec}, func(w *world) {
		w.connect(true)
		messages := collect(w.c)
		c := w.start(func() (err error) {
			for err == nil {
				err = w.wait()
			}
			return err
		})
		for range 5 {
			for range 8 {
				time.Sleep(sec)
				w.send(hello)
				w.idle()
			}
			time.Sleep(sec)
			w.want(pingreq)
			w.send(pong)
		}
		same(w.T, len(*messages), 40)
		c.waits()
	})
}

func TestNoKeepAlive(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		c := w.start(w.wait)
		time.Sleep(1000 * time.Hour)
		c.waits()
		w.idle()
		same(w.T, w.c.NextDue(), time.Time{})
		w.send(hello)
		c.ok()
	})
}

// No PINGRESP in time closes the connection (3.1.2.10-should-1).
func TestPingTimeout(t *testing.T) {
	play(t, client.Config{KeepAlive: 10 * sec, PingTimeout: 3 * sec}, func(w *world) {
		w.connect(true)
		c := w.start(w.wait)
		time.Sleep(9 * sec)
		w.want(pingreq)
		time.Sleep(3*sec - 1)
		c.waits()
		time.Sleep(tick)
		w.is(c.result(), client.ErrTimeout)
		w.state(c.err, false, 0)
		w.gone()
	})
}

// It defaults to the keep alive. Whole messages postpone it four times, but do not
// stand in for the PINGRESP.
func TestPingTimeoutDefault(t *testing.T) {
	play(t, client.Config{KeepAlive: 5 * sec}, func(w *world) {
		w.connect(true)
		c := w.start(func() (err error) {
			for err == nil {
				err = w.wait()
			}
			return err
		})
		time.Sleep(4500 * time.Millisecond)
		w.want(pingreq)
		for i := range 19 {
			time.Sleep(sec)
			w.send(hello)
			if i%9 == 4 { // the gap between packets still counts
				w.packet()
			}
		}
		time.Sleep(sec - 1)
		c.waits()
		time.Sleep(tick)
		for w.packet() != nil {
		}
		w.is(c.result(), client.ErrTimeout)
		w.gone()
	})
}

// A PUBACK is a packet of the client's: the keep alive counts from it.
func TestPubackCounts(t *testing.T) {
	play(t, client.Config{KeepAlive: 10 * sec}, func(w *world) {
		w.connect(true)
		c := w.alive()
		time.Sleep(5 * sec)
		w.send(`32 05 0001 "t" 0007`)
		w.want("40 02 0007")
		time.Sleep(9*sec - tick)
		w.idle()
		time.Sleep(tick)
		w.want(pingreq)
		c.waits()
	})
}

// A PINGREQ without an answer, and an answer that nobody was told of, end with their
// connection.
func TestPingEndsWithConnection(t *testing.T) {
	play(t, client.Config{PingTimeout: 2 * sec}, func(w *world) {
		w.connect(true)
		w.is(w.c.Ping(), nil)
		w.connect(true)
		same(w.T, w.c.NextDue(), time.Time{})
		c := w.start(w.wait)
		time.Sleep(time.Hour)
		c.waits()
		w.send(hello)
		c.ok()

		w.is(w.c.Ping(), nil)
		w.packet()
		w.send(pong)
		w.start(w.publish("t", 0)).ok() // meets the PINGRESP
		w.connect(true)
		kind, err := w.c.CheckMsg()
		same(w.T, kind, client.KindNone)
		w.is(err, nil)
	})
}

// Ping by hand, without a keep alive: WaitMsg tells of the answer.
func TestPing(t *testing.T) {
	play(t, client.Config{PingTimeout: 2 * sec}, func(w *world) {
		w.connect(true)
		w.start(w.c.Ping).ok()
		w.want(pingreq)
		w.send(pong)
		kind, err := w.c.WaitMsg(context.Background())
		same(w.T, kind, client.KindPing)
		same(w.T, err, nil)

		w.start(w.c.Ping).ok()
		w.want(pingreq)
		same(w.T, w.c.NextDue(), time.Now().Add(2*sec))
		c := w.start(w.wait)
		time.Sleep(2 * sec)
		w.is(c.result(), client.ErrTimeout)
		w.is(w.c.Ping(), client.ErrClosed)
	})
}

// A PINGRESP that a publish met is still told of.
func TestPongMetByPublish(t *testing.T) {
	play(t, client.Config{PingTimeout: 2 * sec}, func(w *world) {
		w.connect(true)
		w.start(w.c.Ping).ok()
		w.send(hello + pong)
		w.start(w.publish("t", 0)).ok() // does not call the callback
		for _, want := range []client.Kind{client.KindPing, client.KindMessage, client.KindNone} {
			kind, err := w.c.CheckMsg()
			same(w.T, kind, want)
			same(w.T, err, nil)
		}
	})
}

// A program that only publishes at QoS 0, all the time, to a dead peer.
func TestBusySenderDeadPeer(t *testing.T) {
	play(t, client.Config{KeepAlive: 5 * sec}, func(w *world) {
		w.connect(true)
		var err error
		for err == nil && w.now() < 60*sec {
			time.Sleep(sec)
			err = w.publish("t", 0)()
		}
		w.is(err, client.ErrTimeout)
		w.state(err, false, 0)
		same(w.T, w.now(), 10*sec)
	})
}

// With a peer that answers it goes on for ever, though it never reads by itself; a
// message that waits to be taken up does not hide the answers.
func TestBusySenderLivePeer(t *testing.T) {
	play(t, client.Config{KeepAlive: 5 * sec}, func(w *world) {
		w.connect(true)
		w.c.SetCallback(func(client.Message) { w.Error("QoS 0 Publish calls the callback") })
		w.send(hello)
		pings := 0
		for range 100 {
			time.Sleep(sec)
			w.start(w.publish("t", 0)).ok()
			for p := w.packet(); p != nil; p = w.packet() {
				if p[0] == 0xc0 {
					pings++
					w.send(pong)
				}
			}
		}
		if pings < 15 {
			w.Errorf("%d PINGREQs in 100 s", pings)
		}
	})
}

// A buffer that is full of messages may hide the PINGRESP, which is no death.
func TestBlindSender(t *testing.T) {
	cfg := client.Config{KeepAlive: 5 * sec, MaxPacket: 128, MaxDepth: 1}
	play(t, cfg, func(w *world) {
		w.connect(true)
		for range 100 {
			w.send(hello)
		}
		for range 30 {
			time.Sleep(sec)
			w.start(w.publish("t", 0)).ok()
		}
		for range 100 {
			w.start(w.wait).ok()
		}
	})
}

// Every call first sends the PINGREQ that is due, nested ones too.
func TestPingInCalls(t *testing.T) {
	play(t, client.Config{KeepAlive: 10 * sec}, func(w *world) {
		w.connect(true)
		calls := map[string]func() error{
			"CheckMsg": func() error { _, err := w.c.CheckMsg(); return err },
			"QoS 0":    w.publish("t", 0),
			"QoS 1":    w.publish("t", 1),
		}
		for _, name := range []string{"CheckMsg", "QoS 0", "QoS 1"} {
			same(w.T, w.c.NextDue(), time.Now().Add(9*sec))
			time.Sleep(9 * sec)
			c := w.start(calls[name])
			w.want(pingreq)
			switch name {
			case "QoS 0":
				w.want(`30 04 0001 "t" "x"`)
			case "QoS 1":
				w.want(`32 06 0001 "t" 0001 "x"`)
				w.send(puback1)
			}
			w.send(pong)
			c.ok()
			if kind, err := w.c.CheckMsg(); kind != client.KindPing || err != nil {
				w.Fatal(name, kind, err)
			}
		}
		w.idle()
	})
}

// A publish that waits for its PUBACK keeps the connection alive, and notices when
// it is dead.
func TestPingInPublish(t *testing.T) {
	play(t, client.Config{KeepAlive: 10 * sec}, func(w *world) {
		w.connect(true)
		c := w.start(w.publish("t", 1))
		w.want(`32 06 0001 "t" 0001 "x"`)
		time.Sleep(9 * sec)
		w.want(pingreq)
		w.send(pong)
		time.Sleep(9 * sec)
		w.want(pingreq)
		time.Sleep(10 * sec)
		w.want(pingreq)
		w.pending(c.result(), 1)
		w.is(c.err, client.ErrTimeout)
	})
}
