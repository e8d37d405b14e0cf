package robust_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/wire"
)

// store is a [client.Store] in memory.
type store struct {
	ids     []uint16
	packets map[uint16][]byte
	broken  error // what Delete and Clear return
	full    error // what Put returns
}

// stored is a store with messages of an earlier process.
func stored(messages ...string) *store {
	s := &store{packets: map[uint16][]byte{}}
	for i, m := range messages {
		id := uint16(i + 1)
		_ = s.Put(id, (&wire.Publish{Topic: "t", QoS: 1, PacketID: id, Payload: []byte(m)}).Append(nil))
	}
	return s
}

func (s *store) Load(yield func(id uint16, packet []byte)) error {
	for _, id := range s.ids {
		yield(id, s.packets[id])
	}
	return nil
}

func (s *store) Put(id uint16, packet []byte) error {
	if s.full != nil {
		return s.full
	}
	s.ids = append(s.ids, id)
	s.packets[id] = bytes.Clone(packet)
	return nil
}

func (s *store) Delete(id uint16) error {
	if s.broken != nil {
		return s.broken
	}
	s.ids = slices.DeleteFunc(s.ids, func(x uint16) bool { return x == id })
	return nil
}

func (s *store) Clear() error {
	if s.broken != nil {
		return s.broken
	}
	s.ids = nil
	return nil
}

// Messages of an earlier process go out first, also when the first connection is
// made by the publish of a new message, with which they are not mixed up.
func TestStoredMessages(t *testing.T) {
	cfg := robust.Config{Config: client.Config{Store: stored("old")}, Policy: robust.BestEffort()}
	script(t, cfg, func(w *world) {
		w.refuse = 1
		w.connect(false).fails(robust.ErrGaveUp)
		r := w.publish("new", 1)
		s := w.join(0, false, true)
		s.want(publishText(1, true, "old"), publishText(2, false, "new"))
		s.send(&wire.Puback{PacketID: 1})
		r.goesOn()
		s.send(&wire.Puback{PacketID: 2})
		r.ok()
		if n := len(cfg.Store.(*store).ids); n > 0 {
			t.Errorf("%d messages are left in the store", n)
		}
	})
}

// An error counts them among what is in flight, before they have gone out again too.
func TestStoredInFlight(t *testing.T) {
	cfg := robust.Config{Config: client.Config{Store: stored("a", "b")}, Policy: robust.BestEffort()}
	script(t, cfg, func(w *world) {
		wantInFlight := func(r *result, want int) {
			t.Helper()
			if e := failsAs[*client.Error](r); e.InFlight != want {
				t.Errorf("%d messages are in flight, want %d: %v", e.InFlight, want, e)
			}
		}
		wantInFlight(w.wait(), 2)
		w.refuse = 1
		wantInFlight(w.connect(false), 2)
		r := w.connect(false)
		s := w.join(0, false, true)
		r.ok()
		s.want(publishText(1, true, "a"), publishText(2, true, "b"))
		s.send(&wire.Puback{PacketID: 1})
		w.wait().gives(client.KindAck)
		s.fin()
		w.notices()
		w.refuse = 1
		wantInFlight(w.ping(), 1)
	})
}

// They can be poison as others can, and are reported when they are given up.
func TestStoredPoison(t *testing.T) {
	script(t, robust.Config{Config: client.Config{Store: stored("bad", "good")}, PoisonAfter: 2}, func(w *world) {
		r := w.connect(false)
		s := w.join(0, false, true)
		r.ok()
		s.want(publishText(1, true, "bad"), publishText(2, true, "good"))
		s.fin()
		r = w.wait()
		s = w.join(time.Second, false, true)
		s.want(publishText(1, true, "bad"), publishText(2, true, "good"))
		s.fin()
		s = w.join(3*time.Second, true, false)
		s.want("DISCONNECT")
		s.ended()
		w.join(7*time.Second, false, false)
		if p := toldAs[*robust.PoisonError](w); p.Times != 2 || p.PacketID != 1 {
			t.Error(p)
		}
		w.gaveUp(2)
		r.goesOn()
	})
}

// A Connect with clean session gives them up and says so.
func TestStoredDropped(t *testing.T) {
	script(t, robust.Config{Config: client.Config{Store: stored("a", "b")}}, func(w *world) {
		r := w.connect(true)
		s := w.join(0, true, false)
		r.ok()
		w.gaveUp(1, 2)
		s.silent()
	})
}

// What the store cannot do is the caller's to know; no reconnect mends it.
func TestBrokenStore(t *testing.T) {
	full := errors.New("full")
	script(t, robust.Config{Config: client.Config{Store: stored()}}, func(w *world) {
		s := w.joined(false)
		r := w.publish("m", 1)
		s.want(publishText(1, false, "m"))
		s.fin()
		s = w.join(time.Second, false, true)
		s.want(publishText(1, true, "m"))
		w.cfg.Store.(*store).broken = full
		s.send(&wire.Puback{PacketID: 1})
		r.ok()
		if e := toldAs[*client.StoreError](w); e.Op != "delete" || !errors.Is(e, full) {
			t.Error(e)
		}
		s.silent()

		r = w.connect(true)
		s = w.accept(time.Second, cleanConnect)
		r.fails(full)
		s.ended()
		w.at(time.Second)
	})
}

// A message that cannot be stored fails at once: no connection is waited for.
func TestFullStore(t *testing.T) {
	full := errors.New("full")
	script(t, robust.Config{Config: client.Config{Store: stored()}}, func(w *world) {
		s := w.joined(false)
		s.fin()
		w.notices()
		w.cfg.Store.(*store).full = full
		ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
		defer cancel()
		r := w.publishWith(ctx, "m", 1)
		r.fails(full)
		if e := failsAs[*client.StoreError](r); e.Op != "put" {
			t.Error(e)
		}
		w.at(0)
		if id, err := w.post("m"); id != 0 || !errors.Is(err, full) {
			t.Error(id, err)
		}
		if n := w.Packets(); n > 0 {
			t.Errorf("%d packets are remembered", n)
		}
	})
}
