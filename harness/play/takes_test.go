package play_test

import (
	"testing"
	"time"

	"umqtt/harness/play"
)

// A scenario that waits for several calls to fail begins before one that does not: where no call ends, each takes its
// ten seconds.
func TestTakesFailingCalls(t *testing.T) {
	const begin = "title: t\ncovers: [MQTT-4.7.1-2]\nlevel: must\npeer: script\nsteps:\n  - client connect:\n  - expect CONNECT:\n  - send CONNACK: {session_present: false, code: 0}\n"
	one := play.Takes(parse(t, begin+"  - client subscribe: {filter: t}\n  - expect SUBSCRIBE:\n"))
	two := play.Takes(parse(t, begin+"  - client subscribe: {filter: \"a#\", as: a}\n  - client fails: a\n  - client subscribe: {filter: \"b#\", as: b}\n  - client fails: b\n"))
	if one != 0 || two != 20*time.Second {
		t.Errorf("%v and %v, want 0s and 20s", one, two)
	}
}
