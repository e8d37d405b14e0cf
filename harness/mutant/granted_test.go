package mutant_test

import (
	"testing"

	"umqtt/harness/wire"
)

// What the mutants make of a SUBACK that grants less than was asked for.
func TestGrantedMutants(t *testing.T) {
	asked, lower := wire.Subscription{Filter: "a", QoS: 1}, wire.Subscription{Filter: "a"}
	other := wire.Subscription{Filter: "b", QoS: 1}
	resumed, ping := &wire.Connack{SessionPresent: true}, &wire.Pingreq{}
	granted0 := []step{same(1, up, subscribe(1, asked, other)), same(1, down, granted(1, 0, 1))}
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"asks-for-what-was-granted", append(granted0,
			step{2, up, encode(subscribe(2, asked, other)), encode(subscribe(2, lower, other))})},
		{"asks-for-what-was-granted", []step{
			same(1, up, subscribe(1, asked)), same(1, down, granted(1, 0x80)), same(2, up, subscribe(2, asked))}},
		{"subscribes-until-granted-as-asked", append(granted0,
			same(2, down, resumed),
			step{2, up, encode(ping), encode(subscribe(0xfff1, asked), ping)},
			step{2, down, encode(granted(0xfff1, 1), &wire.Pingresp{}), encode(&wire.Pingresp{})})},
		{"subscribes-until-granted-as-asked", append(granted0, same(2, down, &wire.Connack{}), same(2, up, ping))},
	} {
		t.Run(tt.name, func(t *testing.T) { walk(t, tt.name, tt.steps...) })
	}
}
