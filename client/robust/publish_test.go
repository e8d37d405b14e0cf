package robust_test

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/wire"
)

func subackTo(id uint16, codes ...byte) *wire.Suback { return &wire.Suback{PacketID: id, Codes: codes} }

// Without a clean session an unacknowledged message goes out again under its packet
// identifier with DUP, before the subscriptions and before anything new
// [MQTT-4.4.0-1, MQTT-3.3.1-1].
func TestRedelivery(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		r := w.subscribe("a")
		s.want(`SUBSCRIBE id=1 filters="a":1`)
		s.send(subackTo(1, 1))
		r.ok()
		r = w.publish("m", 1)
		s.want(publishText(2, false, "m"))
		w.after(time.Minute)
		_ = s.Reset()

		s = w.join(time.Minute, false, false)
		s.want(publishText(2, true, "m"), `SUBSCRIBE id=3 filters="a":1`)
		s.silent()
		s.send(&wire.Puback{PacketID: 2})
		r.goesOn() // until the subscriptions are back
		s.send(subackTo(3, 1))
		r.ok()
		r = w.publish("n", 1)
		s.want(publishText(4, false, "n"))
		s.send(&wire.Puback{PacketID: 4})
		r.ok()
	})
}

// A lost connection may interrupt the redelivery as well.
func TestRedeliveryInterrupted(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		r := w.publish("m", 1)
		s.want(publishText(1, false, "m"))
		s.fin()
		s = w.join(time.Second, false, true)
		s.want(publishText(1, true, "m"))
		s.fin()
		s = w.join(3*time.Second, false, true)
		s.want(publishText(1, true, "m"))
		s.send(&wire.Puback{PacketID: 1})
		r.ok()
	})
}

// With a clean session the message is published anew: another packet identifier,
// no DUP.
func TestPublishAnew(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(true)
		r := w.publish("m", 1)
		s.want(publishText(1, false, "m"))
		s.fin()
		s = w.join(time.Second, true, false)
		s.want(publishText(2, false, "m"))
		r.goesOn()
		s.send(&wire.Puback{PacketID: 2})
		r.ok()
		s.silent()
	})
}

// A QoS 0 message for which the connection is gone goes out on the next one.
func TestPublishQoS0(t *testing.T) {
	script(t, robust.Config{Config: client.Config{KeepAlive: 10 * time.Second}}, func(w *world) {
		r := w.connect(true)
		s := w.accept(0, `CONNECT level=4 clean=1 keepalive=10 id="c"`)
		s.send(&wire.Connack{})
		r.ok()
		s.fin()
		w.after(time.Minute) // so long that the keep alive makes the client look
		r = w.publish("x", 0)
		s = w.accept(time.Minute, `CONNECT level=4 clean=1 keepalive=10 id="c"`)
		r.goesOn()
		s.send(&wire.Connack{})
		s.want(`PUBLISH qos=0 dup=0 retain=0 topic="t" payload="x"`)
		r.ok()
	})
}

// Arguments are checked before a connection is waited for.
func TestPublishChecksFirst(t *testing.T) {
	script(t, robust.Config{Policy: robust.BestEffort()}, func(w *world) {
		s := w.joined(true)
		w.refuse = 1
		s.fin()
		w.wait().fails(robust.ErrGaveUp)
		dials := w.dials
		r := w.call(func(r *result) { r.err = w.Publish(w.ctx, []byte("a/#"), nil, 1, false) })
		failsAs[*client.ValidationError](r)
		w.publish("x", 2).fails(client.ErrQoS2)
		failsAs[*client.ValidationError](w.subscribe("a#"))
		failsAs[*client.ValidationError](w.unsubscribe("a#"))
		if w.dials != dials {
			t.Error("a connection was dialled")
		}
	})
}

type middle struct{}

func (middle) Float64() float64 { return 0.5 }

// A context ends the wait for a PUBACK at once; the message stays in flight, and
// its PUBACK completes it later.
func TestPublishContext(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		ctx, cancel := context.WithTimeout(w.ctx, 1500*time.Millisecond)
		defer cancel()
		r := w.publishWith(ctx, "m", 1)
		s.want(publishText(1, false, "m"))
		w.refuse = 1
		s.fin()
		r.fails(context.DeadlineExceeded)
		w.at(1500 * time.Millisecond) // inside the backoff
		failsAs[*client.PendingError](r)

		r = w.wait()
		s = w.join(3*time.Second, false, true)
		s.want(publishText(1, true, "m"))
		s.send(&wire.Puback{PacketID: 1})
		r.gives(client.KindAck)
		if w.InFlight(1) {
			t.Error("message 1 is still in flight")
		}
	})
}

// AckTimeout bounds the wait on each connection. It ends the call, not the
// connection.
func TestAckTimeout(t *testing.T) {
	script(t, robust.Config{Config: client.Config{AckTimeout: 5 * time.Second}}, func(w *world) {
		s := w.joined(false)
		r := w.publish("m", 1)
		s.want(publishText(1, false, "m"))
		w.after(4 * time.Second)
		s.fin()
		s = w.join(5*time.Second, false, true)
		s.want(publishText(1, true, "m"))
		r.fails(client.ErrTimeout)
		w.at(10 * time.Second)
		failsAs[*client.PendingError](r)
		s.silent()
	})
}

// What arrives while a message's PUBACK is waited for on a new connection is not
// lost on WaitMsg: the answer to a Ping, and a packet that was skipped.
func TestReportedLater(t *testing.T) {
	cfg := client.Config{MaxPacket: 128}
	script(t, robust.Config{Config: cfg}, func(w *world) {
		s := w.joined(false)
		r := w.publish("m", 1)
		s.want(publishText(1, false, "m"))
		s.fin()
		s = w.join(time.Second, false, true)
		s.want(publishText(1, true, "m"))
		s.send(&wire.Publish{Topic: "t", Payload: make([]byte, 200)})
		s.send(&wire.Pingresp{})
		s.send(&wire.Publish{Topic: "t", Payload: []byte("hi")})
		s.send(&wire.Puback{PacketID: 1})
		r.ok()
		w.wantMessages("hi")
		w.wait().gives(client.KindPing)
		if e := toldAs[*client.OversizeError](w); !e.Skipped {
			t.Error(e)
		}
		w.untold() // the call itself tells of its message
	})
}

// A message whose Publish has ended is not published anew: the loss of its session
// is told, and no call fails for it.
func TestDropped(t *testing.T) {
	script(t, robust.Config{Config: client.Config{AckTimeout: time.Second}}, func(w *world) {
		s := w.joined(true)
		r := w.publish("m", 1)
		s.want(publishText(1, false, "m"))
		r.fails(client.ErrTimeout)
		w.after(time.Minute)
		s.fin()
		r = w.wait()
		s = w.join(61*time.Second, true, false)
		w.gaveUp(1)
		s.silent()
		r.goesOn()
		s.send(&wire.Publish{Topic: "t"})
		r.gives(client.KindMessage)

		r = w.publish("n", 1)
		s.want(publishText(2, false, "n"))
		r.fails(client.ErrTimeout)
		r = w.connect(true)
		s = w.join(62*time.Second, true, false)
		r.ok()
		w.gaveUp(2)
		if n := w.Counts().Dropped; n != 2 {
			t.Errorf("%d are counted", n)
		}
		s.silent()
		r = w.publish("x", 0) // the connection is good
		s.want(`PUBLISH qos=0 dup=0 retain=0 topic="t" payload="x"`)
		r.ok()
	})
}

// failingConn fails to write PUBLISH packets.
type failingConn struct{ net.Conn }

func (c failingConn) Write(b []byte) (int, error) {
	if b[0]>>4 == 3 {
		return 0, syscall.EPIPE
	}
	return c.Conn.Write(b)
}

// A packet that cannot be written is poison in the end: at QoS 0, at QoS 1, and at
// QoS 1 in the redelivery.
func TestUnwritable(t *testing.T) {
	for _, test := range []struct {
		qos   byte
		clean bool
	}{{0, true}, {1, true}, {1, false}} {
		script(t, robust.Config{}, func(w *world) {
			w.wrap = func(c net.Conn) net.Conn { return failingConn{c} }
			w.joined(test.clean)
			r := w.publish("x", test.qos)
			w.join(1*time.Second, test.clean, false)
			w.join(3*time.Second, test.clean, false)
			r.fails(robust.ErrPoison)
			r.fails(syscall.EPIPE)
			if errors.Is(r.err, robust.ErrGaveUp) {
				t.Error("the policy did not give up")
			}
			w.at(3 * time.Second)
		})
	}
}

// A message that was never sent does not stay in flight when its call fails.
func TestUnsentNotPending(t *testing.T) {
	for _, clean := range []bool{false, true} {
		script(t, robust.Config{Policy: robust.BestEffort()}, func(w *world) {
			s := w.joined(clean)
			s.fin()
			w.notices()
			w.refuse = 1
			r := w.publish("m", 1)
			r.fails(robust.ErrGaveUp)
			var pending *client.PendingError
			if errors.As(r.err, &pending) {
				t.Errorf("message %d is said to stay in flight", pending.PacketID)
			}
			if e := failsAs[*client.Error](r); e.InFlight != 0 {
				t.Errorf("%d in flight", e.InFlight)
			}
		})
	}
}
