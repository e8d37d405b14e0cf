package robust_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/wire"
)

// The first Connect tries on: after a refused dial, an end before the CONNACK, and
// a CONNACK with code 3.
func TestFirstConnect(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		w.refuse = 1
		r := w.connect(false)
		s := w.accept(1*time.Second, keepConnect)
		s.fin()
		s = w.accept(3*time.Second, keepConnect)
		s.send(&wire.Connack{Code: 3})
		s.ended()
		w.join(7*time.Second, false, false)
		r.ok()
		if r.present {
			t.Error("Connect tells of a session that is not there")
		}
		w.wantAttempts("0s: 1 after 0s, failed", "1s: 2 after 1s, failed", "3s: 3 after 2s, failed", "7s: 4 after 4s")
	})
	script(t, robust.Config{}, func(w *world) {
		w.refuse = 1
		r := w.connect(false)
		s := w.accept(1*time.Second, keepConnect)
		s.send(&wire.Connack{Code: 3})
		s.ended()
		w.join(3*time.Second, false, true)
		r.ok()
		if !r.present {
			t.Error("Connect does not tell that the session is there")
		}
		w.wantAttempts("0s: 1 after 0s, failed", "1s: 2 after 1s, failed", "3s: 3 after 2s, resumed")
	})
}

// CONNACK codes 1, 2, 4 and 5 are final and typed, at first and after a reconnect.
func TestFinalCodes(t *testing.T) {
	for _, code := range []byte{1, 2, 4, 5} {
		script(t, robust.Config{}, func(w *world) {
			r := w.connect(true)
			s := w.accept(0, cleanConnect)
			s.send(&wire.Connack{Code: code})
			if e := failsAs[*client.ConnackError](r); e.Code != code {
				t.Errorf("code %d, want %d", e.Code, code)
			}
			if errors.Is(r.err, client.ErrClosed) {
				t.Errorf("the refusal came as %v", r.err)
			}
			w.wait().fails(client.ErrClosed)

			r = w.connect(true)
			s = w.join(0, true, false)
			r.ok()
			w.after(time.Minute)
			s.fin()
			r = w.wait()
			s = w.accept(time.Minute, cleanConnect)
			s.send(&wire.Connack{Code: code})
			failsAs[*client.ConnackError](r)
			r = w.publish("x", 1)
			r.fails(client.ErrClosed)
			failsAs[*client.ConnackError](r) // and why
			if w.dials != 3 {
				t.Errorf("%d dials, want 3", w.dials)
			}
			if !w.NextDue().IsZero() {
				t.Error("there is something to do after a final refusal")
			}
		})
	}
}

// Settings that no CONNECT can have are final too, before anything is dialled.
func TestFinalSettings(t *testing.T) {
	c, err := robust.New(robust.Config{Config: client.Config{Dial: nobody}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Connect(t.Context(), false)
	var invalid *client.ValidationError
	if !errors.As(err, &invalid) || invalid.Field != "ClientID" {
		t.Errorf("Connect without a client id or a clean session returned %v", err)
	}
}

// Whatever ends a connection, the client connects again, at once if the connection
// had lived for longer than the delay that would be due.
func TestLosses(t *testing.T) {
	for _, test := range []struct {
		name   string
		end    func(*server)
		redial time.Duration
	}{
		{"FIN", func(s *server) { s.fin() }, 10 * time.Second},
		{"RST", func(s *server) { _ = s.Reset() }, 10 * time.Second},
		{"FIN in a packet", func(s *server) { s.raw([]byte{0x30, 9, 0}); s.fin() }, 10 * time.Second},
		{"protocol violation", func(s *server) { s.raw([]byte{0xf0, 0}); s.ended() }, 10 * time.Second},
		{"oversize", func(s *server) { s.raw([]byte{0x30, 0xff, 0xff, 0xff, 0x7f}); s.ended() }, 10 * time.Second},
		{"QoS 2", func(s *server) { s.raw([]byte{0x34, 9}); s.ended() }, 10 * time.Second},
		// PINGREQ goes out after 19 s of silence and waits for 20 s.
		{"silence", func(s *server) { s.want("PINGREQ", "PINGREQ"); s.ended() }, 39 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			script(t, robust.Config{Config: client.Config{KeepAlive: 20 * time.Second}, CloseOversize: true}, func(w *world) {
				const connect = `CONNECT level=4 clean=0 keepalive=20 id="c"`
				r := w.connect(false)
				s := w.accept(0, connect)
				s.send(&wire.Connack{})
				r.ok()
				w.after(10 * time.Second)
				r = w.wait()
				synctest.Wait()
				test.end(s)
				s = w.accept(test.redial, connect)
				s.send(&wire.Connack{SessionPresent: true})
				s.send(&wire.Publish{Topic: "t", Payload: []byte("hi")})
				r.gives(client.KindMessage)
				w.wantMessages("hi")
			})
		})
	}
}

// A server that accepts and closes at once is not hammered: the backoff begins anew
// only when a connection has lived for as long as the delay that would be due.
func TestProof(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		r := w.wait()
		s.fin()
		for _, at := range []time.Duration{1, 3, 7, 15, 23} { // 1, 2, 4, 8 and again 8 s
			s = w.join(at*time.Second, false, true)
			s.fin()
		}
		s = w.join(31*time.Second, false, true)
		w.after(80*time.Second - 1)
		s.fin()
		s = w.join(119*time.Second-1, false, true) // 8 s: one nanosecond too early
		w.after(80 * time.Second)
		s.fin()
		s = w.join(199*time.Second-1, false, true) // at once
		s.fin()
		w.join(200*time.Second-1, false, true) // and from the beginning
		r.goesOn()
	})
}

// Jitter comes from the caller's source, a delay never passes Max, and is in whole
// milliseconds.
func TestSeed(t *testing.T) {
	delays := func(seed uint64) []time.Duration {
		clock := &fakeClock{}
		script(t, robust.Config{
			Policy: robust.Forever(robust.Backoff{Initial: time.Second, Max: 5 * time.Second, Factor: 3, Jitter: 0.5}),
			Rand:   rand.New(rand.NewPCG(seed, 0)),
			Clock:  clock,
		}, func(w *world) {
			w.refuse = 100
			r := w.connect(false)
			w.join(0, false, false)
			r.ok()
		})
		return clock.slept
	}
	first := delays(1)
	if diff := cmp.Diff(first, delays(1)); diff != "" {
		t.Errorf("the same seed gives other delays:\n%s", diff)
	}
	if cmp.Equal(first, delays(2)) {
		t.Error("another seed gives the same delays")
	}
	for i, d := range first {
		least, most := 2500*time.Millisecond, 5*time.Second
		switch i {
		case 0:
			least, most = 500*time.Millisecond, 1500*time.Millisecond
		case 1:
			least, most = 1500*time.Millisecond, 4500*time.Millisecond
		}
		if d < least || d > most || d%time.Millisecond != 0 {
			t.Errorf("delay %d is %v, want whole milliseconds from %v to %v", i+1, d, least, most)
		}
	}
}

// A Connect on a good connection replaces it, and the older one is closed first:
// the world fails the test if there are ever two.
func TestConnectAgain(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		old := w.joined(true)
		r := w.connect(false)
		s := w.join(0, false, false)
		r.ok()
		old.ended()
		s.silent()
	})
}

// It is closed as well when Connect fails before it comes to dial: what the client
// then does is what follows a Connect that has failed.
func TestConnectAgainFails(t *testing.T) {
	t.Run("context", func(t *testing.T) {
		script(t, robust.Config{}, func(w *world) {
			old := w.joined(true)
			ctx, cancel := context.WithCancel(w.ctx)
			cancel()
			w.call(func(r *result) { _, r.err = w.Connect(ctx, false) }).fails(context.Canceled)
			old.ended()
			r := w.publish("x", 1)
			s := w.join(0, false, false)
			s.want(publishText(1, false, "x"))
			s.fin()
			s = w.join(time.Second, false, true)
			s.want(publishText(1, true, "x"))
			s.send(&wire.Puback{PacketID: 1})
			r.ok()
		})
	})
	t.Run("settings", func(t *testing.T) {
		script(t, robust.Config{}, func(w *world) {
			cfg := w.cfg
			cfg.Dial, cfg.Policy = w.dial, steady
			c, err := robust.New(cfg) // without a client identifier
			if err != nil {
				t.Fatal(err)
			}
			r := w.call(func(r *result) { _, r.err = c.Connect(w.ctx, true) })
			s := w.accept(0, `CONNECT level=4 clean=1 keepalive=0 id=""`)
			s.send(&wire.Connack{})
			r.ok()
			r = w.call(func(r *result) { _, r.err = c.Connect(w.ctx, false) })
			failsAs[*client.ValidationError](r)
			s.ended()
			r = w.call(func(r *result) { r.err = c.Ping(w.ctx) })
			r.fails(client.ErrClosed)
			failsAs[*client.ValidationError](r) // and why
		})
	})
}

// After Disconnect and Close there is no reconnect, and Connect begins anew.
func TestStop(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(true)
		if err := w.Disconnect(); err != nil {
			t.Fatal(err)
		}
		s.want("DISCONNECT")
		s.ended()
		w.wait().fails(client.ErrClosed)
		w.publish("x", 1).fails(client.ErrClosed)
		w.subscribe("a").fails(client.ErrClosed)
		w.ping().fails(client.ErrClosed)
		if err := w.Disconnect(); !errors.Is(err, client.ErrClosed) {
			t.Errorf("a second Disconnect returned %v", err)
		}

		w.refuse = 2
		ctx, cancel := context.WithTimeout(w.ctx, 2*time.Second)
		defer cancel()
		w.call(func(r *result) { _, r.err = w.Connect(ctx, true) }).fails(context.DeadlineExceeded)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		w.wait().fails(client.ErrClosed)
		r := w.connect(true)
		w.join(2*time.Second, true, false) // at once, not after the 2 s that were due
		r.ok()
	})
}

// No call works before the first Connect, and none waits for one.
func TestBeforeConnect(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		w.wait().fails(client.ErrClosed)
		w.publish("x", 0).fails(client.ErrClosed)
		if _, err := w.CheckMsg(); !errors.Is(err, client.ErrClosed) {
			t.Errorf("CheckMsg returned %v", err)
		}
		if !w.NextDue().IsZero() {
			t.Error("there is something to do before Connect")
		}
	})
}

// The hook gets cause, number, delay and outcome, and may not call the client.
func TestOnAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, start: time.Now(), refuse: 2}
		var got []robust.Attempt
		var c *robust.Client
		c, err := robust.New(robust.Config{
			Config: client.Config{Dial: w.dial, ClientID: "c"},
			Policy: steady,
			OnAttempt: func(a robust.Attempt) {
				got = append(got, a)
				if err := c.Ping(t.Context()); !errors.Is(err, client.ErrConcurrent) {
					t.Errorf("Ping inside the hook returned %v", err)
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, _ = c.Connect(ctx, false)
		if len(got) != 2 || got[0].Cause != nil || got[1].Cause == nil || got[0].Number != 1 || got[1].Number != 2 ||
			got[0].Delay != 0 || got[1].Delay != time.Second || got[0].Err == nil || got[1].Err == nil {
			t.Errorf("the hook got %+v", got)
		}
	})
}
