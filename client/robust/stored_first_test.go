package robust_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/wire"
)

// wantStored checks which messages the store has.
func (w *world) wantStored(ids ...uint16) {
	w.Helper()
	synctest.Wait()
	if got := w.cfg.Store.(*store).ids; !slices.Equal(got, ids) {
		w.Errorf("stored are %v, want %v", got, ids)
	}
}

// A message is stored before its Publish waits for anything: in an outage, while the
// first Connect still tries, and in the callback. It goes out once there is a
// connection, without DUP, before what is published later.
func TestStoredFirst(t *testing.T) {
	script(t, robust.Config{Config: client.Config{Store: stored()}}, func(w *world) {
		w.refuse = 3
		ctx, cancel := context.WithTimeout(w.ctx, time.Second)
		defer cancel()
		if _, err := w.Connect(ctx, false); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		r := w.publish("first", 1)
		w.wantStored(1)
		r.goesOn()
		s := w.join(7*time.Second, false, false)
		s.want(publishText(1, false, "first"))
		s.send(&wire.Puback{PacketID: 1})
		r.ok()
		w.wantStored()

		s.fin()
		w.notices()
		r = w.publish("outage", 1)
		w.wantStored(2)
		s = w.join(15*time.Second, false, true)
		s.want(publishText(2, false, "outage"))
		s.fin() // sent, and not acknowledged
		s = w.join(23*time.Second, false, true)
		s.want(publishText(2, true, "outage"))
		s.send(&wire.Puback{PacketID: 2})
		r.ok()
		w.untold()

		inside := make(chan error, 1)
		w.onMsg = func(client.Message) {
			w.onMsg = nil
			s.fin()
			w.notices()
			inside <- w.Publish(w.ctx, []byte("t"), []byte("inside"), 1, false)
		}
		r = w.wait()
		s.send(&wire.Publish{Topic: "t"})
		w.after(time.Millisecond)
		w.wantStored(3)
		s = w.join(31*time.Second, false, true)
		s.want(publishText(3, false, "inside"))
		s.send(&wire.Puback{PacketID: 3})
		if err := <-inside; err != nil {
			t.Error(err)
		}
		r.gives(client.KindMessage)
	})
}

// A QoS that the client does not have is refused in an outage, too: the message is
// neither stored nor sent at QoS 1.
func TestStoredFirstRefusesQoS(t *testing.T) {
	script(t, robust.Config{Config: client.Config{Store: stored()}}, func(w *world) {
		s := w.joined(false)
		w.refuse = 1
		s.fin()
		w.notices()
		w.publish("x", 2).fails(client.ErrQoS2)
		failsAs[*client.ValidationError](w.publish("x", 3))
		w.wantStored()
	})
}

// A context that ends in the outage leaves the message in flight; so does a policy.
func TestStoredFirstGivesUp(t *testing.T) {
	script(t, robust.Config{Config: client.Config{Store: stored()}, Policy: robust.BestEffort()}, func(w *world) {
		s := w.joined(false)
		s.fin()
		w.notices()
		w.refuse = 10
		r := w.publish("m", 1)
		w.wantStored(1)
		r.fails(robust.ErrGaveUp)
		if p := failsAs[*client.PendingError](r); p.PacketID != 1 || !w.InFlight(1) {
			t.Error(p)
		}
		w.refuse = 0
		w.after(time.Minute)
		r = w.wait()
		s = w.accept(60*time.Second, keepConnect)
		s.send(&wire.Connack{SessionPresent: true})
		s.want(publishText(1, false, "m"))
		s.send(&wire.Puback{PacketID: 1})
		r.gives(client.KindAck)
		w.acked(1)
		w.untold()
	})
}

// Where MaxInflight messages are in flight, a message waits for its place.
func TestStoredFirstFull(t *testing.T) {
	cfg := client.Config{Store: stored("a"), MaxInflight: 1}
	script(t, robust.Config{Config: cfg}, func(w *world) {
		s := w.joined(false)
		s.want(publishText(1, true, "a"))
		s.fin()
		w.notices()
		r := w.publish("b", 1)
		w.wantStored(1)
		s = w.join(time.Second, false, true)
		s.want(publishText(1, true, "a"))
		r.fails(client.ErrInflight)
		w.wantStored(1)
	})
}
