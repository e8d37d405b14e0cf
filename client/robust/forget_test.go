package robust_test

import (
	"testing"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/wire"
)

// Unsubscribe forgets, and what the server refused was never remembered.
func TestForget(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(true)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1,"b":1`, "a", "b")
		r := w.unsubscribe("a")
		s.want(`UNSUBSCRIBE id=2 filters="a"`)
		s.send(&wire.Unsuback{PacketID: 2})
		r.ok()
		r = w.subscribe("c", "d")
		s.want(`SUBSCRIBE id=3 filters="c":1,"d":1`)
		s.send(subackTo(3, client.Refused, 1))
		failsAs[*client.SubscribeError](r)
		r = w.subscribe("b")
		s.want(`SUBSCRIBE id=4 filters="b":1`)
		s.send(subackTo(4, client.Refused))
		failsAs[*client.SubscribeError](r)
		r = w.call(func(r *result) { r.err = w.Unsubscribe(w.ctx, []byte("d"), []byte("d#")) })
		failsAs[*client.ValidationError](r) // nothing was sent, nothing is forgotten
		topic := []byte("e")
		r = w.call(func(r *result) { _, r.err = w.Subscribe(w.ctx, client.Filter{Topic: topic}) })
		s.want(`SUBSCRIBE id=5 filters="e":0`)
		s.send(subackTo(5, 0))
		r.ok()
		topic[0] = 'f' // the memory is the caller's
		s.fin()
		r = w.wait()
		s = w.join(time.Second, true, false)
		s.want(`SUBSCRIBE id=6 filters="d":1,"e":0`)
		r.goesOn()
	})
}

// A caller's Connect sends no SUBSCRIBE, and forgets what the server has not.
func TestConnectForgets(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		r := w.connect(false)
		s = w.join(0, false, true)
		r.ok()
		s.silent()
		s.fin() // "a" is remembered, since the session was there
		r = w.wait()
		s = w.join(time.Second, false, false)
		s.want(`SUBSCRIBE id=2 filters="a":1`)
		s.send(subackTo(2, 1))
		r.goesOn()
	})
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		r := w.connect(false)
		s = w.join(0, false, false)
		r.ok()
		if due := w.NextDue(); !due.IsZero() {
			t.Errorf("due at %v, but there is nothing to do", due)
		}
		s.fin()
		r = w.wait()
		s = w.join(time.Second, false, false)
		s.silent()
		r.goesOn()
	})
}
