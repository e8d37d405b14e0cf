package play_test

import (
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/subject"
)

// dies is a scenario in which a process dies before it writes a PUBLISH, and another one at once.
const dies = `title: a test
covers: [MQTT-4.4.0-1]
level: must
needs: [qos1, persistent-session, keeps-in-store]
peer: script
client: {clean_session: false}
steps:
  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
  - client dies: {of: write}
  - client publish: {topic: t, qos: 1, payload: hi}
  - expect close:
  - client connect:
  - expect CONNECT: {conn: 2}
  - send CONNACK: {session_present: true, code: 0}
  - expect PUBLISH: {dup: true, packet_id: $id, payload: hi}
  - client dies:
  - expect close:
  - client connect:
  - expect CONNECT: {conn: 3}
  - send CONNACK: {session_present: true, code: 0}
  - expect PUBLISH: {dup: true, packet_id: $id, payload: hi}
  - send PUBACK: {packet_id: $id}
  - client publish: {topic: t, qos: 1, payload: ho, as: ho}
  - expect PUBLISH: {dup: false, packet_id: $id2, payload: ho}
  - send PUBACK: {packet_id: $id2}
  - client done: ho
`

// What the store of a process keeps is sent by the next one, in both worlds.
func TestDies(t *testing.T) {
	t.Parallel()
	for _, f := range []subject.Factory{subject.Simple(), subject.Robust()} {
		for _, res := range []*judge.Result{play.Simulated(t, parse(t, dies), f, play.Options{}), play.Real(parse(t, dies), f, play.Options{})} {
			if res.Verdict != judge.Pass {
				t.Errorf("%s, %s: %s", f.Name, res.World, res.Failure.Report())
			}
		}
	}
}
