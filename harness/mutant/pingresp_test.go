package mutant_test

import (
	"testing"

	"umqtt/harness/wire"
)

// A PINGRESP right behind a message answers two PINGREQs. Another one does not.
func TestPingrespBehindAMessageCountsTwice(t *testing.T) {
	ask, answer := &wire.Pingreq{}, &wire.Pingresp{}
	in := message(0, 0, false)
	walk(t, "pingresp-behind-a-message-counts-twice",
		same(1, up, ask), same(1, down, answer), same(1, up, ask), same(1, down, in), same(1, down, answer),
		same(1, up, ask), same(1, up, ask), step{1, down, encode(in), encode(answer, in)}, // once only
	)
}
