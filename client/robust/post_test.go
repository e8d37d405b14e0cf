package robust_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/wire"
)

func (w *world) post(payload string) (uint16, error) {
	return w.Post(w.ctx, []byte("t"), []byte(payload), false)
}

// posted posts a message that must succeed.
func (w *world) posted(payload string, want uint16) {
	w.Helper()
	if id, err := w.post(payload); id != want || err != nil {
		w.Fatalf("Post returned %d, %v, want %d", id, err, want)
	}
}

// Messages that are posted go out at once, in an outage after it, in the order of their
// posting; what was sent before has DUP. WaitAcks connects again.
func TestPost(t *testing.T) {
	script(t, robust.Config{Config: client.Config{MaxInflight: 3}}, func(w *world) {
		s := w.joined(false)
		w.posted("a", 1)
		w.posted("b", 2)
		s.want(publishText(1, false, "a"), publishText(2, false, "b"))
		s.send(&wire.Puback{PacketID: 1})
		w.wait().gives(client.KindAck)
		w.acked(1)
		s.fin()
		w.notices()
		w.posted("c", 3)
		w.posted("d", 4)
		if _, err := w.post("e"); !errors.Is(err, client.ErrInflight) {
			t.Error(err)
		}
		r := w.call(func(r *result) { r.err = w.WaitAcks(w.ctx) })
		s = w.join(time.Second, false, true)
		s.want(publishText(2, true, "b"), publishText(3, false, "c"), publishText(4, false, "d"))
		s.send(&wire.Puback{PacketID: 2})
		s.send(&wire.Puback{PacketID: 3})
		s.fin()
		s = w.join(3*time.Second, false, true)
		s.want(publishText(4, true, "d"))
		r.goesOn()
		s.send(&wire.Puback{PacketID: 4})
		r.ok()
		w.acked(2, 3, 4)
		if err := w.WaitAcks(w.ctx); err != nil {
			t.Error(err)
		}
		w.untold()
		if n := w.Packets(); n > 0 {
			t.Errorf("%d packets are remembered", n)
		}
	})
}

// With a clean session a message goes with its connection, and there must be one.
func TestPostCleanSession(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		if _, err := w.post("a"); !errors.Is(err, client.ErrClosed) {
			t.Error(err)
		}
		s := w.joined(true)
		w.posted("a", 1)
		s.want(publishText(1, false, "a"))
		s.fin()
		w.notices()
		if id, err := w.post("b"); id != 0 || !errors.Is(err, client.ErrClosed) || !errors.Is(err, io.EOF) { // and why
			t.Error(id, err)
		}
		r := w.call(func(r *result) { r.err = w.WaitAcks(w.ctx) })
		s = w.join(time.Second, true, false)
		r.ok()
		w.gaveUp(1)
		s.silent()
	})
}

// After a final refusal nothing is posted, whatever the session, and the error says why.
func TestPostAfterRefusal(t *testing.T) {
	for _, clean := range []bool{false, true} {
		script(t, robust.Config{}, func(w *world) {
			connect := keepConnect
			if clean {
				connect = cleanConnect
			}
			r := w.connect(clean)
			s := w.accept(0, connect)
			s.send(&wire.Connack{Code: 5})
			failsAs[*client.ConnackError](r)
			id, err := w.post("a")
			var refused *client.ConnackError
			if id != 0 || !errors.Is(err, client.ErrClosed) || !errors.As(err, &refused) || refused.Code != 5 {
				t.Error(id, err)
			}
			if n := w.Packets(); n > 0 {
				t.Errorf("%d packets are remembered", n)
			}
		})
	}
}

// The connection ends as a message is posted: it is in flight all the same, unless the
// session is clean.
func TestPostMeetsTheEnd(t *testing.T) {
	for _, clean := range []bool{false, true} {
		script(t, robust.Config{}, func(w *world) {
			s := w.joined(clean)
			_ = s.Reset()
			id, err := w.post("a")
			if clean != (err != nil) || id == 0 && !clean {
				t.Errorf("clean session %t: %d, %v", clean, id, err)
			}
			r := w.call(func(r *result) { r.err = w.WaitAcks(w.ctx) })
			s = w.join(time.Second, clean, !clean)
			if clean {
				r.ok()
				return
			}
			got, err := wire.Decode(s.next())
			if err != nil {
				t.Fatal(err)
			}
			p := got.(*wire.Publish)
			s.send(&wire.Puback{PacketID: p.PacketID})
			r.ok()
			w.acked(p.PacketID)
		})
	}
}

// A message that was posted can be poison: its outcome tells.
func TestPostPoison(t *testing.T) {
	script(t, robust.Config{PoisonAfter: 2}, func(w *world) {
		s := w.joined(false)
		w.posted("bad", 1)
		w.posted("good", 2)
		s.want(publishText(1, false, "bad"), publishText(2, false, "good"))
		s.fin()
		r := w.wait()
		s = w.join(time.Second, false, true)
		s.want(publishText(1, true, "bad"), publishText(2, true, "good"))
		s.fin()
		s = w.join(3*time.Second, true, false)
		s.want("DISCONNECT")
		s.ended()
		w.join(7*time.Second, false, false)
		if p := toldAs[*robust.PoisonError](w); p.PacketID != 1 || p.Times != 2 {
			t.Error(p)
		}
		w.gaveUp(2)
		r.goesOn()
	})
}

// WaitFor ends in time, with a connection, in the backoff, and while it waits for the
// SUBACK of a renewal; its end is no error. The outage goes on between calls.
func TestWaitFor(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		waitFor := func(d time.Duration) *result {
			return w.call(func(r *result) { r.kind, r.err = w.WaitFor(w.ctx, d) })
		}
		s := w.joined(false)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		r := waitFor(time.Second)
		r.gives(client.KindNone)
		w.at(time.Second)
		s.fin()
		w.refuse = 2
		r = waitFor(time.Second) // attempts after 1 s and 2 s more
		r.gives(client.KindNone)
		w.at(2 * time.Second)
		if w.dials != 1 {
			t.Errorf("%d dials, want 1", w.dials)
		}
		r = waitFor(4 * time.Second)
		r.gives(client.KindNone)
		w.at(6 * time.Second)
		if w.dials != 3 {
			t.Errorf("%d dials, want 3", w.dials)
		}
		r = waitFor(5 * time.Second)
		s = w.join(8*time.Second, false, false)
		s.want(`SUBSCRIBE id=2 filters="a":1`)
		r.gives(client.KindNone)
		w.at(11 * time.Second)
		r = waitFor(time.Second)
		s.send(subackTo(2, 1))
		r.gives(client.KindAck)
		s.silent()
		ctx, cancel := context.WithCancel(w.ctx)
		r = w.call(func(r *result) { r.kind, r.err = w.WaitFor(ctx, time.Hour) })
		r.goesOn()
		cancel()
		r.fails(context.Canceled)
	})
}

// An attempt to connect that has begun goes on, however short the slices of waiting.
func TestWaitForSlowNetwork(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		r := w.call(func(r *result) {
			ctx, cancel := context.WithTimeout(w.ctx, 0)
			_, _ = w.Connect(ctx, true)
			cancel()
			for r.kind != client.KindMessage && r.err == nil {
				r.kind, r.err = w.WaitFor(w.ctx, 10*time.Millisecond)
			}
		})
		conn := w.accept(0, cleanConnect)
		w.after(3 * time.Second)
		conn.send(&wire.Connack{})
		conn.send(&wire.Publish{Topic: "t"})
		r.gives(client.KindMessage)
		if w.dials != 1 {
			t.Errorf("%d dials, want 1", w.dials)
		}
	})
}

// Readings that are gathered go out together when they are flushed, or when a call
// waits.
func TestHold(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		if err := w.Hold(); err != nil {
			t.Fatal(err)
		}
		s := w.joined(false)
		text := `PUBLISH qos=0 dup=0 retain=0 topic="t" payload="r"`
		for range 3 {
			w.publish("r", 0).ok()
		}
		s.silent()
		if err := w.Flush(w.ctx); err != nil {
			t.Fatal(err)
		}
		s.want(text, text, text)
		if err := w.Hold(); err != nil {
			t.Fatal(err)
		}
		w.publish("r", 0).ok()
		w.posted("p", 1)
		r := w.wait()
		s.want(text, publishText(1, false, "p"))
		s.fin()
		s = w.join(time.Second, false, true)
		s.want(publishText(1, true, "p"))
		r.goesOn()
	})
}

// A Flush that fails begins the outage: the next attempt is due from then on.
func TestFlushMeetsTheEnd(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		if err := w.Hold(); err != nil {
			t.Fatal(err)
		}
		w.publish("r", 0).ok()
		w.after(time.Minute)
		_ = s.Reset()
		if err := w.Flush(w.ctx); err == nil {
			t.Fatal("Flush succeeded")
		}
		w.after(300 * time.Millisecond)
		if due := w.NextDue().Sub(w.start); due != time.Minute {
			t.Errorf("due at %v, want %v", due, time.Minute)
		}
		if _, err := w.CheckMsg(); !errors.Is(err, client.ErrClosed) {
			t.Errorf("CheckMsg returned %v", err)
		}
	})
}

// The end of the context is an error, also while WaitFor waits for the SUBACK of a
// renewal, or for the next attempt.
func TestWaitForContext(t *testing.T) {
	for _, renewing := range []bool{true, false} {
		script(t, robust.Config{}, func(w *world) {
			s := w.joined(true)
			w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
			s.fin()
			w.notices()
			if renewing {
				w.after(time.Second)
			} else {
				w.refuse = 100
			}
			ctx, cancel := context.WithTimeout(w.ctx, 10*time.Second)
			defer cancel()
			r := w.call(func(r *result) { r.kind, r.err = w.WaitFor(ctx, time.Hour) })
			if renewing {
				s = w.join(time.Second, true, false)
				s.want(`SUBSCRIBE id=2 filters="a":1`)
			}
			r.fails(context.DeadlineExceeded)
		})
	}
}

// WaitAcks that ends without the PUBACKs fails, and says why: the policy's limit or the
// context's end, with a connection or without one.
func TestWaitAcksFails(t *testing.T) {
	script(t, robust.Config{Policy: robust.BestEffort()}, func(w *world) {
		s := w.joined(false)
		w.posted("a", 1)
		waitAcks := func() *result {
			ctx, cancel := context.WithTimeout(w.ctx, time.Second)
			return w.call(func(r *result) { defer cancel(); r.err = w.WaitAcks(ctx) })
		}
		waitAcks().fails(context.DeadlineExceeded)
		w.at(time.Second)
		s.fin()
		w.refuse = 1
		r := waitAcks()
		r.fails(robust.ErrGaveUp)
		if e := failsAs[*client.Error](r); e.Op != "wait for PUBACKs" || e.InFlight != 1 || e.Open {
			t.Errorf("%+v", e)
		}
		w.at(time.Second)
	})
}
