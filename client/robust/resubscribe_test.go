package robust_test

import (
	"context"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/wire"
)

// shortly makes WaitMsg calls of 0.1 s each, and counts those that fail.
func (w *world) shortly(calls int) (failed int) {
	w.Helper()
	for range calls {
		ctx, cancel := context.WithTimeout(w.ctx, 100*time.Millisecond)
		r := w.waitWith(ctx)
		<-r.done
		cancel()
		if r.err != nil {
			r.fails(context.DeadlineExceeded)
			failed++
		}
	}
	return failed
}

// asksAgain is a client whose connection was lost with the session, and which has
// asked for its subscriptions on a new one that began at 1 s. Its call has failed.
func (w *world) asksAgain(want string, names ...string) *server {
	w.Helper()
	s := w.joined(false)
	w.subscribed(s, 1, `SUBSCRIBE id=1`+want, names...)
	s.fin()
	w.notices()
	w.after(time.Second)
	ctx, cancel := context.WithTimeout(w.ctx, 100*time.Millisecond)
	defer cancel()
	r := w.waitWith(ctx)
	s = w.join(time.Second, false, false)
	s.want(`SUBSCRIBE id=2` + want)
	r.fails(context.DeadlineExceeded)
	w.at(1100 * time.Millisecond)
	return s
}

// A SUBACK that takes longer than the calls wait: the subscriptions are asked for
// once, and are there when it has come, whichever call reads it.
func TestResubscribeShortContexts(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.asksAgain(` filters="a":1`, "a")
		if n := w.shortly(20); n != 20 {
			t.Errorf("%d of 20 calls have failed", n)
		}
		if due := w.NextDue(); !due.IsZero() {
			t.Errorf("due at %v, but there is nothing to do", due)
		}
		s.send(&wire.Publish{Topic: "a", Payload: []byte("early")})
		w.wait().gives(client.KindMessage)
		s.send(subackTo(2, 1))
		w.wait().gives(client.KindAck)
		s.send(&wire.Publish{Topic: "a", Payload: []byte("late")})
		w.wait().gives(client.KindMessage)
		w.wantMessages("early", "late")
		s.silent()

		w.after(time.Minute)
		s.fin()
		r := w.wait()
		s = w.join(time.Since(w.start), false, true) // at once; nothing is lacking
		s.silent()
		r.goesOn()
		if n := w.Packets(); n > 0 {
			t.Errorf("%d packets are remembered", n)
		}
	})
}

// Calls that send go on without the answer too, and CheckMsg takes it up.
func TestResubscribeContext(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.asksAgain(` filters="a":1`, "a")
		r := w.publish("x", 0)
		r.ok()
		s.want(`PUBLISH qos=0 dup=0 retain=0 topic="t" payload="x"`)
		r = w.publish("y", 1)
		s.want(publishText(3, false, "y"))
		s.send(&wire.Puback{PacketID: 3})
		r.ok()
		w.subscribed(s, 4, `SUBSCRIBE id=4 filters="b":1`, "b")
		s.send(subackTo(2, 1))
		w.after(time.Millisecond)
		if kind, err := w.CheckMsg(); kind != client.KindAck || err != nil {
			t.Errorf("CheckMsg returned %v, %v", kind, err)
		}
		s.silent()
	})
}

// AckTimeout ends the call that asks, and not the wait for the answer. The next
// connection begins anew, if there was none.
func TestResubscribeTimeout(t *testing.T) {
	script(t, robust.Config{Config: client.Config{AckTimeout: time.Second}}, func(w *world) {
		s := w.joined(false)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		s.fin()
		r := w.wait()
		s = w.join(time.Second, false, false)
		s.want(`SUBSCRIBE id=2 filters="a":1`)
		r.fails(client.ErrTimeout)
		w.at(2 * time.Second)
		r = w.wait()
		w.after(time.Hour)
		r.goesOn()
		s.silent()
		s.fin()
		s = w.join(time.Since(w.start), false, true)
		s.want(`SUBSCRIBE id=3 filters="a":1`)
		r.fails(client.ErrTimeout)
		r = w.wait()
		s.send(subackTo(3, 1))
		r.gives(client.KindAck)
	})
}

// What is asked for in several packets goes on when the late answer is there.
func TestResubscribeOneAfterAnother(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.asksAgain(` filters="a":1,"b":1`, "a", "b")
		s.fin() // from now on one at a time
		w.notices()
		w.after(2 * time.Second)
		r := w.call(func(r *result) { r.err = nil; w.shortly(1) })
		s = w.join(3100*time.Millisecond, false, true)
		s.want(`SUBSCRIBE id=3 filters="a":1`)
		r.ok()
		r = w.wait()
		r.goesOn()
		s.silent()
		s.send(subackTo(3, 1))
		r.gives(client.KindAck)
		if due := w.NextDue(); !due.Equal(time.Now()) {
			t.Errorf("due at %v, want now", due)
		}
		r = w.wait()
		s.want(`SUBSCRIBE id=4 filters="b":1`)
		s.send(subackTo(4, 1))
		r.goesOn()
		s.silent()
	})
}

// A late refusal is reported and the filter forgotten, unless the caller has settled
// the matter meanwhile.
func TestResubscribeRefusedLate(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.asksAgain(` filters="a":1,"b":1,"c":1`, "a", "b", "c")
		w.subscribed(s, 3, `SUBSCRIBE id=3 filters="b":1`, "b")
		r := w.unsubscribe("c")
		s.want(`UNSUBSCRIBE id=4 filters="c"`)
		s.send(&wire.Unsuback{PacketID: 4})
		r.ok()
		s.send(subackTo(2, client.Refused, client.Refused, client.Refused))
		w.wait().gives(client.KindAck)
		if e := toldAs[*robust.ResubscribeError](w); e.Filter != "a" {
			t.Errorf("the filter is %q, want a", e.Filter)
		}
		w.untold()
		r = w.wait()
		r.goesOn()
		s.fin()
		s = w.join(3100*time.Millisecond, false, false)
		s.want(`SUBSCRIBE id=5 filters="b":1`)
	})
}

// The server may grant any QoS, and then nothing is lacking.
func TestResubscribeGranted(t *testing.T) {
	for code := range byte(3) {
		script(t, robust.Config{}, func(w *world) {
			s := w.asksAgain(` filters="a":1`, "a")
			s.send(subackTo(2, code))
			w.wait().gives(client.KindAck)
			if due := w.NextDue(); !due.IsZero() {
				t.Errorf("granted QoS %d: due at %v, but there is nothing to do", code, due)
			}
			s.fin()
			r := w.wait()
			s = w.join(3100*time.Millisecond, false, true)
			s.silent()
			r.goesOn()
		})
	}
}

// A SUBACK that breaks the protocol is no answer.
func TestResubscribeAnsweredWrongly(t *testing.T) {
	for _, codes := range [][]byte{{3}, {1, 1}} {
		script(t, robust.Config{}, func(w *world) {
			s := w.asksAgain(` filters="a":1`, "a")
			r := w.wait()
			s.send(subackTo(2, codes...))
			s.ended()
			s = w.join(3100*time.Millisecond, false, true)
			s.want(`SUBSCRIBE id=3 filters="a":1`)
			s.send(subackTo(3, 1))
			s.silent()
			r.goesOn()
			if n := w.Packets(); n > 0 {
				t.Errorf("%d packets are remembered", n)
			}
		})
	}
}

// A SUBSCRIBE whose call has ended is blamed for the end of its connection as any
// other, and reported once.
func TestResubscribePoison(t *testing.T) {
	script(t, robust.Config{PoisonAfter: 2}, func(w *world) {
		s := w.asksAgain(` filters="a":1`, "a")
		r := w.wait()
		r.goesOn()
		s.fin()
		s = w.join(3100*time.Millisecond, false, true)
		s.want(`SUBSCRIBE id=3 filters="a":1`)
		s.fin()
		s = w.join(7100*time.Millisecond, false, true)
		if p := toldAs[*robust.PoisonError](w); p.Times != 2 || p.Filter != "a" {
			t.Errorf("the filter is %q, want a", p.Filter)
		}
		s.silent()
		r.goesOn()
		if due := w.NextDue(); !due.IsZero() {
			t.Errorf("due at %v, but there is nothing left to ask for", due)
		}
	})
}
