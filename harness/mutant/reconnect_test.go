package mutant_test

import (
	"testing"

	"umqtt/harness/wire"
)

func acked(id uint16) wire.Packet { return &wire.Puback{PacketID: id} }

func subscribe(id uint16, filters ...wire.Subscription) wire.Packet {
	return &wire.Subscribe{PacketID: id, Filters: filters}
}

func granted(id uint16, codes ...byte) wire.Packet {
	return &wire.Suback{PacketID: id, Codes: codes}
}

// What the mutants of a reconnect make of the packets of two connections.
func TestReconnectMutants(t *testing.T) {
	a, b := wire.Subscription{Filter: "a", QoS: 1}, wire.Subscription{Filter: "b", QoS: 1}
	low := wire.Subscription{Filter: "a"}
	has := []step{same(1, up, subscribe(1, a, b)), same(1, down, granted(1, 1, 1))}
	resumed := &wire.Connack{SessionPresent: true}
	ping := &wire.Pingreq{}
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"subscription-forgotten", append(has,
			step{2, up, encode(subscribe(2, a, b)), encode(subscribe(2, a))},
			step{2, down, encode(granted(2, 1)), encode(granted(2, 1, 0))},
			same(2, up, subscribe(3, wire.Subscription{Filter: "new"}, a)))},
		{"resubscribes-at-qos-0", append(has,
			step{2, up, encode(subscribe(2, a)), encode(subscribe(2, low))})},
		{"resubscribes-the-unsubscribed", append(has,
			same(1, up, &wire.Unsubscribe{PacketID: 2, Filters: []string{"b"}}),
			step{2, up, encode(subscribe(3, a)), encode(subscribe(3, a, b))},
			step{2, down, encode(granted(3, 1, 1)), encode(granted(3, 1))})},
		{"resubscribes-to-a-kept-session", append(has,
			same(2, down, resumed),
			step{2, up, encode(ping), encode(subscribe(0xfff0, a, b), ping)},
			step{2, down, encode(granted(0xfff0, 1, 1), &wire.Pingresp{}), encode(&wire.Pingresp{})})},
		{"resend-dup-only-once", []step{
			same(1, up, message(1, 3, true)), same(1, up, message(1, 3, true)),
			{2, up, encode(message(1, 3, true)), encode(message(1, 3, false))},
			same(2, down, acked(3)), same(2, up, message(1, 3, true)),
		}},
		{"resend-only-once", []step{same(1, up, message(1, 3, true)), {2, up, encode(message(1, 3, true)), nil}}},
		{"republished-in-a-kept-session", []step{
			same(1, up, message(1, 3, false)), {2, up, encode(message(1, 3, true)), encode(message(1, 0x4000, false))},
			{2, down, encode(acked(0x4000)), encode(acked(3))},
		}},
		{"republished-with-dup", []step{same(1, up, message(1, 1, false)), {2, up, encode(message(1, 2, false)), encode(message(1, 2, true))}}},
		{"id-in-use-again", []step{
			same(2, up, message(1, 3, true)), {2, up, encode(message(1, 4, false)), encode(message(1, 3, false))},
			{2, down, encode(acked(3)), encode(acked(4))}, same(2, down, acked(3)), same(2, up, message(1, 5, false)),
		}},
		{"new-before-resending", []step{
			{2, up, encode(message(1, 3, true)), nil}, {2, up, encode(message(1, 4, false)), encode(message(1, 4, false), message(1, 3, true))},
			{2, up, encode(message(1, 3, true)), nil}, {2, up, encode(ping), encode(message(1, 3, true), ping)},
		}},
		{"subscribes-before-resending", []step{
			{2, up, encode(message(1, 3, true)), nil}, {2, up, encode(subscribe(4, a)), encode(subscribe(4, a), message(1, 3, true))},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) { walk(t, tt.name, tt.steps...) })
	}
}

// What a mutant keeps back until the subject waits goes out when it does, and not with another connection.
func TestKeptBackUntilTheWait(t *testing.T) {
	walk(t, "resend-newest-first",
		step{1, up, encode(message(1, 3, true), message(1, 4, true)), nil},
		same(1, down, acked(9)), // the subject waits for it
		step{1, up, encode(&wire.Pingreq{}), encode(message(1, 4, true), message(1, 3, true), &wire.Pingreq{})},
		step{1, up, encode(message(1, 5, true)), nil},
		same(2, up, message(1, 6, false)),
		same(2, down, acked(6)),
		same(1, up, &wire.Pingreq{}),
	)
}
