package proxy

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// What one server sends on one connection may change places exactly where a conforming server could have
// sent it in the other order.
func TestMayGoFirst(t *testing.T) {
	pub := func(topic string, qos byte, dup bool) boxed {
		p := &wire.Publish{Topic: topic, QoS: qos, Dup: dup}
		if qos > 0 {
			p.PacketID = 1
		}
		return boxed{arrival: arrival{data: p.Append(nil)}}
	}
	packet := func(p wire.Packet) boxed { return boxed{arrival: arrival{data: p.Append(nil)}} }
	connack, puback, suback, pingresp := packet(&wire.Connack{}), packet(&wire.Puback{PacketID: 1}), packet(&wire.Suback{PacketID: 1, Codes: []byte{0}}), packet(&wire.Pingresp{})
	raw := boxed{arrival: arrival{data: []byte{1}, raw: true}}
	malformed := boxed{arrival: arrival{data: []byte{0x30, 0}}}
	end := boxed{arrival: arrival{end: fault.HalfClose}}
	for _, tt := range []struct {
		name    string
		earlier boxed
		b       boxed
		want    bool
	}{
		{"nothing before CONNACK", connack, pub("t", 0, false), false},
		{"CONNACK behind nothing", puback, connack, false},
		{"an acknowledgement passes a PUBLISH", pub("t", 1, false), puback, true},
		{"a PUBLISH passes an acknowledgement", puback, pub("t", 1, false), true},
		{"a retained PUBLISH passes its SUBACK", suback, pub("t", 0, false), true},
		{"acknowledgements keep their order", puback, suback, false},
		{"PINGRESP is one of them", pingresp, puback, false},
		{"one topic, one QoS", pub("t", 1, false), pub("t", 1, false), false},
		{"one topic, two QoS", pub("t", 1, false), pub("t", 0, false), true},
		{"two topics", pub("a", 1, false), pub("b", 1, false), true},
		{"what is sent again goes first", pub("a", 1, true), pub("b", 1, false), false},
		{"and keeps its order", pub("a", 1, true), pub("b", 1, true), false},
		{"raw bytes stay where they are", raw, pub("t", 0, false), false},
		{"nothing passes raw bytes", pub("t", 0, false), raw, false},
		{"the end is last", pub("t", 0, false), end, false},
		{"nothing comes behind the end", end, pub("t", 0, false), false},
		{"an acknowledgement is not sent before CONNACK", connack, puback, false},
		{"CONNACK does not pass a PUBLISH", pub("t", 0, false), connack, false},
		{"nothing passes what is sent again", pub("a", 1, true), pub("b", 0, false), false},
		{"what is sent again passes nothing", pub("a", 1, false), pub("b", 1, true), false},
		{"two topics and two QoS", pub("a", 1, false), pub("b", 0, false), true},
		{"an acknowledgement passes what is sent again", pub("a", 1, true), puback, true},
		{"a malformed PUBLISH is not passed", malformed, pub("t", 0, false), false},
		{"a malformed PUBLISH passes none", pub("t", 0, false), malformed, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := mayGoFirst([]boxed{tt.earlier}, tt.b); got != tt.want {
				t.Errorf("mayGoFirst = %t, want %t", got, tt.want)
			}
		})
	}
}

// One that must keep its place is enough, wherever it is.
func TestMayGoFirstOfMany(t *testing.T) {
	pub := func(topic string) boxed {
		return boxed{arrival: arrival{data: (&wire.Publish{Topic: topic}).Append(nil)}}
	}
	for _, tt := range []struct {
		earlier []boxed
		want    bool
	}{
		{nil, true},
		{[]boxed{pub("a"), pub("b")}, true},
		{[]boxed{pub("t"), pub("a")}, false},
		{[]boxed{pub("a"), pub("t")}, false},
	} {
		if got := mayGoFirst(tt.earlier, pub("t")); got != tt.want {
			t.Errorf("behind %d: mayGoFirst = %t, want %t", len(tt.earlier), got, tt.want)
		}
	}
}

// Seeds differ, and each is the same every time; seed 0 is FIFO.
func TestSeeded(t *testing.T) {
	draw := func(seed uint64) (all [20]int) {
		order := Seeded(seed)
		for i := range all {
			all[i] = order(1000)
		}
		return all
	}
	if Seeded(0) != nil {
		t.Error("seed 0 is not FIFO")
	}
	if first, again := draw(1), draw(1); first != again {
		t.Error("one seed, two orders")
	}
	if draw(1) == draw(2) {
		t.Error("two seeds, one order")
	}
}

// Without an order, what was sent first moves first; of what was sent between two steps, the older
// connection's, and of one connection the subject's. Nobody is asked.
func TestFIFO(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		a, pa := s.dial()
		b, pb := s.dial()
		s.write(pb, 0xd0, 0)
		s.write(b, 0xc0, 0, 0x40, 2, 0, 1)
		s.write(pa, 0xd0, 0)
		s.write(a, 0xc0, 0)
		s.quiet("peer 1: c0 00", "subject 1: d0 00", "peer 2: c0 00", "peer 2: 40 02 00 01", "subject 2: d0 00")
	})
}

// What is pending behind a delay keeps the turn that it had when it was sent.
func TestFIFOKeepsTurns(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		s.Arm(fault.Rule{Match: fault.Match{Conn: 2}, Action: fault.Split{Sizes: []int{1}}})
		a, _ := s.dial()
		b, _ := s.dial()
		s.write(b, 0xc0, 0)
		s.step() // a piece
		s.write(a, 0xc0, 0)
		s.quiet("peer 2: c0", "peer 2: 00", "peer 1: c0 00")
	})
}

// An order chooses among all that may move: the first packet of each direction towards the server, and
// towards the subject every packet that a conforming server could have sent first. It is not asked about
// one.
func TestOrderChooses(t *testing.T) {
	onStage(t, []int{2, 1, 0}, func(s *stage) {
		a, pa := s.dial()
		s.write(a, 0x30, 3, 0, 1, 'a', 0x30, 3, 0, 1, 'b')
		s.write(pa, 0x30, 3, 0, 1, 'a', 0x30, 3, 0, 1, 'b', 0x30, 3, 0, 1, 'a')
		s.quiet("subject 1: 30 03 00 01 62", "subject 1: 30 03 00 01 61", "peer 1: 30 03 00 01 61", "peer 1: 30 03 00 01 62", "subject 1: 30 03 00 01 61")
		if diff := cmp.Diff([]int{3, 2, 2, 2}, s.asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
	})
}

// A CONNECT waits until the peer has seen the end of the same link's older connections, unless that end
// cannot come.
func TestEndsBeforeTheNextConnect(t *testing.T) {
	second := []int{1, 1, 1}
	onStage(t, second, func(s *stage) {
		a, _ := s.dial()
		b, _ := s.dial()
		s.write(a, 0xc0, 0)
		a.CloseWrite()
		s.write(b, 0xc0, 0)
		s.quiet("peer 1: c0 00", "peer 1: FIN", "peer 2: c0 00")
	})
	onStage(t, second, func(s *stage) { // the older connection goes on
		a, _ := s.dial()
		b, _ := s.dial()
		s.write(a, 0xc0, 0)
		s.write(b, 0xc0, 0)
		s.quiet("peer 2: c0 00", "peer 1: c0 00")
	})
	onStage(t, second, func(s *stage) { // the newer one ends
		a, _ := s.dial()
		b, _ := s.dial()
		s.write(a, 0xc0, 0)
		s.write(b, 0xc0, 0)
		b.CloseWrite()
		s.quiet("peer 2: c0 00", "peer 2: FIN", "peer 1: c0 00")
	})
	onStage(t, []int{0, 0, 0}, func(s *stage) { // the newer one ends, which the older one need not wait for
		a, _ := s.dial()
		b, _ := s.dial()
		s.write(a, 0xc0, 0)
		s.write(b, 0xc0, 0)
		b.CloseWrite()
		s.quiet("peer 1: c0 00", "peer 2: c0 00", "peer 2: FIN")
	})
	onStage(t, second, func(s *stage) { // the older end is stalled
		a, _ := s.dial()
		b, _ := s.dial()
		s.write(a, 0xc0, 0)
		a.CloseWrite()
		s.write(b, 0xc0, 0)
		if err := s.Stall(1, fault.ToServer); err != nil {
			t.Fatal(err)
		}
		s.quiet("peer 2: c0 00")
	})
	onStage(t, second, func(s *stage) { // the older connection is cut, and so is its end
		a, _ := s.dial()
		b, _ := s.dial()
		s.write(a, 0xc0, 0)
		a.CloseWrite()
		s.write(b, 0xc0, 0)
		s.collect()
		s.sever(s.conns[0], fault.RST)
		s.collect()
		c, ok := s.choose()
		if !ok || c.conn.conn != s.conns[1] && s.asked == nil {
			t.Errorf("chose %v, %t", c, ok)
		}
		s.quietInAnyOrder("peer 1: RST", "subject 1: RST", "peer 2: c0 00")
	})
	onStage(t, second, func(s *stage) { // a bystander's end is nothing to the subject
		a, _ := s.bystander()
		b, _ := s.dial()
		s.write(a, 0xc0, 0)
		a.CloseWrite()
		s.write(b, 0xc0, 0)
		s.quiet("peer 2: c0 00", "peer 1: c0 00", "peer 1: FIN")
	})
	onStage(t, []int{1}, func(s *stage) { // what the server sends need not wait
		a, _ := s.dial()
		_, pb := s.dial()
		s.write(a, 0xc0, 0)
		a.CloseWrite()
		s.write(pb, 0xd0, 0)
		s.quiet("subject 2: d0 00", "peer 1: c0 00", "peer 1: FIN")
	})
}

// A stalled direction offers nothing; the others go on.
func TestStalledOffersNothing(t *testing.T) {
	onStage(t, []int{}, func(s *stage) {
		a, pa := s.dial()
		s.write(a, 0xc0, 0)
		s.write(pa, 0xd0, 0)
		if err := s.Stall(1, fault.ToServer); err != nil {
			t.Fatal(err)
		}
		s.quiet("subject 1: d0 00")
		if err := s.Heal(1); err != nil {
			t.Fatal(err)
		}
		s.quiet("peer 1: c0 00")
		if s.asked != nil {
			t.Errorf("asked %v about one choice", s.asked)
		}
	})
}
