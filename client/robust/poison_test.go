package robust_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/wire"
)

// wantPoison checks a PoisonError for a message.
func wantPoison(r *result, times int, id uint16) {
	r.w.Helper()
	r.fails(robust.ErrPoison)
	if p := failsAs[*robust.PoisonError](r); p.Times != times || p.PacketID != id {
		r.w.Errorf("%d times, message %d; want %d times, message %d", p.Times, p.PacketID, times, id)
	}
}

// A message at which three connections in a row end is given up with its session:
// a CONNECT with clean session ends that, and the next one begins a new session.
func TestPoison(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		r := w.publish("bad", 1)
		s.want(publishText(2, false, "bad"))
		s.fin()
		for _, at := range []time.Duration{1, 3} {
			s = w.join(at*time.Second, false, true)
			s.want(publishText(2, true, "bad"))
			s.fin()
		}
		wantPoison(r, 3, 2)
		w.at(3 * time.Second)
		var pending *client.PendingError
		if errors.As(r.err, &pending) {
			t.Error("the message is said to stay in flight")
		}

		r = w.publish("good", 1)
		s = w.join(7*time.Second, true, false)
		s.want("DISCONNECT")
		s.ended()
		s = w.join(15*time.Second, false, false)
		s.want(`SUBSCRIBE id=3 filters="a":1`)
		s.send(subackTo(3, 1))
		s.want(publishText(4, false, "good"))
		s.send(&wire.Puback{PacketID: 4})
		r.ok()
		if w.InFlight(2) {
			t.Error("the message is still in flight")
		}
		s.silent()
	})
}

// With a clean session the message gets a new identifier each time, and is known
// all the same.
func TestPoisonCleanSession(t *testing.T) {
	script(t, robust.Config{PoisonAfter: 2}, func(w *world) {
		s := w.joined(true)
		r := w.publish("bad", 1)
		s.want(publishText(1, false, "bad"))
		s.fin()
		s = w.join(time.Second, true, false)
		s.want(publishText(2, false, "bad"))
		s.fin()
		wantPoison(r, 2, 2)
		r = w.publish("good", 1)
		s = w.join(3*time.Second, true, false)
		s.want(publishText(3, false, "good"))
		s.send(&wire.Puback{PacketID: 3})
		r.ok()
		// The session is gone with its connection: there is nothing to wipe.
		w.after(time.Minute)
		r = w.connect(false)
		w.join(63*time.Second, false, false)
		r.ok()
	})
}

// The wipe is tried until the server has taken it.
func TestPoisonWipeInterrupted(t *testing.T) {
	script(t, robust.Config{PoisonAfter: 1}, func(w *world) {
		s := w.joined(false)
		r := w.publish("bad", 1)
		s.want(publishText(1, false, "bad"))
		s.fin()
		wantPoison(r, 1, 1)
		r = w.wait()
		s = w.accept(time.Second, cleanConnect)
		s.fin()
		s = w.join(3*time.Second, true, false)
		s.want("DISCONNECT")
		s.ended()
		s = w.join(7*time.Second, false, false)
		s.silent()
		r.goesOn()
		w.wantAttempts("0s: 1 after 0s", "1s: 2 after 1s, clean, failed", "3s: 3 after 2s, clean", "7s: 4 after 4s")
	})
}

// Silence is not the message's fault, a negative PoisonAfter finds no fault at all.
func TestNoPoison(t *testing.T) {
	script(t, robust.Config{Config: client.Config{KeepAlive: 10 * time.Second}}, func(w *world) {
		const connect = `CONNECT level=4 clean=1 keepalive=10 id="c"`
		r := w.connect(true)
		s := w.accept(0, connect)
		s.send(&wire.Connack{})
		r.ok()
		r = w.publish("m", 1)
		for id := 1; id <= 5; id++ {
			s.want(publishText(id, false, "m"), "PINGREQ", "PINGREQ")
			s.ended()
			s = w.accept(time.Duration(id)*19*time.Second, connect)
			s.send(&wire.Connack{})
		}
		r.goesOn()
	})
	script(t, robust.Config{PoisonAfter: -1}, func(w *world) {
		s := w.joined(true)
		r := w.publish("m", 1)
		at := time.Duration(0)
		for id := 1; id <= 20; id++ {
			s.want(publishText(id, false, "m"))
			s.fin()
			at += min(time.Second<<(id-1), 8*time.Second)
			s = w.join(at, true, false)
		}
		r.goesOn()
	})
}

// It is the oldest message that is blamed, as a server takes them in order; the
// others are published anew once the session is gone.
func TestPoisonBlamesTheOldest(t *testing.T) {
	script(t, robust.Config{Config: client.Config{AckTimeout: time.Second}}, func(w *world) {
		s := w.joined(false)
		r := w.publish("bad", 1)
		s.want(publishText(1, false, "bad"))
		r.fails(client.ErrTimeout)
		r = w.publish("good", 1)
		s.want(publishText(2, false, "good"))
		s.fin()
		for _, at := range []time.Duration{2, 4} {
			s = w.join(at*time.Second, false, true)
			s.want(publishText(1, true, "bad"), publishText(2, true, "good"))
			s.fin()
		}
		s = w.join(8*time.Second, true, false)
		s.want("DISCONNECT")
		s.ended()
		s = w.join(16*time.Second, false, false)
		s.want(publishText(3, false, "good"))
		s.send(&wire.Puback{PacketID: 3})
		r.ok()
		if p := toldAs[*robust.PoisonError](w); p.Times != 3 || p.PacketID != 1 { // its Publish had ended
			t.Error(p)
		}
		w.untold()
		r = w.wait()
		r.goesOn()
		s.silent()
	})
}

// A SUBSCRIBE may be poison as well, new or remembered. Of several remembered
// filters the one that does it is found, and only that is forgotten.
func TestPoisonSubscribe(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		r := w.subscribe("x")
		s.want(`SUBSCRIBE id=1 filters="x":1`)
		s.fin()
		s = w.join(1*time.Second, false, true)
		s.want(`SUBSCRIBE id=2 filters="x":1`)
		s.fin()
		s = w.join(3*time.Second, false, true)
		s.want(`SUBSCRIBE id=3 filters="x":1`)
		s.fin()
		wantPoison(r, 3, 0)

		r = w.subscribe("a", "b", "c")
		s = w.join(7*time.Second, false, true)
		s.want(`SUBSCRIBE id=4 filters="a":1,"b":1,"c":1`)
		s.send(subackTo(4, 1, 1, 1))
		r.ok()
		w.after(10 * time.Minute)
		s.fin()

		r = w.wait()
		s = w.join(607*time.Second, false, false)
		s.want(`SUBSCRIBE id=5 filters="a":1,"b":1,"c":1`)
		s.fin()
		s = w.join(608*time.Second, false, true)
		s.want(`SUBSCRIBE id=6 filters="a":1`)
		s.send(subackTo(6, 1))
		s.want(`SUBSCRIBE id=7 filters="b":1`)
		s.fin()
		s = w.join(610*time.Second, false, true)
		s.want(`SUBSCRIBE id=8 filters="b":1`)
		s.fin()
		s = w.join(614*time.Second, false, true)
		s.want(`SUBSCRIBE id=9 filters="c":1`)
		s.send(subackTo(9, 1))
		if p := toldAs[*robust.PoisonError](w); p.Times != 3 || p.Filter != "b" {
			t.Errorf("the filter is %q, want b", p.Filter)
		}
		r.goesOn()
		s.silent()
	})
}

// Several filters in one SUBSCRIBE are not forgotten for one another.
func TestPoisonSubscribeOnce(t *testing.T) {
	script(t, robust.Config{PoisonAfter: 1}, func(w *world) {
		s := w.joined(true)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1,"b":1`, "a", "b")
		s.fin()
		r := w.wait()
		s = w.join(time.Second, true, false)
		s.want(`SUBSCRIBE id=2 filters="a":1,"b":1`)
		s.fin()
		s = w.join(3*time.Second, true, false)
		s.want(`SUBSCRIBE id=3 filters="a":1`)
		s.send(subackTo(3, 1))
		s.want(`SUBSCRIBE id=4 filters="b":1`)
		s.send(subackTo(4, 1))
		s.silent()
		r.goesOn()
	})
}

// A server that breaks the protocol again and again, with nothing of ours to blame,
// is reported, and the client lives.
func TestPoisonFromServer(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		r := w.wait()
		s.raw([]byte{0x36, 0})
		s.ended()
		s = w.join(1*time.Second, false, true)
		s.raw([]byte{0x34, 0}) // QoS 2
		s.ended()
		s = w.join(3*time.Second, false, true)
		s.raw([]byte{0x36, 0})
		s.ended()
		if p := toldAs[*robust.PoisonError](w); p.Times != 3 || p.PacketID != 0 {
			t.Error(p)
		} else if violation := new(client.ProtocolError); !errors.As(p, &violation) {
			t.Error(p)
		}
		s = w.join(7*time.Second, false, true)
		s.raw([]byte{0x36, 0}) // one of a new row
		s.ended()
		s = w.join(15*time.Second, false, true)
		s.fin() // the row ends
		s = w.join(23*time.Second, false, true)
		s.raw([]byte{0x36, 0})
		s.ended()
		s = w.join(31*time.Second, false, true)
		s.raw([]byte{0x36, 0})
		s.ended()
		w.join(39*time.Second, false, true)
		r.goesOn()
		w.untold()
	})
}

// A caller's Connect with clean session ends the session as well; it is not ended a
// second time.
func TestPoisonThenConnect(t *testing.T) {
	script(t, robust.Config{PoisonAfter: 1}, func(w *world) {
		s := w.joined(false)
		r := w.publish("bad", 1)
		s.want(publishText(1, false, "bad"))
		s.fin()
		wantPoison(r, 1, 1)
		r = w.connect(true)
		w.join(time.Second, true, false)
		r.ok()
		w.after(time.Minute)
		r = w.connect(false)
		s = w.join(61*time.Second, false, false)
		r.ok()
		s.silent()
	})
}

// A call that only waits for its turn is not blamed for what happens before.
func TestPoisonBlamesWhatWasSent(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		r := w.subscribe("x")
		s.want(`SUBSCRIBE id=2 filters="x":1`)
		s.fin()
		for i, at := range []time.Duration{1, 3, 7} {
			s = w.join(at*time.Second, false, i > 0)
			s.want(fmt.Sprintf(`SUBSCRIBE id=%d filters="a":1`, i+3))
			s.fin()
		}
		s = w.join(15*time.Second, false, true)
		s.want(`SUBSCRIBE id=6 filters="x":1`)
		s.send(subackTo(6, 1))
		r.ok()
		if p := toldAs[*robust.PoisonError](w); p.Filter != "a" {
			t.Errorf("the filter is %q, want a", p.Filter)
		}
	})
}

// What is wrong with a CONNACK is no packet's fault.
func TestNoPoisonFromConnack(t *testing.T) {
	script(t, robust.Config{PoisonAfter: 1}, func(w *world) {
		r := w.connect(false)
		for _, at := range []time.Duration{0, 1, 3} {
			s := w.accept(at*time.Second, keepConnect)
			s.raw([]byte{0x20, 2, 2, 0})
			s.ended()
		}
		w.join(7*time.Second, false, false)
		r.ok()
		r = w.wait()
		r.goesOn()
	})
}

// Messages whose calls have ended are remembered only while they are in flight.
func TestForgetsAcknowledged(t *testing.T) {
	script(t, robust.Config{Config: client.Config{AckTimeout: time.Second}}, func(w *world) {
		s := w.joined(false)
		for id := uint16(1); id <= 10; id++ {
			r := w.publish("m", 1)
			s.want(publishText(int(id), false, "m"))
			r.fails(client.ErrTimeout)
			s.send(&wire.Puback{PacketID: id})
			w.wait().gives(client.KindAck)
		}
		if n := w.Packets(); n > 1 {
			t.Errorf("%d packets are remembered", n)
		}
	})
}
