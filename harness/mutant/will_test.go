package mutant_test

import (
	"testing"

	"umqtt/harness/wire"
)

// The mutants change a will at one QoS, and leave those at others alone.
func TestWillMutants(t *testing.T) {
	with := func(qos byte, retain bool) wire.Packet {
		return &wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: "c",
			Will: &wire.Will{Topic: "w", Payload: []byte("x"), QoS: qos, Retain: retain}}
	}
	walk(t, "will-retained-at-qos-0-only", same(1, up, with(0, true)), step{1, up, encode(with(1, true)), encode(with(1, false))})
	walk(t, "will-qos-2-lowered", same(1, up, with(1, true)), step{1, up, encode(with(2, true)), encode(with(1, true))})
}
