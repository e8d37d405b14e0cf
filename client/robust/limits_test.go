package robust_test

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/wire"
)

// BestEffort makes one attempt, at once, and then reports the loss. Without a clean
// session the message stays in flight and goes out with the next connection.
func TestBestEffort(t *testing.T) {
	script(t, robust.Config{Policy: robust.BestEffort()}, func(w *world) {
		s := w.joined(false)
		w.refuse = 1
		r := w.publish("m", 1)
		s.want(publishText(1, false, "m"))
		s.fin()
		r.fails(robust.ErrGaveUp)
		w.at(0)
		r.fails(syscall.ECONNREFUSED)
		if p := failsAs[*client.PendingError](r); p.PacketID != 1 || !w.InFlight(1) {
			t.Errorf("message %d pending, in flight %t", p.PacketID, w.InFlight(1))
		}
		if g := failsAs[*robust.GaveUpError](r); g.Attempts != 1 {
			t.Errorf("%d attempts, want 1", g.Attempts)
		}

		w.refuse = 1
		r = w.publish("lost", 0)
		r.fails(robust.ErrGaveUp)
		w.wantAttempts("0s: 1 after 0s", "0s: 1 after 0s, failed", "0s: 2 after 0s, failed")
		r = w.publish("n", 1) // the one attempt succeeds
		s = w.join(0, false, true)
		s.want(publishText(1, true, "m"), publishText(2, false, "n"))
		s.send(&wire.Puback{PacketID: 1})
		s.send(&wire.Puback{PacketID: 2})
		r.ok()
		if w.InFlight(1) {
			t.Error("message 1 is still in flight")
		}
	})
}

// One attempt a call is all that BestEffort makes, also when it succeeds and the
// connection is lost again.
func TestBestEffortOnce(t *testing.T) {
	script(t, robust.Config{Policy: robust.BestEffort()}, func(w *world) {
		s := w.joined(false)
		r := w.wait()
		s.fin()
		s = w.join(0, false, false)
		s.fin()
		r.fails(robust.ErrGaveUp)
		w.at(0)
	})
}

// Within gives up after its time at the latest: before an attempt that would come
// too late, in an attempt, and while the PUBACK is waited for.
func TestWithin(t *testing.T) {
	// 0, 0.5, 1, 2, 4 s and so on; a fixed source takes the middle of the jitter.
	cfg := robust.Config{Policy: robust.Within(3 * time.Second), Rand: middle{}}
	t.Run("attempts", func(t *testing.T) {
		script(t, cfg, func(w *world) {
			w.refuse = 100
			w.connect(true).fails(robust.ErrGaveUp)
			// The next attempt would have been at 3.5 s.
			w.at(1500 * time.Millisecond)
			w.wantAttempts("0s: 1 after 0s, clean, failed", "500ms: 2 after 500ms, clean, failed", "1.5s: 3 after 1s, clean, failed")
		})
	})
	t.Run("in an attempt", func(t *testing.T) {
		script(t, cfg, func(w *world) {
			r := w.connect(true)
			s := w.accept(0, cleanConnect)
			r.fails(robust.ErrGaveUp)
			w.at(3 * time.Second)
			s.ended()
		})
	})
	t.Run("waiting for PUBACK", func(t *testing.T) {
		script(t, cfg, func(w *world) {
			s := w.joined(false)
			w.after(time.Minute)
			r := w.publish("m", 1)
			s.want(publishText(1, false, "m"))
			w.after(time.Second)
			s.fin()
			s = w.join(61*time.Second, false, true)
			s.want(publishText(1, true, "m"))
			r.fails(robust.ErrGaveUp)
			w.at(63 * time.Second)
			failsAs[*client.PendingError](r)
			r.fails(context.DeadlineExceeded)
			// The connection is good.
			r = w.publish("n", 0)
			s.want(`PUBLISH qos=0 dup=0 retain=0 topic="t" payload="n"`)
			r.ok()
		})
	})
	t.Run("the caller's deadline", func(t *testing.T) {
		script(t, cfg, func(w *world) {
			w.joined(false)
			ctx, cancel := context.WithTimeout(w.ctx, time.Second)
			defer cancel()
			r := w.publishWith(ctx, "m", 1)
			r.fails(context.DeadlineExceeded)
			w.at(time.Second)
			if errors.Is(r.err, robust.ErrGaveUp) {
				t.Errorf("the policy is said to have given up: %v", r.err)
			}
		})
	})
	t.Run("WaitMsg waits longer", func(t *testing.T) {
		script(t, cfg, func(w *world) {
			s := w.joined(false)
			r := w.wait()
			w.after(time.Minute)
			s.fin()
			s = w.join(time.Minute, false, true)
			w.after(time.Minute)
			r.goesOn()
			w.refuse = 100
			s.fin()
			r.fails(robust.ErrGaveUp)
			w.at(2*time.Minute + 1500*time.Millisecond)
		})
	})
}

// everySecond makes an attempt each second, and gives up after a number of them.
type everySecond int

func (everySecond) Delay(o robust.Outage, _ robust.Rand) time.Duration { return time.Second }
func (n everySecond) Limit() robust.Limit {
	return robust.Limit{Time: time.Duration(n) * time.Second}
}

// An attempt at the very end of the limit's time would be too late: the call gives up
// as soon as that is certain.
func TestLimitAtAttempt(t *testing.T) {
	for n := range 3 {
		script(t, robust.Config{Policy: everySecond(n + 1)}, func(w *world) {
			w.refuse = 10
			w.connect(true).fails(robust.ErrGaveUp)
			w.at(time.Duration(n) * time.Second)
		})
	}
}
