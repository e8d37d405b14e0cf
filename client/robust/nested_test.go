package robust_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/wire"
)

// A publish inside the callback connects again by itself. The message whose callback
// runs was not acknowledged, and comes again.
func TestNestedReconnect(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		var nested []error
		w.onMsg = func(client.Message) {
			nested = append(nested, w.Publish(w.ctx, []byte("t"), []byte("echo"), 1, false))
		}
		r := w.wait()
		s.send(&wire.Publish{Topic: "a", Payload: []byte("m"), QoS: 1, PacketID: 9})
		s.want(publishText(2, false, "echo"))
		s.fin()
		s = w.join(time.Second, false, false)
		s.want(publishText(2, true, "echo"), `SUBSCRIBE id=3 filters="a":1`)
		s.send(subackTo(3, 1))
		r.goesOn()
		s.send(&wire.Puback{PacketID: 2})
		r.gives(client.KindMessage)
		if len(nested) != 1 || nested[0] != nil {
			t.Errorf("the nested publish returned %v", nested)
		}
		s.silent() // no PUBACK for 9: that was another connection's

		w.onMsg = nil
		r = w.wait()
		s.send(&wire.Publish{Topic: "a", Payload: []byte("m"), QoS: 1, PacketID: 9, Dup: true})
		s.want("PUBACK id=9")
		r.gives(client.KindMessage)
		w.wantMessages("m", "m")
	})
}

// Publishes that nest are all published anew after a reconnect with clean session,
// each once, and each returns only with its own PUBACK.
func TestNestedAnew(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(true)
		var nested error
		w.onMsg = func(client.Message) {
			w.onMsg = nil
			nested = w.Publish(w.ctx, []byte("t"), []byte("inner"), 1, false)
		}
		r := w.publish("outer", 1)
		s.want(publishText(1, false, "outer"))
		s.send(&wire.Publish{Topic: "a", Payload: []byte("m")})
		s.want(publishText(2, false, "inner"))
		s.fin()
		s = w.join(time.Second, true, false)
		s.want(publishText(3, false, "inner"))
		s.send(&wire.Puback{PacketID: 3})
		s.want(publishText(4, false, "outer"))
		r.goesOn()
		s.send(&wire.Puback{PacketID: 4})
		r.ok()
		if nested != nil {
			t.Errorf("the nested publish returned %v", nested)
		}
		s.silent()
	})
}

// The message of a call outside may turn out to be poison while a nested one
// connects again: the nested one goes on, and the outer one tells.
func TestNestedPoison(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		var nested error
		w.onMsg = func(client.Message) {
			w.onMsg = nil
			nested = w.Publish(w.ctx, []byte("t"), []byte("inner"), 1, false)
		}
		r := w.publish("bad", 1)
		s.want(publishText(1, false, "bad"))
		s.send(&wire.Publish{Topic: "a"})
		s.want(publishText(2, false, "inner"))
		s.fin()
		for _, at := range []time.Duration{1, 3} {
			s = w.join(at*time.Second, false, true)
			s.want(publishText(1, true, "bad"), publishText(2, true, "inner"))
			s.fin()
		}
		s = w.join(7*time.Second, true, false)
		s.want("DISCONNECT")
		s.ended()
		s = w.join(15*time.Second, false, false)
		s.want(publishText(3, false, "inner"))
		s.send(&wire.Puback{PacketID: 3})
		wantPoison(r, 3, 1)
		if nested != nil {
			t.Errorf("the nested publish returned %v", nested)
		}
		s.silent()
	})
}

// An outer publish whose PUBACK comes on the connection that a nested call has made
// is done.
func TestNestedRedelivery(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		w.onMsg = func(client.Message) {
			w.onMsg = nil
			if err := w.Ping(w.ctx); err != nil {
				t.Error(err)
			}
			_, err := w.WaitMsg(w.ctx) // loses the connection, and reads the PUBACK on the next one
			if err != nil {
				t.Error(err)
			}
		}
		r := w.publish("outer", 1)
		s.want(publishText(1, false, "outer"))
		s.send(&wire.Publish{Topic: "a", Payload: []byte("m")})
		s.want("PINGREQ")
		s.fin()
		s = w.join(time.Second, false, true)
		s.want(publishText(1, true, "outer"))
		s.send(&wire.Puback{PacketID: 1})
		r.ok()
		s.silent()
	})
}

// A nested call has the policy's limit for itself, and the outer one then its own.
func TestNestedBestEffort(t *testing.T) {
	script(t, robust.Config{Policy: robust.BestEffort()}, func(w *world) {
		s := w.joined(false)
		var nested error
		w.onMsg = func(client.Message) {
			nested = w.Publish(w.ctx, []byte("t"), []byte("inner"), 1, false)
		}
		w.refuse = 1
		r := w.publish("outer", 1)
		s.want(publishText(1, false, "outer"))
		s.send(&wire.Publish{Topic: "a", Payload: []byte("m")})
		s.want(publishText(2, false, "inner"))
		s.fin()
		s = w.join(0, false, true)
		s.want(publishText(1, true, "outer"), publishText(2, true, "inner"))
		s.send(&wire.Puback{PacketID: 1})
		s.send(&wire.Puback{PacketID: 2})
		r.ok()
		var pending *client.PendingError
		if !errors.Is(nested, robust.ErrGaveUp) || !errors.As(nested, &pending) || pending.PacketID != 2 {
			t.Errorf("the nested publish returned %v", nested)
		}
	})
}

// Disconnect and Close inside the callback end the call outside with ErrClosed.
func TestNestedStop(t *testing.T) {
	for _, stop := range []func(w *world) error{
		func(w *world) error { return w.Disconnect() },
		func(w *world) error { return w.Close() },
	} {
		script(t, robust.Config{}, func(w *world) {
			s := w.joined(false)
			w.onMsg = func(client.Message) {
				if err := stop(w); err != nil {
					t.Error(err)
				}
			}
			r := w.publish("m", 1)
			s.want(publishText(1, false, "m"))
			s.send(&wire.Publish{Topic: "a"})
			r.fails(client.ErrClosed)
			failsAs[*client.PendingError](r)

			w.onMsg = nil
			r = w.connect(false)
			s = w.join(0, false, true)
			r.ok()
			s.want(publishText(1, true, "m"))
			w.onMsg = func(client.Message) { _ = stop(w) }
			r = w.wait()
			s.send(&wire.Publish{Topic: "a"})
			r.fails(client.ErrClosed)
			if w.dials != 2 {
				t.Errorf("%d dials, want 2", w.dials)
			}
		})
	}
}

// A callback that panics ends the connection, and the panic goes on. The client
// lives.
func TestPanic(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		w.onMsg = func(client.Message) { panic("oops") }
		var got any
		r := w.call(func(r *result) {
			defer func() { got = recover() }()
			_, r.err = w.WaitMsg(w.ctx)
		})
		s.send(&wire.Publish{Topic: "a", QoS: 1, PacketID: 1})
		s.ended()
		r.ok()
		if got != "oops" {
			t.Errorf("recovered %v", got)
		}
		if due := w.NextDue().Sub(w.start); due != time.Second {
			t.Errorf("due after %v, want 1s", due)
		}
		w.onMsg = nil
		r = w.wait()
		s = w.join(time.Second, false, true)
		s.send(&wire.Publish{Topic: "a", QoS: 1, PacketID: 1, Dup: true})
		s.want("PUBACK id=1")
		r.gives(client.KindMessage)
	})
}

// Two calls at a time are seen, in a backoff too.
func TestConcurrent(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		w.refuse = 1
		r := w.connect(true)
		synctest.Wait()
		for name, call := range map[string]func() error{
			"Connect":     func() error { _, err := w.Connect(w.ctx, true); return err },
			"Disconnect":  w.Disconnect,
			"Ping":        func() error { return w.Ping(w.ctx) },
			"Post":        func() error { _, err := w.post("m"); return err },
			"WaitAcks":    func() error { return w.WaitAcks(w.ctx) },
			"Hold":        w.Hold,
			"Flush":       func() error { return w.Flush(w.ctx) },
			"Subscribe":   func() error { _, err := w.Subscribe(w.ctx, client.Filter{Topic: []byte("t")}); return err },
			"Unsubscribe": func() error { return w.Unsubscribe(w.ctx, []byte("t")) },
			"WaitMsg":     func() error { _, err := w.WaitMsg(w.ctx); return err },
			"WaitFor":     func() error { _, err := w.WaitFor(w.ctx, time.Second); return err },
		} {
			if err := call(); !errors.Is(err, client.ErrConcurrent) {
				t.Errorf("%s returned %v", name, err)
			}
		}
		if err := w.Publish(w.ctx, []byte("t"), nil, 0, false); !errors.Is(err, client.ErrConcurrent) {
			t.Errorf("Publish returned %v", err)
		} else if e := new(client.Error); !errors.As(err, &e) || !e.Open {
			t.Errorf("Publish tells a state that it cannot know: %+v", e)
		}
		if _, err := w.CheckMsg(); !errors.Is(err, client.ErrConcurrent) {
			t.Errorf("CheckMsg returned %v", err)
		}
		if err := w.Close(); !errors.Is(err, client.ErrConcurrent) {
			t.Errorf("Close returned %v", err)
		}
		w.join(time.Second, true, false)
		r.ok()
	})
}
