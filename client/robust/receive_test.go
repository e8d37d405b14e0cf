package robust_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/wire"
)

// CheckMsg never waits and never connects: it reports the loss, and NextDue tells
// when a call that may wait makes the next attempt.
func TestCheckMsg(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		if kind, err := w.CheckMsg(); kind != client.KindNone || err != nil {
			t.Errorf("CheckMsg returned %v, %v", kind, err)
		}
		s.send(&wire.Publish{Topic: "a", Payload: []byte("last")})
		s.fin()
		if kind, err := w.CheckMsg(); kind != client.KindMessage || err != nil {
			t.Errorf("CheckMsg returned %v, %v", kind, err)
		}
		if _, err := w.CheckMsg(); !errors.Is(err, io.EOF) {
			t.Errorf("CheckMsg returned %v, want EOF", err)
		}
		for range 3 {
			if _, err := w.CheckMsg(); !errors.Is(err, client.ErrClosed) || !errors.Is(err, io.EOF) {
				t.Errorf("CheckMsg returned %v, want ErrClosed because of EOF", err)
			}
		}
		w.at(0)
		if w.dials != 1 {
			t.Errorf("%d dials, want 1", w.dials)
		}
		if due := w.NextDue().Sub(w.start); due != time.Second {
			t.Errorf("due after %v, want 1s", due)
		}
		w.after(time.Second)
		r := w.ping()
		s = w.join(time.Second, false, true)
		s.want("PINGREQ")
		r.ok()
		s.send(&wire.Pingresp{})
		if kind, err := w.CheckMsg(); kind != client.KindPing || err != nil {
			t.Errorf("CheckMsg returned %v, %v", kind, err)
		}
		if !w.NextDue().IsZero() {
			t.Error("something is due without a keep alive")
		}
	})
}

// A message that was delivered counts as one, although its PUBACK could not be sent.
func TestMessageThenLoss(t *testing.T) {
	for _, check := range []bool{false, true} {
		script(t, robust.Config{}, func(w *world) {
			s := w.joined(false)
			w.onMsg = func(client.Message) { _ = s.Reset() }
			s.send(&wire.Publish{Topic: "a", Payload: []byte("m"), QoS: 1, PacketID: 1})
			if check {
				if kind, err := w.CheckMsg(); kind != client.KindMessage || err != nil {
					t.Errorf("CheckMsg returned %v, %v", kind, err)
				}
			} else {
				w.wait().gives(client.KindMessage)
			}
			w.wantMessages("m")
			r := w.wait()
			w.join(time.Second, false, true)
			r.goesOn()
		})
	}
}

// Protocol violations are reported in a row by CheckMsg too.
func TestCheckMsgPoison(t *testing.T) {
	script(t, robust.Config{PoisonAfter: 1}, func(w *world) {
		s := w.joined(false)
		s.raw([]byte{0xf0, 0})
		w.notices()
		toldAs[*robust.PoisonError](w)
		s.ended()
	})
}

// A message above MaxPacket does not stand in the way of those behind it: the server
// sends it until it is acknowledged, on one connection after another.
func TestOversize(t *testing.T) {
	big := &wire.Publish{Topic: "a", QoS: 1, PacketID: 7, Payload: make([]byte, 200)}
	script(t, robust.Config{Config: client.Config{MaxPacket: 128}}, func(w *world) {
		s := w.joined(false)
		r := w.wait()
		s.raw(big.Append(nil)[:150])
		s.fin()
		s = w.join(time.Second, false, true)
		s.send(big)
		s.want("PUBACK id=7")
		r.gives(client.KindSkipped)
		if e := toldAs[*client.OversizeError](w); !e.Skipped || e.Size != 208 {
			t.Error(e)
		}
		r = w.wait()
		s.send(&wire.Publish{Topic: "a", QoS: 1, PacketID: 8, Payload: []byte("behind")})
		s.want("PUBACK id=8")
		r.gives(client.KindMessage)
		w.wantMessages("behind")
		if w.dials != 2 {
			t.Errorf("%d dials, want 2", w.dials)
		}
	})
}

// Without a callback messages are acknowledged and dropped; the will is the
// caller's.
func TestSetters(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		if err := w.SetLastWill([]byte("w"), []byte("gone"), 1, true); err != nil {
			t.Fatal(err)
		}
		w.SetCallback(nil)
		r := w.connect(true)
		s := w.accept(0, `CONNECT level=4 clean=1 keepalive=0 id="c" will="w" willpayload="gone" willqos=1 willretain=1`)
		s.send(&wire.Connack{})
		r.ok()
		r = w.wait()
		s.send(&wire.Publish{Topic: "a", QoS: 1, PacketID: 1})
		s.want("PUBACK id=1")
		r.gives(client.KindMessage)
		w.wantMessages()
	})
}

// The caller's Trace sees every packet of every connection, long ones too.
func TestTrace(t *testing.T) {
	var sizes []int
	cfg := client.Config{Trace: func(d client.Direction, b []byte) {
		if d == client.Sent {
			sizes = append(sizes, len(b))
		}
	}}
	script(t, robust.Config{Config: cfg}, func(w *world) {
		s := w.joined(true)
		long := strings.Repeat("x", 300)
		r := w.publish(long, 1)
		s.next()
		s.fin()
		s = w.join(time.Second, true, false)
		s.next()
		s.send(&wire.Puback{PacketID: 2})
		r.ok()
		if diff := cmp.Diff([]int{15, 308, 15, 308}, sizes); diff != "" {
			t.Errorf("sizes of the packets (-want +got):\n%s", diff)
		}
	})
}

// A context that has ended already ends the call before anything is tried.
func TestEndedContext(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		ctx, cancel := context.WithCancel(w.ctx)
		cancel()
		w.call(func(r *result) { _, r.err = w.Connect(ctx, true) }).fails(context.Canceled)
		w.waitWith(ctx).fails(context.Canceled)
		w.publishWith(ctx, "x", 1).fails(context.Canceled)
		if w.dials > 0 {
			t.Errorf("%d dials", w.dials)
		}
		if due := w.NextDue(); !due.Equal(time.Now()) {
			t.Errorf("due at %v, want now", due)
		}
		r := w.wait() // the Connect is remembered
		w.join(0, true, false)
		r.goesOn()
	})
}

// What breaks the protocol is no message, and no call says so.
func TestMalformedMessage(t *testing.T) {
	for _, bad := range []string{"#", "\x00", "\xff"} {
		script(t, robust.Config{}, func(w *world) {
			s := w.joined(false)
			r := w.wait()
			s.raw([]byte{0x30, 4, 0, 1, bad[0], 'x'})
			s.ended()
			s = w.join(time.Second, false, true)
			r.goesOn()
			s.raw([]byte{0x30, 4, 0, 1, bad[0], 'x'})
			w.after(time.Millisecond)
			s.ended()
			s = w.join(3*time.Second, false, true)
			s.send(&wire.Publish{Topic: "a", Payload: []byte("hi")})
			r.gives(client.KindMessage)
			w.wantMessages("hi")
			s.raw([]byte{0x30, 4, 0, 1, bad[0], 'x'})
			w.after(time.Millisecond)
			kind, err := w.CheckMsg()
			var violation *client.ProtocolError
			if kind != client.KindNone || !errors.As(err, &violation) {
				t.Errorf("CheckMsg returned %v, %v", kind, err)
			}
			s.ended()
		})
	}
}
