package mutant_test

import (
	"testing"

	"umqtt/harness/wire"
)

// An UNSUBSCRIBE that is taken for done has its answer at once. That of the server does not come through.
func TestUnsubscribeMutants(t *testing.T) {
	un, answer, ping := &wire.Unsubscribe{PacketID: 2, Filters: []string{"a"}}, &wire.Unsuback{PacketID: 2}, &wire.Pingresp{}
	walk(t, "unsubscribe-done-at-once",
		same(1, up, un),
		step{1, down, encode(ping), encode(answer, ping)},
		step{1, down, encode(answer), nil},
		same(1, down, answer), // which nothing asked for
	)
	walk(t, "unsubscribe-ignored",
		step{1, up, encode(un), nil},
		step{1, down, encode(ping), encode(answer, ping)},
	)
}
