package mutant_test

import (
	"testing"

	"umqtt/harness/wire"
)

// What the mutants that are wrong in one answer make of it, and that they leave its neighbours alone.
func TestInOneAnswer(t *testing.T) {
	retained := &wire.Publish{Topic: "t", QoS: 1, PacketID: 3, Retain: true}
	filled := &wire.Publish{Topic: "t", QoS: 1, PacketID: 6, Payload: []byte("x")}
	qos0, ping := message(0, 0, false), &wire.Pingresp{}
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"own-id-not-acknowledged", []step{
			same(1, up, message(1, 3, false)), same(1, down, message(1, 3, false)), {1, up, encode(acked(3)), nil},
			same(1, down, message(1, 4, false)), same(1, up, acked(4)),
			same(1, down, acked(3)), same(1, down, message(1, 3, false)), same(1, up, acked(3)),
		}},
		{"suback-of-nothing-granted", []step{
			{1, down, encode(granted(1)), encode(granted(1, 0))}, same(1, down, granted(2, 1)),
		}},
		{"answers-as-the-last", []step{
			same(1, down, message(1, 3, false)), same(1, up, acked(3)), same(1, down, qos0),
			same(1, down, message(1, 4, false)), {1, up, encode(acked(4)), nil},
			same(1, down, message(1, 5, false)), same(1, up, acked(5)),
		}},
		{"qos-0-behind-qos-1-lost", []step{
			same(1, down, qos0), same(1, down, message(1, 3, false)), {1, down, encode(qos0), nil}, same(1, down, qos0),
		}},
		{"empty-at-qos-0", []step{
			{1, up, encode(message(1, 5, false)), encode(qos0)}, {1, down, encode(ping), encode(acked(5), ping)}, same(1, up, filled),
		}},
		{"puback-id-of-15-bits", []step{{1, up, encode(acked(0xd000)), encode(acked(0x5000))}, same(1, up, acked(0x7fff))}},
		{"retained-not-acknowledged", []step{
			same(1, down, retained), {1, up, encode(acked(3)), nil}, same(1, down, message(1, 3, false)), same(1, up, acked(3)),
		}},
	} {
		t.Run(tt.name, func(t *testing.T) { walk(t, tt.name, tt.steps...) })
	}
}
