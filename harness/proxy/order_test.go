package proxy

import (
	"testing"

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
