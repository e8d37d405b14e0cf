package proxy

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// A connection ends for good when both of its ends have ended it, and with a script for a peer when the
// subject has.
func TestHalfCloses(t *testing.T) {
	const toServer, toClient = wire.ToServer, wire.ToClient
	for _, tt := range []struct {
		name   string
		peer   bool
		ends   []wire.Direction
		want   []string
		record []string
	}{
		{"subject first", true, []wire.Direction{toServer, toClient}, []string{"far: FIN", "near: FIN", "near: close", "far: close"}, []string{"1 > FIN"}},
		{"peer first", true, []wire.Direction{toClient, toServer}, []string{"near: FIN", "far: FIN", "near: close", "far: close"}, []string{"1 < FIN", "1 > FIN"}},
		{"subject only", true, []wire.Direction{toServer}, []string{"far: FIN"}, []string{"1 > FIN"}},
		{"peer only", true, []wire.Direction{toClient}, []string{"near: FIN"}, []string{"1 < FIN"}},
		{"subject, of a script", false, []wire.Direction{toServer}, []string{"near: close"}, []string{"1 > FIN"}},
		{"script only", false, []wire.Direction{toClient}, []string{"near: FIN"}, []string{"1 < FIN"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench()
			n := b.dial(tt.peer)
			for _, d := range tt.ends {
				b.end(n, d, false)
				b.run(n)
			}
			b.want(t, tt.want, tt.record...)
		})
	}
}

// A reset of one end resets the other and loses what is on its way. The subject's is recorded as sent,
// the peer's as handed.
func TestResets(t *testing.T) {
	b := newBench()
	n := b.dial(true)
	b.end(n, wire.ToServer, true)
	b.run(n)
	b.want(t, []string{"near: RST", "far: RST"}, "1 > RST")

	n = b.dial(true)
	b.bytes(n, wire.ToServer, ping...)
	b.end(n, wire.ToClient, true)
	b.cfg.Engine.Stall(2, fault.ToServer)
	b.run(n)
	b.cfg.Engine.Heal(2)
	b.run(n)
	b.want(t, []string{"near: RST", "far: RST"}, "2 > c0 00", "2 < RST")
}

// After a cut the subject's bytes are recorded but go nowhere, and the peer's are lost. What the subject
// does to a connection that was reset is not recorded.
func TestAfterCut(t *testing.T) {
	b := newBench()
	n := b.dial(true)
	b.sever(n, fault.FIN)
	b.want(t, []string{"near: FIN", "far: FIN"}, "1 < FIN")
	b.bytes(n, wire.ToServer, ping...)
	b.bytes(n, wire.ToClient, pong...)
	b.run(n)
	b.end(n, wire.ToClient, false)
	b.end(n, wire.ToServer, false)
	b.run(n)
	b.want(t, nil, "1 > c0 00", "1 > FIN")

	n = b.dial(true)
	b.sever(n, fault.RST)
	b.want(t, []string{"near: RST", "far: RST"}, "2 < RST")
	b.end(n, wire.ToServer, true)
	b.end(n, wire.ToClient, true)
	b.run(n)
	b.want(t, nil)
}

// When the subject has ended its side, nothing can be handed to it and nothing is recorded as handed.
func TestSubjectGone(t *testing.T) {
	b := newBench()
	n := b.dial(true)
	b.end(n, wire.ToServer, false)
	b.end(n, wire.ToServer, false) // the reader's second look changes nothing
	b.bytes(n, wire.ToClient, pong...)
	b.sever(n, fault.FIN)
	b.want(t, []string{"near: FIN", "far: FIN"}, "1 > FIN")
	n = b.dial(true)
	b.end(n, wire.ToServer, false)
	b.bytes(n, wire.ToClient, pong...)
	b.end(n, wire.ToClient, false)
	b.run(n)
	b.want(t, []string{"far: FIN", "near: d0 00", "near: FIN", "near: close", "far: close"}, "2 > FIN")
}

// Bytes that are no MQTT pass as they come, from the first that cannot be framed on. A packet in part
// passes when its stream ends.
func TestRaw(t *testing.T) {
	bad := []byte{0x30, 0xff, 0xff, 0xff, 0xff, 1}
	b := newBench()
	n := b.dial(true)
	b.bytes(n, wire.ToClient, append(pong[:2:2], bad...)...)
	b.run(n)
	b.want(t, []string{"near: d0 00", "near: 30 ff ff ff ff 01"}, "1 < d0 00", "1 < 30 ff ff ff ff 01")
	b.bytes(n, wire.ToClient, 1)
	b.bytes(n, wire.ToClient, pong...)
	b.run(n)
	if diff := cmp.Diff([]string{"near: 01", "near: d0 00"}, b.log); diff != "" {
		t.Errorf("behind raw bytes (-want +got):\n%s", diff)
	}
	b.log, b.seen = nil, b.rec.Len()

	b.bytes(n, wire.ToServer, 0xc0)
	b.run(n)
	b.want(t, nil)
	b.bytes(n, wire.ToServer, 0)
	b.bytes(n, wire.ToServer, 0x40, 2)
	b.run(n)
	b.want(t, []string{"far: c0 00"}, "1 > c0 00")
	b.end(n, wire.ToServer, false)
	b.run(n)
	b.want(t, []string{"far: 40 02", "far: FIN"}, "1 > 40 02", "1 > FIN")
}

// What arrived keeps its bytes when the reader uses its buffer again.
func TestArrivalsKeepTheirBytes(t *testing.T) {
	b := newBench()
	n := b.dial(true)
	for _, buf := range [][]byte{{0xc0, 0}, {0x30, 0xff, 0xff, 0xff, 0xff, 1}, {7}} {
		b.bytes(n, wire.ToServer, buf...)
		for i := range buf {
			buf[i] = 0xee
		}
	}
	b.bytes(n, wire.ToClient, pong...)
	b.bytes(n, wire.ToClient, 0xd0, 0, 0xd0, 0)
	b.run(n)
	b.log = b.log[:min(len(b.log), 3)]
	if diff := cmp.Diff([]string{"far: c0 00", "far: 30 ff ff ff ff 01", "far: 07"}, b.log); diff != "" {
		t.Errorf("at the peer (-want +got):\n%s", diff)
	}
}

// The pieces of a packet have the sizes of the rule, the last one repeating; an ending behind bytes is a
// piece of its own. The next packet begins with the first size again.
func TestPieces(t *testing.T) {
	b := newBench(fault.Rule{Action: fault.Split{Sizes: []int{1, 2}}})
	n := b.dial(true)
	six := []byte{0x30, 4, 0, 1, 't', 'x'}
	b.bytes(n, wire.ToServer, append(six, ping...)...)
	b.run(n)
	b.want(t, []string{"far: 30", "far: 04 00", "far: 01 74", "far: 78", "far: c0", "far: 00"},
		"1 > 30 04 00 01 74 78", "1 > c0 00", `1 * fault split > PUBLISH qos=0 dup=0 retain=0 topic="t" payload="x"`, "1 * fault split > PINGREQ")

	b = newBench(fault.Rule{Action: fault.Split{Sizes: []int{1, 2}}}, fault.Rule{Action: fault.Cut{At: 2, How: fault.RST}})
	n = b.dial(true)
	b.bytes(n, wire.ToClient, pong...)
	var ends []fault.Ending
	for b.ready(n, wire.ToClient) {
		piece, end := b.take(n, wire.ToClient)
		b.log = append(b.log, fmt.Sprintf("% x", piece))
		ends = append(ends, end)
	}
	if diff := cmp.Diff([]fault.Ending{fault.NoEnding, fault.NoEnding, fault.RST}, ends); diff != "" {
		t.Errorf("endings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"d0", "00", ""}, b.log); diff != "" {
		t.Errorf("pieces (-want +got):\n%s", diff)
	}
}

// A delay holds up what comes behind it, the end of the stream included, until its very instant.
func TestDue(t *testing.T) {
	b := newBench(fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Delay{By: time.Second}})
	n := b.dial(true)
	b.bytes(n, wire.ToServer, append(ping, ping...)...)
	b.end(n, wire.ToServer, false)
	b.clock = time.Second - 1
	b.run(n)
	if len(b.log) > 0 {
		t.Errorf("too early: %q", b.log)
	}
	b.clock = time.Second
	b.run(n)
	if diff := cmp.Diff([]string{"far: c0 00", "far: c0 00", "far: FIN"}, b.log); diff != "" {
		t.Errorf("at the peer (-want +got):\n%s", diff)
	}
}

// A stall holds one direction and not the other; a bystander meets no stall, no rule and no recorder.
func TestStalls(t *testing.T) {
	b := newBench(fault.Rule{Match: fault.Match{Nth: 3}, Action: fault.Drop{}})
	n := b.dial(true)
	b.cfg.Engine.Stall(1, fault.ToServer)
	b.bytes(n, wire.ToServer, ping...)
	b.bytes(n, wire.ToClient, pong...)
	b.run(n)
	b.want(t, []string{"near: d0 00"}, "1 > c0 00", "1 < d0 00")

	plain := &conn{plain: true, near: endpoint{name: "own", log: &b.log}, far: endpoint{name: "broker", log: &b.log}}
	b.cfg.Engine.Stall(0, fault.BothWays)
	b.bytes(plain, wire.ToServer, ping...)
	b.bytes(plain, wire.ToClient, pong...)
	b.end(plain, wire.ToClient, false)
	b.run(plain)
	b.end(plain, wire.ToServer, true)
	b.run(plain)
	b.want(t, []string{"broker: c0 00", "own: d0 00", "own: FIN", "own: RST", "broker: RST"})
}

// The engine refuses and ends connections in its order. A refusal is noted on the connection before.
func TestOpenings(t *testing.T) {
	b := newBench(fault.Rule{Action: fault.AcceptClose{How: fault.RST}}, fault.Rule{Action: fault.Refuse{}}, fault.Rule{Action: fault.AcceptClose{How: fault.FIN}})
	var got []bool
	for range 4 {
		refused := b.refuses()
		if got = append(got, refused); !refused {
			b.dial(false)
		}
	}
	if diff := cmp.Diff([]bool{false, true, false, false}, got); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	b.want(t, []string{"near: RST", "near: FIN"}, "1 * fault accept_close rst", "1 < RST", "1 * fault refuse", "2 * fault accept_close fin", "2 < FIN")
	if diff := cmp.Diff([]int{2, 3}, b.Open()); diff != "" {
		t.Errorf("left open by the subject (-want +got):\n%s", diff)
	}
}
