package play_test

import (
	"strings"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/wire"
)

// A variable takes its value from the packet that meets the step, and from no other, and keeps it.
func TestVariables(t *testing.T) {
	qos1 := func(payload string, id uint16) *wire.Publish {
		return &wire.Publish{Topic: "t", Payload: []byte(payload), QoS: 1, PacketID: id}
	}
	const (
		a   = "  - expect PUBLISH: {packet_id: $a, payload: a}\n"
		b   = "  - expect PUBLISH: {packet_id: $b, payload: b}\n"
		any = "    unordered: true\n"
		ack = "  - send PUBACK: {packet_id: $a}\n  - send PUBACK: {packet_id: $b}\n"
	)
	for _, tt := range []played{
		{"in order", acts + a + b + ack, does(qos1("a", 1), qos1("b", 2), 8), play.Options{}, judge.Pass, ""},
		{"in another order", acts + a + any + b + any + ack, does(qos1("b", 2), qos1("a", 1), 8), play.Options{}, judge.Pass, ""},
		{"an alternative", acts + "  - expect PUBLISH: {packet_id: $a, payload: a}\n    or:\n      - expect PUBLISH: {packet_id: $b, payload: b}\n" +
			"  - send PUBACK: {packet_id: $b}\n    when: $b\n  - send PUBACK: {packet_id: $a}\n    when: $a\n", does(qos1("b", 2), 4), play.Options{}, judge.Pass, ""},
		{"the same value", acts + a + "  - send PUBACK: {packet_id: $a}\n  - expect PUBLISH: {packet_id: $a, payload: b}\n  - send PUBACK: {packet_id: $a}\n", does(qos1("a", 1), 4, qos1("b", 1), 4), play.Options{}, judge.Pass, ""},
		{"another value", acts + a + "  - expect PUBLISH: {packet_id: $a, payload: b}\n", does(qos1("a", 1), qos1("b", 2)), play.Options{}, judge.Fail,
			"the client sent PUBLISH with packet_id=2, not 1\n  want: PUBLISH packet_id=1 payload=\"b\"\n"},
		{"no value yet", acts + a, does(on("b")), play.Options{}, judge.Fail, "want: PUBLISH packet_id=(any) payload=\"a\"\n"},
	} {
		tt.run(t)
	}
}

// A step that expects a packet looks at what is sent on the connection that it names.
func TestExpectOnAConnection(t *testing.T) {
	for _, tt := range []played{
		{"the one", acts + "  - expect PUBLISH: {conn: 1}\n", does(on("a")), play.Options{}, judge.Pass, ""},
		{"another", acts + "  - expect PUBLISH: {conn: 2}\n", does(on("a")), play.Options{}, judge.Fail, "the client sent PUBLISH on connection 1, not on connection 2"},
	} {
		tt.run(t)
	}
}

// A PINGREQ that a foreign subject has sent before the step that expects it has met that step, and every
// PINGREQ is answered once: by the script's step or without one.
func TestPingsAreAnsweredOnce(t *testing.T) {
	ping := &wire.Pingreq{}
	keep := strings.Replace(acts, "steps:", exactly+"client: {keep_alive: 10s}\nsteps:", 1)
	unscripted := strings.Replace(strings.Replace(keep, "peer: script", "peer: broker", 1), "  - send CONNACK: {code: 0}\n", "  - deliver CONNACK:\n", 1)
	const expect, answer, wait = "  - expect PINGREQ:\n", "  - send PINGRESP:\n", "  - wait: 2s\n"
	for _, tt := range []struct {
		name   string
		script string
		set    func(*fake)
		want   judge.Verdict
		n      int // PINGRESPs
	}{
		{"in its turn", keep + expect + answer + wait, does(ms(1000), ping), judge.Pass, 1},
		{"before its turn", keep + wait + expect + answer, does(ms(1000), ping), judge.Pass, 1},
		{"before its turn, and once more behind it", keep + wait + expect + answer + wait, does(ms(1000), ping, ms(2000), ping), judge.Pass, 2},
		{"twice before its turn", keep + wait + expect + answer + wait, does(ms(500), ping, ms(500), ping), judge.Pass, 2},
		{"in both turns", keep + expect + answer + expect + answer + wait, does(ms(1000), ping, ms(2000), ping), judge.Pass, 2},
		{"before the first turn only", keep + wait + expect + answer + expect + answer, does(ms(1000), ping), judge.Fail, 1},
		{"once more before the answer", keep + expect + wait + answer + wait, does(ms(1000), ping, ms(1000), ping), judge.Pass, 1},
		{"before its turn, with no answer", keep + wait + expect + wait, does(ms(1000), ping), judge.Fail, 1},
		{"before another packet", keep + "  - expect PUBLISH:\n" + expect + answer, does(ms(500), ping, ms(500), on("a")), judge.Fail, 1},
		{"before each turn, answered by the broker", unscripted + wait + expect + wait + expect, does(ms(1000), ping, ms(2000), ping), judge.Pass, 2},
		{"before the first turn only, answered by the broker", unscripted + wait + expect + wait + expect, does(ms(1000), ping), judge.Fail, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := play.Simulated(t, parse(t, tt.script), factory(tt.set), play.Options{Foreign: true})
			n := 0
			for _, r := range res.Capture.Records {
				if q, _ := r.Packet(); q != nil && q.Type() == wire.PINGRESP {
					n++
				}
			}
			if res.Verdict != tt.want || n != tt.n {
				t.Errorf("verdict %s with %d PINGRESPs, want %s with %d: %v", res.Verdict, n, tt.want, tt.n, res.Failure)
			}
		})
	}
}
