package judge

import (
	"slices"
	"strings"
	"testing"

	"umqtt/harness/monitor"
)

// A reason leaves out what differs from case to case, and keeps what tells two kinds apart.
func TestReason(t *testing.T) {
	for _, tt := range []struct{ message, want string }{
		{"the client did not close the connection within 10s", "the client did not close the connection"},
		{"the client did not close the connection within 10s, although it was handed a malformed packet (record 12)", "the client did not close the connection"},
		{"the client did not close the connection, although it was handed a malformed packet (record 1): after 2s it still answers", "the client did not close the connection"},
		{"the client was handed malformed PUBACK [MQTT-2.2.2-1] offset=0 found=flags 0010, not 0000 (record 2), and goes on: its PUBACK shows that it has read record 3 (record 4)", "the client did not close the connection"},
		{"the client was handed PUBLISH before the CONNACK (record 1), and goes on: its PUBACK shows that it has read record 3", "the client did not close the connection"},
		{"the client sent no PINGREQ within 1s~1.5s of the step before", "the client sent no PINGREQ"},
		{"the client sent PUBLISH with dup=false, not true", "the client sent PUBLISH with dup=false, not true"},
		{"the client sent PUBLISH with packet_id=7, not 65535", "the client sent PUBLISH with packet_id=…, not …"},
		{`the client sent PUBLISH with payload="a, although \"b\" 2", not "c"`, "the client sent PUBLISH with payload=…, not …"},
		{`the client sent SUBSCRIBE with filters="a":0,"b":1, not "a":0`, "the client sent SUBSCRIBE with filters=…, not …"},
		{"the client sent CONNECT instead of PUBLISH", "the client sent CONNECT instead of PUBLISH"},
		{`publish "late": reported success before its PUBACK`, "publish: reported success before its PUBACK"},
		{`connect "c": reported success, although the CONNACK refuses the connection`, "connect: reported success, although the CONNACK refuses the connection"},
		{"publish: reported success before its PUBACK", "publish: reported success before its PUBACK"},
		{`publish "m1" did not return, although its PUBACK came`, "publish did not return, although its PUBACK came"},
		{"subscribe: reported the return codes [0 1 2], not [0 128]", "subscribe: reported the return codes […], not […]"},
		{"malformed CONNECT [MQTT-3.1.2-14] offset=9 found=will QoS 3 (record 0, monitor sends/MQTT-3.1.2-14)", "malformed CONNECT: will QoS 3"},
		{"the client sent a malformed CONNECT [3.1.2-must-1] offset=9 found=client id with byte 0xff, not UTF-8", "the client sent a malformed CONNECT: client id with byte …, not UTF-8"},
		{"PUBLISH id=3, sent in record 2, is sent again with DUP 0", "PUBLISH id=…, sent in record …, is sent again with DUP 0"},
		{"PUBLISH id=3 has DUP 1 the first time it is sent (record 4, monitor first-sending)", "PUBLISH id=… has DUP 1 the first time it is sent"},
		{"the client sends nothing for 6.5s after record 2; the keep alive is 4s", "the client sends nothing for … after record …; the keep alive is …"},
		{"the client panicked: a\x1b[2J\nb", `the client panicked: a\x1b[…\nb`},
		{"", ""},
	} {
		if got := reason(tt.message); got != tt.want {
			t.Errorf("%q\n got  %q\n want %q", tt.message, got, tt.want)
		}
	}
	longest := strings.Repeat("é", maxReason)
	if got := reason(longest); got != longest {
		t.Errorf("the longest reason is cut: %q", got)
	}
	if got, want := reason(longest+"é"), strings.Repeat("é", maxReason-1)+"…"; got != want {
		t.Errorf("a reason that is too long:\n got  %q\n want %q", got, want)
	}
}

// What a monitor has proven stands for what a step saw.
func TestKind(t *testing.T) {
	f := &Failure{Message: "the client sent no PUBACK within 10s", Covers: []string{"MQTT-4.3.2-2"}}
	if k := f.Kind(); !slices.Equal(k.Rules, f.Covers) || k.Reason != "the client sent no PUBACK" {
		t.Errorf("with nothing proven: %+v", k)
	}
	f.Proven = []monitor.Finding{{ID: "MQTT-2.3.1-6", Message: "PUBACK id=65, and no PUBLISH with that id was handed over"}, {ID: "MQTT-4.3.2-2"}}
	if k := f.Kind(); !slices.Equal(k.Rules, []string{"MQTT-2.3.1-6"}) || k.Reason != "PUBACK id=…, and no PUBLISH with that id was handed over" {
		t.Errorf("with something proven: %+v", k)
	}
}
