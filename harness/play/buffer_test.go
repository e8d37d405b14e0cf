package play_test

import (
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/subject"
)

// stalled is a scenario in which a PINGREQ waits in the client's connection until nobody can miss it.
const stalled = `title: a test
covers: [MQTT-4.3.2-1]
level: must
needs: [keep-alive, sets-keep-alive]
peer: script
buffer: 64
client: {keep_alive: 2s}
allow: [PINGREQ]
steps:
  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
  - fault stall: to_server
  - wait: 3500ms
  - fault heal:
  - expect PINGREQ:
  - send PINGRESP:
  - client abort:
`

// A packet that was sent in time, and read late, breaks no rule of time.
func TestReadLate(t *testing.T) {
	for _, f := range subject.Builtin() {
		res := play.Simulated(t, parse(t, stalled), f, play.Options{})
		if res.Verdict != judge.Pass {
			t.Errorf("%s: %s: %v", f.Name, res.Verdict, res.Failure)
		}
	}
}

// What could not be written of a packet is not taken for one, nor for bytes that are none.
func TestPartOfAPacket(t *testing.T) {
	const script = `title: a test
covers: [MQTT-4.3.2-1]
level: must
needs: [manual-reconnect]
peer: script
buffer: 64
steps:
  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
  - fault stall: to_server
  - client publish: {topic: t, payload_size: 100, as: m}
  - client fails: m
    within: 30s
  - fault heal:
  - expect close:
`
	res := play.Simulated(t, parse(t, script), subject.Simple(), play.Options{})
	if res.Verdict != judge.Pass || res.API == judge.Fail {
		t.Errorf("%s, api %s: %v", res.Verdict, res.API, res.Reason())
	}
}
