package proxy

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// Connections are numbered from 1, 0 is the newest, and any other is ErrNoConn, which says how many there are.
func TestNumbers(t *testing.T) {
	b := newBench()
	if _, err := b.at(0); !errors.Is(err, ErrNoConn) {
		t.Errorf("at(0) of none: %v", err)
	}
	b.dial(false)
	b.dial(false)
	for id, want := range map[int]int{0: 2, 1: 1, 2: 2} {
		if n, err := b.at(id); err != nil || n.id != want {
			t.Errorf("at(%d) = %v, %v, want connection %d", id, n, err, want)
		}
	}
	for _, id := range []int{-1, 3} {
		if _, err := b.at(id); !errors.Is(err, ErrNoConn) {
			t.Errorf("at(%d): %v, want ErrNoConn", id, err)
		}
	}
	const want = "proxy: no such connection: 3 of 2"
	for _, err := range []error{b.Cut(3, fault.RST), b.Stall(3, fault.BothWays), b.Heal(3), b.Send(3, ping), b.EndPeer(3, fault.FIN)} {
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if b.Conns() != 2 || b.Ended(3) || b.Ended(0) {
		t.Errorf("%d connections, ended %t, %t; want 2, false, false", b.Conns(), b.Ended(3), b.Ended(0))
	}
}

// The subject leaves open what it has not ended and no fault has reset, whoever else has ended it.
func TestOpen(t *testing.T) {
	b := newBench()
	synced := 0
	b.sync = func() { synced++ }
	conns := []*conn{b.dial(true), b.dial(true), b.dial(true), b.dial(true), b.dial(true)}
	b.end(conns[1], wire.ToServer, false)
	b.end(conns[2], wire.ToClient, false)
	b.run(conns[2])
	if err := errors.Join(b.Cut(4, fault.FIN), b.Cut(5, fault.RST)); err != nil {
		t.Fatal(err)
	}
	synced = 0
	if diff := cmp.Diff([]int{1, 3, 4}, b.Open()); diff != "" || synced != 1 {
		t.Errorf("open after %d syncs (-want +got):\n%s", synced, diff)
	}
	var ended []int
	for _, n := range conns {
		if b.Ended(n.id) {
			ended = append(ended, n.id)
		}
	}
	if diff := cmp.Diff([]int{3, 4, 5}, ended); diff != "" {
		t.Errorf("ended (-want +got):\n%s", diff)
	}
}

// A cut loses what is on its way. A half-close loses only what is on its way to the subject.
func TestCutLoses(t *testing.T) {
	for _, tt := range []struct {
		how       fault.Ending
		log       []string
		recorded  []string
		open      []int
		thenEnded bool
	}{
		{fault.HalfClose, []string{"near: FIN", "far: c0 00"}, []string{"1 > c0 00", "1 * fault cut half", "1 < FIN"}, []int{1}, false},
		{fault.FIN, []string{"near: FIN", "far: FIN"}, []string{"1 > c0 00", "1 * fault cut fin", "1 < FIN"}, []int{1}, true},
		{fault.RST, []string{"near: RST", "far: RST"}, []string{"1 > c0 00", "1 * fault cut rst", "1 < RST"}, nil, true},
	} {
		t.Run(tt.how.String(), func(t *testing.T) {
			b := newBench()
			n := b.dial(true)
			b.clock = time.Second
			b.cfg.Engine.Stall(1, fault.ToServer)
			b.bytes(n, wire.ToServer, ping...)
			b.bytes(n, wire.ToClient, pong...)
			if err := b.Cut(1, tt.how); err != nil || b.kicks != 1 {
				t.Fatal(err, b.kicks)
			}
			if b.Ended(1) != tt.thenEnded {
				t.Errorf("before anything moved it has ended: %t", !tt.thenEnded)
			}
			b.run(n)
			b.cfg.Engine.Heal(1)
			b.run(n)
			b.want(t, tt.log, tt.recorded...)
			if diff := cmp.Diff(tt.open, b.Open()); diff != "" || !b.Ended(1) {
				t.Errorf("ended %t, open (-want +got):\n%s", b.Ended(1), diff)
			}
		})
	}
}

// A half close loses what is left of a packet of which the subject was handed a piece.
func TestHalfCloseWithinAPacket(t *testing.T) {
	b := newBench(
		fault.Rule{Match: fault.Match{Dirs: fault.ToClient}, Action: fault.Split{Sizes: []int{1}}},
		fault.Rule{Match: fault.Match{Dirs: fault.ToClient}, Action: fault.Bandwidth{Rate: 1}})
	n := b.dial(false)
	b.Send(1, pong)
	b.clock = time.Second
	b.run(n)
	if err := b.Cut(1, fault.HalfClose); err != nil {
		t.Fatal(err)
	}
	b.run(n)
	b.want(t, []string{"near: d0", "near: FIN"}, "1 * fault split < PINGRESP", "1 * fault cut half", "1 < d0", "1 < FIN")
}

// What has ended towards the subject ends once: a half-close after a cut, or a second one, does nothing.
func TestHalfCloseOfTheEnded(t *testing.T) {
	for _, first := range []fault.Ending{fault.HalfClose, fault.FIN} {
		b := newBench()
		n := b.dial(true)
		for _, how := range []fault.Ending{first, fault.HalfClose} {
			if err := b.Cut(1, how); err != nil {
				t.Fatal(err)
			}
			b.run(n)
		}
		log := []string{"near: FIN"}
		if first == fault.FIN {
			log = append(log, "far: FIN")
		}
		records := []string{"1 * fault cut " + first.String(), "1 < FIN", "1 * fault cut half"}
		b.want(t, log, records...)
	}
}

// Stall and Heal reach the engine, are noted, and let the driver look again. What the endpoints have
// written before is recorded before.
func TestStallAndHeal(t *testing.T) {
	b := newBench()
	n := b.dial(true)
	b.sync = func() { b.bytes(n, wire.ToServer, ping...) }
	if err := b.Stall(0, fault.ToServer); err != nil || b.kicks != 1 {
		t.Fatal(err, b.kicks)
	}
	b.sync = func() {}
	b.run(n)
	b.want(t, nil, "1 > c0 00", "1 * fault stall to_server")
	if err := b.Heal(1); err != nil || b.kicks != 2 {
		t.Fatal(err, b.kicks)
	}
	b.run(n)
	b.want(t, []string{"far: c0 00"}, "1 * fault heal")
}

// What a rule holds is told by its name, released in its order, and lost where its connection was cut.
func TestHoldAndRelease(t *testing.T) {
	b := newBench()
	b.Arm(fault.Rule{Name: "h", Action: fault.Hold{}})
	one, two := b.dial(false), b.dial(true)
	if b.Held("h") || b.Held("other") {
		t.Error("nothing is held yet")
	}
	if err := b.Send(1, pong); err != nil {
		t.Fatal(err)
	}
	b.bytes(two, wire.ToServer, ping...)
	if err := b.Send(2, pong); err != nil {
		t.Fatal(err)
	}
	if !b.Held("h") || b.Held("other") {
		t.Error("the rule holds three packets")
	}
	if err := b.Release("other"); err == nil {
		t.Error("released a rule that is none")
	}
	b.sever(one, fault.FIN)
	b.run(two)
	b.want(t, []string{"near: FIN"}, "1 * fault hold < PINGRESP", "2 > c0 00", "2 * fault hold > PINGREQ", "2 * fault hold < PINGRESP", "1 < FIN")
	b.kicks = 0
	if err := b.Release("h"); err != nil || b.kicks != 2 {
		t.Errorf("Release = %v and %d kicks, want nil and 2", err, b.kicks)
	}
	b.run(one)
	b.run(two)
	b.want(t, []string{"far: c0 00", "near: d0 00"}, "1 * fault release < PINGRESP", "2 * fault release > PINGREQ", "2 * fault release < PINGRESP", "2 < d0 00")
}

// A rule sees what a script sends as a packet when it is exactly one.
func TestSendWholePackets(t *testing.T) {
	b := newBench(fault.Rule{Match: fault.Match{Type: wire.PINGRESP}, Action: fault.Drop{}})
	n := b.dial(false)
	b.clock = 1
	for _, data := range [][]byte{pong, {0xd0, 0, 0xd0}, {0xd0}, {0xd0, 0xff, 0xff, 0xff, 0xff, 1}} {
		if err := b.Send(1, data); err != nil {
			t.Fatal(err)
		}
	}
	if b.kicks != 4 {
		t.Errorf("%d kicks, want 4", b.kicks)
	}
	b.run(n)
	if diff := cmp.Diff([]string{"near: d0 00 d0", "near: d0", "near: d0 ff ff ff ff 01"}, b.log); diff != "" {
		t.Errorf("at the subject (-want +got):\n%s", diff)
	}
}

// A script ends what it sends with FIN, whether it closes or half-closes, and the connection with RST. After
// that, and after a cut, it cannot send.
func TestEndPeer(t *testing.T) {
	for how, want := range map[fault.Ending][]string{fault.FIN: {"near: FIN"}, fault.HalfClose: {"near: FIN"}, fault.RST: {"near: RST"}} {
		b := newBench()
		n := b.dial(false)
		if err := b.EndPeer(1, how); err != nil || b.kicks != 1 {
			t.Fatal(err, b.kicks)
		}
		b.run(n)
		if diff := cmp.Diff(want, b.log); diff != "" {
			t.Errorf("%v (-want +got):\n%s", how, diff)
		}
		for _, err := range []error{b.Send(1, pong), b.EndPeer(1, how)} {
			if err == nil || err.Error() != "proxy: connection 1 has ended" {
				t.Errorf("%v, then: %v", how, err)
			}
		}
	}
}

// Down resets what is open, once, and is noted on the newest connection; so is Up.
func TestSetDown(t *testing.T) {
	b := newBench()
	synced := 0
	b.sync = func() { synced++ }
	b.dial(true)
	b.sever(b.dial(true), fault.FIN)
	gone := b.dial(true)
	b.end(gone, wire.ToServer, false)
	b.run(gone)
	b.want(t, []string{"near: FIN", "far: FIN", "far: FIN"}, "2 < FIN", "3 > FIN")
	b.setDown(true)
	if !b.down || b.kicks != 1 || synced != 1 {
		t.Errorf("down %t, %d kicks, %d syncs; want true, 1, 1", b.down, b.kicks, synced)
	}
	b.want(t, []string{"near: RST", "far: RST"}, "3 * fault down", "1 < RST")
	if n := b.dial(true); b.Ended(n.id) {
		t.Error("it has ended at once")
	}
	b.setDown(false)
	if b.down || b.kicks != 2 || synced != 2 {
		t.Errorf("down %t, %d kicks, %d syncs; want false, 2, 2", b.down, b.kicks, synced)
	}
	b.want(t, nil, "4 * fault up")
}

// The engine's first error is the link's.
func TestErr(t *testing.T) {
	b := newBench()
	if err := b.Err(); err != nil {
		t.Error(err)
	}
	b.Arm(fault.Rule{})
	if err := b.Err(); err == nil {
		t.Error("a rule without an action is no error")
	}
}
