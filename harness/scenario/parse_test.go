package scenario

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

func mustParse(t *testing.T, file string) *Scenario {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(file, b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// parseSteps reads a script with what it needs around it.
func parseSteps(t *testing.T, steps string) []Step {
	t.Helper()
	s, err := Parse("x.yaml", []byte("title: x\nlevel: may\npeer: script\nneeds: [qos1, nested-publish, unsubscribe]\nsteps:\n"+steps))
	if err != nil {
		t.Fatal(err)
	}
	return s.Steps
}

// The example that the language was designed with, value by value.
func TestParseSample(t *testing.T) {
	const file = "../../scenarios/qos1/puback-lost.yaml"
	pos := func(line int) Pos { return Pos{File: file, Line: line, Col: 5} }
	connect := func() Args { return Args{"client_id": Var("cid"), "clean_session": false} }
	want := &Scenario{
		Name: "../../scenarios/qos1/puback-lost", File: file,
		Title:  "PUBACK lost; the client re-sends PUBLISH with DUP after reconnecting",
		Covers: []string{"MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-2.3.1-3"},
		Level:  Must,
		Why:    "4.4: after a reconnect with clean session off the client sends every unacknowledged PUBLISH again, with DUP 1 and its first identifier.",
		Tags:   []string{"smoke"},
		Needs:  []Feature{spec.QoS1, spec.PersistentSession}, Peer: Script, World: Both,
		Client: Connect{ClientID: "c1", KeepAlive: 5 * time.Second},
		Steps: []Step{
			{Pos: pos(11), Key: "client connect", Args: Args{}},
			{Pos: pos(12), Key: "expect CONNECT", Args: connect()},
			{Pos: pos(13), Key: "send CONNACK", Args: Args{"session_present": false, "code": 0}},
			{Pos: pos(14), Key: "client publish", Args: Args{"topic": "t/1", "qos": 1, "payload": "hi", "retain": false, "as": "m1"}},
			{Pos: pos(15), Key: "expect PUBLISH", Args: Args{"topic": "t/1", "qos": 1, "dup": false, "payload": "hi", "packet_id": Var("id")}},
			{Pos: pos(16), Key: "fault cut", Args: Args{"how": "rst", "dir": "both"}},
			{Pos: pos(17), Key: "expect CONNECT", Args: connect(), Given: true, Within: 2 * time.Minute},
			{Pos: pos(20), Key: "send CONNACK", Args: Args{"session_present": true, "code": 0}},
			{Pos: pos(21), Key: "expect PUBLISH", Args: Args{"topic": "t/1", "qos": 1, "dup": true, "payload": "hi", "packet_id": Var("id")}},
			{Pos: pos(22), Key: "send PUBACK", Args: Args{"packet_id": Var("id")}},
			{Pos: pos(23), Key: "client done", Args: Args{"call": "m1"}},
		},
	}
	if diff := cmp.Diff(want, mustParse(t, file)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestParseHeader(t *testing.T) {
	got := mustParse(t, "testdata/good/script.yaml")
	user, password := "u", "p"
	want := Connect{
		ClientID: "", CleanSession: false, KeepAlive: 2 * time.Minute, Username: &user, Password: &password,
		Will:       &Will{Topic: "gone", Payload: "bye", QoS: 1, Retain: true},
		AckTimeout: 1500 * time.Millisecond, MaxDepth: 4, MaxInflight: 2, MaxPacket: 256, SkipOversize: true, RetryAfter: 10 * time.Second,
	}
	if diff := cmp.Diff(want, got.Client); diff != "" {
		t.Errorf("client (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]wire.Type{wire.PINGREQ, wire.DISCONNECT}, got.Allow); diff != "" {
		t.Errorf("allow (-want +got):\n%s", diff)
	}
	if got.World != Simulated || got.Reason != "it waits for hours" || got.Note != "a note" || got.Level != Should {
		t.Errorf("world %q, reason %q, note %q, level %q", got.World, got.Reason, got.Note, got.Level)
	}
}

// Every kind of value comes out in its Go type, and every shorthand as what it stands for.
func TestParseArguments(t *testing.T) {
	for _, test := range []struct {
		reason, step string
		want         Args
	}{
		{"defaults", "client publish: {topic: t}", Args{"topic": "t", "payload": "", "qos": 0, "retain": false}},
		{"payload in hex", "client publish: {topic: t, payload_hex: 00 ff 0A}", Args{"topic": "t", "payload": "\x00\xff\n", "qos": 0, "retain": false}},
		{"payload by size", "receive: {payload_size: 5}", Args{"payload": "01234"}},
		{"no payload", "receive: {payload_size: 0}", Args{"payload": ""}},
		{"filter", "client subscribe: {filter: a}", Args{"filters": []wire.Subscription{{Filter: "a"}}}},
		{"filter with QoS", "client subscribe: {filter: a, qos: 1}", Args{"filters": []wire.Subscription{{Filter: "a", QoS: 1}}}},
		{"filters", "client subscribe: {filters: [{filter: a, qos: 1}, {filter: b}]}", Args{"filters": []wire.Subscription{{Filter: "a", QoS: 1}, {Filter: "b"}}}},
		{"filter to leave", "client unsubscribe: {filter: a}", Args{"filters": []string{"a"}}},
		{"scalar duration", "wait: 1m30s", Args{"for": 90 * time.Second}},
		{"mapping in place of the scalar", "wait: {for: 1.5h}", Args{"for": 90 * time.Minute}},
		{"zero seconds without unit", "expect CONNECT: {keep_alive: 0}", Args{"keep_alive": time.Duration(0)}},
		{"hex that YAML takes for a number", "send raw: 10", Args{"hex": []byte{0x10}}},
		{"hex over lines", "send raw: >-\n      c0\n      00", Args{"hex": []byte{0xc0, 0}}},
		{"numbers in hex", "send SUBACK: {packet_id: 0xFFFF, codes: [0x80]}", Args{"packet_id": 65535, "codes": []int{0x80}}},
		{"topic with a dollar", "client publish: {topic: $SYS/a}", Args{"topic": "$SYS/a", "payload": "", "qos": 0, "retain": false}},
		{"quoted dollar", "expect PUBLISH: {topic: '$id', payload: \"$id\"}", Args{"topic": "$id", "payload": "$id"}},
		{"variable", "expect PUBLISH: {topic: $id}", Args{"topic": Var("id")}},
		{"variable for bytes", "expect PUBLISH: {payload: $p}", Args{"payload": Var("p")}},
		{"absent field", "expect CONNECT: {username: null, will_topic: ~}", Args{"username": nil, "will_topic": nil}},
		{"default of a scalar verb", "fault refuse:", Args{"count": 1}},
		{"will", "client connect: {will: {topic: t}, as: c}\n  - client fails: c", Args{"will": Will{Topic: "t"}, "as": "c"}},
		{"callback", "client on_message: {do: publish, topic: t}", Args{"do": "publish", "topic": "t", "payload": "", "qos": 0, "retain": false, "times": 1, "count": 1}},
		{"callback without a message", "client on_message: {do: close}", Args{"do": "close", "times": 1, "count": 1}},
		{"packet type", "fault drop: {packet: PUBACK}", Args{"packet": wire.PUBACK, "dir": "both"}},
		{"share", "fault drop: {probability: .25}", Args{"probability": 0.25, "dir": "both"}},
		{"changes", "fault set: {packet: PUBLISH, set: {qos: 1, payload_hex: ff}}", Args{"packet": wire.PUBLISH, "dir": "both", "set": map[string]any{"qos": 1, "payload": "\xff"}}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			got := parseSteps(t, "  - "+test.step+"\n")[0].Args
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.step, diff)
			}
		})
	}
}

func TestParseModifiers(t *testing.T) {
	s := parseSteps(t, `  - expect PINGREQ:
    after: 1s~2500ms
    within: 3.5s
    given: true
    note: n
  - expect PINGREQ:
    after: 2s
  - expect PINGREQ:
    after: 0~2s
  - expect PUBLISH: {packet_id: $id}
    optional: true
    unordered: true
  - receive:
    unordered: true
  - send PUBACK: {packet_id: $id}
    when: $id
  - expect PINGREQ:
    or:
      - expect close: {how: fin}
      - expect DISCONNECT:
`)
	pos := func(line, col int) Pos { return Pos{"x.yaml", line, col} }
	want := []Step{
		{Pos: pos(6, 5), Key: "expect PINGREQ", Args: Args{}, Given: true, Within: 3500 * time.Millisecond, HasAfter: true, After: Range{Min: time.Second, Max: 2500 * time.Millisecond}, Note: "n"},
		{Pos: pos(11, 5), Key: "expect PINGREQ", Args: Args{}, HasAfter: true, After: Range{Min: 2 * time.Second}},
		{Pos: pos(13, 5), Key: "expect PINGREQ", Args: Args{}, HasAfter: true, After: Range{Max: 2 * time.Second}},
		{Pos: pos(15, 5), Key: "expect PUBLISH", Args: Args{"packet_id": Var("id")}, Optional: true, Unordered: true},
		{Pos: pos(18, 5), Key: "receive", Args: Args{}, Unordered: true},
		{Pos: pos(20, 5), Key: "send PUBACK", Args: Args{"packet_id": Var("id")}, When: "id"},
		{Pos: pos(22, 5), Key: "expect PINGREQ", Args: Args{}, Or: []Step{
			{Pos: pos(24, 9), Key: "expect close", Args: Args{"how": "fin"}},
			{Pos: pos(25, 9), Key: "expect DISCONNECT", Args: Args{}},
		}},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("modifiers (-want +got):\n%s", diff)
	}
}

// A variable that only an optional step binds is usable where it has a value.
func TestParseConditions(t *testing.T) {
	for _, test := range []struct{ reason, steps string }{
		{"with when", "  - expect PUBLISH: {packet_id: $id}\n    optional: true\n  - send PUBACK: {packet_id: $id}\n    when: $id\n"},
		{"in an optional step", "  - expect PUBLISH: {packet_id: $id}\n    optional: true\n  - expect PUBLISH: {packet_id: $id, dup: true}\n    optional: true\n"},
		{"in one step twice", "  - expect CONNECT: {client_id: $id, username: $id}\n    optional: true\n"},
		{"bound by a step with when", "  - expect PUBLISH: {packet_id: $id}\n    optional: true\n  - expect PUBREL: {packet_id: $rel}\n    when: $id\n" +
			"  - send PUBCOMP: {packet_id: $rel}\n    when: $id\n  - send PUBCOMP: {packet_id: $rel}\n    when: $rel\n  - send PUBACK: {packet_id: $id}\n    when: $rel\n"},
		{"behind a chain", "  - expect PUBLISH: {packet_id: $a}\n    optional: true\n  - expect PUBREL: {packet_id: $b}\n    when: $a\n    optional: true\n" +
			"  - expect PUBREC: {packet_id: $c}\n    when: $b\n    optional: true\n  - send PUBACK: {packet_id: $a}\n    when: $c\n"},
		{"bound by each alternative", "  - expect SUBSCRIBE: {packet_id: $id}\n    or:\n      - expect UNSUBSCRIBE: {packet_id: $id}\n  - send SUBACK: {packet_id: $id, codes: [0]}\n"},
		{"bound in a run", "  - expect PUBLISH: {packet_id: $a}\n    unordered: true\n  - expect PUBLISH: {packet_id: $b}\n    unordered: true\n  - send PUBACK: {packet_id: $b}\n"},
		{"bound in a run before", "  - expect PUBLISH: {packet_id: $a}\n    optional: true\n  - expect PUBREL: {packet_id: $a}\n    unordered: true\n    when: $a\n  - receive:\n    unordered: true\n"},
		{"a call under the same condition", "  - expect PUBLISH: {packet_id: $id}\n    optional: true\n  - client connect: {as: up}\n    when: $id\n  - client ends: up\n    when: $id\n"},
		{"a call under a condition that implies its own", "  - expect PUBLISH: {packet_id: $a}\n    optional: true\n  - client connect: {as: up}\n    when: $a\n" +
			"  - expect PUBREL: {packet_id: $b}\n    when: $a\n    optional: true\n  - client ends: up\n    when: $b\n"},
		{"used by a when alone, with a name much like another", "  - expect PUBLISH: {packet_id: $first}\n    optional: true\n  - wait: 1s\n    when: $first\n" +
			"  - expect PUBLISH: {packet_id: $fist}\n  - send PUBACK: {packet_id: $fist}\n"},
	} {
		t.Run(test.reason, func(t *testing.T) { parseSteps(t, test.steps) })
	}
}

// Files of an editor that ends lines in CRLF are as good as others.
func TestParseCRLF(t *testing.T) {
	const text = "title: x\nlevel: may\npeer: script\nnote: |\n  two\n  lines\nsteps:\n  - send raw: 0d 0a\n  - wait: 1s\n"
	want, err := Parse("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse("x.yaml", []byte(strings.ReplaceAll(text, "\n", "\r\n")))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%v; (-LF +CRLF):\n%s", err, diff)
	}
	_, err = Parse("x.yaml", []byte("title: x\r\nlevel: musty\r\n"))
	if err == nil || !strings.Contains(err.Error(), "x.yaml:2:8: level: ") {
		t.Errorf("a mistake in a file with CRLF: %v", err)
	}
}

// What an editor does not show is named, at its place.
func TestParseUnreadable(t *testing.T) {
	for _, test := range []struct{ reason, file, want string }{
		{"carriage return at the end of a line", "title: x\rlevel: may\r", "x.yaml:1:9: carriage return alone; lines end in LF or CRLF"},
		{"carriage return within", "title: é\nlevel: é\ray\n", "x.yaml:2:9: carriage return alone; lines end in LF or CRLF"},
		{"not UTF-8", "title: é\xff\n", "x.yaml:1:9: byte 0xff is not UTF-8"},
		{"control character", "title: x\nnote: \x07\n", "x.yaml:2:7: control character U+0007; write it as an escape in double quotes"},
		{"delete", "\x7f", "x.yaml:1:1: control character U+007F; write it as an escape in double quotes"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			_, err := Parse("x.yaml", []byte(test.file))
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// Columns count characters, as editors do.
func TestParseColumns(t *testing.T) {
	_, err := Parse("x.yaml", []byte("title: x\nlevel: may\npeer: script\nsteps:\n  - client publish: {topic: é→𝄞, qos: 9}\n"))
	if want := "x.yaml:5:39: "; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want it at %s", err, want)
	}
}
