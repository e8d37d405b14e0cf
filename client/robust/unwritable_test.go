package robust_test

import (
	"net"
	"testing"
	"time"

	"umqtt/client/robust"
)

// A redelivery that fails is blamed on the message that was to be sent next: those that
// were sent before come first, and then those that were not.
func TestUnwritablePost(t *testing.T) {
	script(t, robust.Config{PoisonAfter: 2}, func(w *world) {
		s := w.joined(false)
		w.posted("a", 1)
		s.want(publishText(1, false, "a"))
		s.fin()
		w.notices()
		w.posted("b", 2)
		w.wrap = func(c net.Conn) net.Conn { return failingConn{c} }
		r := w.wait()
		w.join(time.Second, false, true)
		s = w.join(3*time.Second, true, false)
		s.want("DISCONNECT")
		s.ended()
		w.join(7001*time.Millisecond, false, false)
		if p := toldAs[*robust.PoisonError](w); p.PacketID != 1 {
			t.Error(p)
		}
		w.gaveUp(2)
		r.goesOn()
	})
}

// Of messages that were never sent, the one posted first is to be sent next.
func TestUnwritableUnsent(t *testing.T) {
	script(t, robust.Config{PoisonAfter: 1}, func(w *world) {
		s := w.joined(false)
		s.fin()
		w.notices()
		for id := uint16(1); id <= 3; id++ {
			w.posted("m", id)
		}
		w.wrap = func(c net.Conn) net.Conn { return failingConn{c} }
		r := w.wait()
		w.join(time.Second, false, true)
		s = w.join(3*time.Second, true, false)
		s.want("DISCONNECT")
		s.ended()
		if p := toldAs[*robust.PoisonError](w); p.PacketID != 1 {
			t.Error(p)
		}
		w.gaveUp(2, 3)
		r.goesOn()
	})
}
