package play_test

import (
	"strings"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/wire"
)

// The end of a connection is waited for past what the scenario allows, and told from a packet and from another
// kind of end.
func TestExpectClose(t *testing.T) {
	closes := func(f *fake) { f.conn.Close() }
	resets := func(f *fake) {
		f.conn.(interface{ Reset() error }).Reset()
		f.conn.Close()
	}
	ping := &wire.Pingreq{}
	closed := acts + "  - expect close:\n"
	fin := acts + "  - expect close: {how: fin}\n"
	rst := acts + "  - expect close: {how: rst}\n"
	allowed := strings.Replace(closed, "steps:", "allow: [PINGREQ]\nsteps:", 1)
	malformed := strings.Replace(closed, "  - expect close", "  - send PUBLISH: {topic: t}\n  - send raw: 36 05 00 01 74 00 01\n  - expect close", 1)
	either := acts + "  - expect PUBACK:\n    or:\n      - expect close: {conn: 1}\n"
	other := strings.Replace(either, "conn: 1", "conn: 2", 1)
	ours, foreign := play.Options{}, play.Options{Foreign: true}
	for _, tt := range []played{
		{"a reset in place of a packet", either, does(resets), ours, judge.Pass, ""},
		{"a reset of another connection in place of a packet", other, does(resets), ours, judge.Fail, "the client sent no PUBACK within 10s"},
		{"in place of a packet, of a foreign subject, behind a DISCONNECT", either, does(&wire.Disconnect{}, closes), foreign, judge.Pass, ""},
		{"any end", closed, does(closes), ours, judge.Pass, ""},
		{"a reset, any end", closed, does(resets), ours, judge.Pass, ""},
		{"FIN", fin, does(closes), ours, judge.Pass, ""},
		{"a reset for FIN", fin, does(resets), ours, judge.Fail, "the connection ended otherwise\n  want: the end of the connection: fin\n  got:  the end of connection 1 (RST)"},
		{"a reset", rst, does(resets), ours, judge.Pass, ""},
		{"FIN for a reset", rst, does(closes), ours, judge.Fail, "the connection ended otherwise\n  want: the end of the connection: rst\n  got:  the end of connection 1 (FIN)"},
		{"none", closed, does(), ours, judge.Fail, "the client did not close the connection within 10s"},
		{"none, behind a malformed packet", malformed, does(), ours, judge.Fail, "within 10s, although it was handed a malformed packet (record 3)"},
		{"a packet", closed, does(on("a"), closes), ours, judge.Fail, "the client sent PUBLISH and did not close the connection"},
		{"an allowed packet", allowed, does(ping, closes), ours, judge.Pass, ""},
		{"an allowed packet, and the end later", allowed, does(ping, ms(1000), closes), ours, judge.Pass, ""},
		{"allowed packets, and another", allowed, does(ping, ping, on("a"), closes), ours, judge.Fail, "the client sent PUBLISH and did not close the connection"},
		{"a malformed packet of a type that is allowed", strings.Replace(allowed, "PINGREQ", "SUBSCRIBE", 1), does(&wire.Subscribe{PacketID: 9}, closes), ours, judge.Fail, "and did not close the connection"},
		{"twice", closed + "  - expect close:\n", does(closes), ours, judge.Fail, "the client did not close the connection within 10s"},
		{"of a foreign subject", closed, does(closes), foreign, judge.Pass, ""},
		{"of a foreign subject, behind a PINGREQ", closed, does(ping, closes), foreign, judge.Pass, ""},
		{"of a foreign subject, behind a DISCONNECT", closed, does(&wire.Disconnect{}, closes), foreign, judge.Pass, ""},
		{"of a foreign subject, behind a SUBSCRIBE", closed, does(&wire.Subscribe{PacketID: 9, Filters: []wire.Subscription{{Filter: "t"}}}, closes), foreign, judge.Warn, "no step expects 0.000 > SUBSCRIBE"},
		{"a DISCONNECT where no step awaits an end", acts + "  - wait: 1s\n", does(&wire.Disconnect{}), foreign, judge.Warn, "no step expects 0.000 > DISCONNECT"},
	} {
		tt.run(t)
	}
}

// What was delivered once is no second delivery, and it is looked for on the connection that the step names.
func TestDeliver(t *testing.T) {
	script := strings.Replace(header, "peer: script", "peer: broker", 1) + `  - client connect:
  - expect CONNECT:
  - deliver CONNACK: {code: 0}
  - client publish: {topic: t, qos: 1, payload: hi}
  - expect PUBLISH: {payload: hi}
`
	none := func(*fake) {}
	for _, tt := range []played{
		{"once", script + "  - deliver PUBACK:\n", none, play.Options{}, judge.Pass, ""},
		{"twice", script + "  - deliver PUBACK:\n  - deliver PUBACK:\n", none, play.Options{}, judge.Fail, "the client was handed no such PUBACK within 10s\n  want: PUBACK\n  got:  nothing of that type"},
		{"otherwise", script + "  - deliver PUBACK: {packet_id: 2}\n    within: 2s\n", none, play.Options{}, judge.Fail, "the client was handed no such PUBACK within 2s\n  want: PUBACK packet_id=2\n  got:  PUBACK id=1"},
		{"on the connection that is named", script + "  - deliver PUBACK: {conn: 1}\n", none, play.Options{}, judge.Pass, ""},
		{"on another", script + "  - deliver PUBACK: {conn: 2}\n", none, play.Options{}, judge.Fail, "the client was handed no such PUBACK"},
	} {
		tt.run(t)
	}
}
