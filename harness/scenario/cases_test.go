package scenario

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

// A file with a table is one scenario for each case, in the order of the file.
func TestCases(t *testing.T) {
	const file = "malformed/bad-flags.yaml"
	got, err := ParseAll(file, []byte(`title: Reserved flags close the connection
covers: [MQTT-2.2.2-2]
level: must
note: of the table
peer: script
client: {client_id: $id}
cases:
  pingresp: {with: {id: c1, bytes: d1 00, type: PINGRESP, most: 1s}}
  puback:
    title: A PUBACK does
    covers: [MQTT-2.2.2-1]
    note: of the case
    with: {id: c2, bytes: 41 02 00 01, type: PUBACK, most: 2s}
steps:
  - fault drop: {packet: $type}
  - send raw: $bytes
  - expect close:
    within: $most
why: The flags of a fixed header that are reserved have set values (2.2.2).
`))
	if err != nil {
		t.Fatal(err)
	}
	pos := func(line, col int) Pos { return Pos{File: file, Line: line, Col: col} }
	steps := func(packet wire.Type, hex []byte, most time.Duration) []Step {
		return []Step{
			{Pos: pos(15, 5), Key: "fault drop", Args: Args{"packet": packet, "dir": "both"}},
			{Pos: pos(16, 5), Key: "send raw", Args: Args{"hex": hex}},
			{Pos: pos(17, 5), Key: "expect close", Args: Args{"how": "any"}, Within: most},
		}
	}
	want := []*Scenario{
		{
			Name: "malformed/bad-flags/pingresp", File: file, Case: pos(8, 3),
			Title: "Reserved flags close the connection", Covers: []string{"MQTT-2.2.2-2"}, Note: "of the table",
			Why:   "The flags of a fixed header that are reserved have set values (2.2.2).",
			Level: Must, Peer: Script, World: Both, Client: Connect{ClientID: "c1", CleanSession: true},
			Steps: steps(wire.PINGRESP, []byte{0xd1, 0}, time.Second),
		},
		{
			Name: "malformed/bad-flags/puback", File: file, Case: pos(9, 3),
			Title: "A PUBACK does", Covers: []string{"MQTT-2.2.2-1"}, Note: "of the case",
			Why:   "The flags of a fixed header that are reserved have set values (2.2.2).",
			Level: Must, Peer: Script, World: Both, Client: Connect{ClientID: "c2", CleanSession: true},
			Steps: steps(wire.PUBACK, []byte{0x41, 2, 0, 1}, 2*time.Second),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scenarios (-want +got):\n%s", diff)
	}
}

// A variable of the table may stand wherever a value may, in lists and mappings too, and is then as good
// as the value itself.
func TestCasesFillEveryPlace(t *testing.T) {
	b, err := os.ReadFile("testdata/good/cases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all, err := ParseAll("x.yaml", b)
	if err != nil {
		t.Fatal(err)
	}
	text := "$x"
	wantClient := Connect{ClientID: text, CleanSession: true, Username: &text, Will: &Will{Topic: text, QoS: 2}, MaxDepth: 2}
	if diff := cmp.Diff(wantClient, all[1].Client); diff != "" {
		t.Errorf("client (-want +got):\n%s", diff)
	}
	subs := []wire.Subscription{{Filter: "$SYS/#"}}
	want := []Step{
		{Key: "client connect", Args: Args{"username": text, "clean_session": true, "as": "up"}},
		{Key: "expect CONNECT", Args: Args{"client_id": text, "keep_alive": time.Duration(0), "password": "text"},
			Given: true, Within: 5 * time.Second, HasAfter: true, After: Range{Min: 3 * time.Second}, Covers: []string{"MQTT-4.8.0-1", "MQTT-2.2.2-1"}},
		{Key: "expect PUBLISH", Args: Args{"packet_id": Var("seen"), "qos": 1}},
		{Key: "send CONNACK", Args: Args{"code": 0x80, "session_present": true}},
		{Key: "client subscribe", Args: Args{"filters": subs, "as": "fin"}},
		{Key: "client done", Args: Args{"call": "up"}},
		{Key: "client pending", Args: Args{"call": "fin"}},
		{Key: "expect SUBSCRIBE", Args: Args{"filters": subs, "packet_id": Var("s")}},
		{Key: "send SUBACK", Args: Args{"packet_id": Var("s"), "codes": []int{0x80, 0}}},
		{Key: "client publish", Args: Args{"topic": text, "qos": 1, "payload": "\x10", "retain": false}},
		{Key: "fault drop", Args: Args{"packet": wire.PUBREL, "probability": 1.0, "dir": "both"}},
		{Key: "fault set", Args: Args{"packet": wire.PUBREL, "dir": "both", "set": map[string]any{"packet_id": Var("seen")}}},
		{Key: "fault split", Args: Args{"packet": wire.PUBREL, "dir": "both", "sizes": []int{2, 2}}},
		{Key: "send raw", Args: Args{"hex": []byte{0x10}}},
		{Key: "send raw", Args: Args{"hex": []byte{0x10}}},
		{Key: "expect close", Args: Args{"how": "fin"}},
		{Key: "fault cut", Args: Args{"how": "fin", "dir": "both"}},
	}
	for i := range all[1].Steps {
		all[1].Steps[i].Pos = Pos{}
	}
	if diff := cmp.Diff(want, all[1].Steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if got, ok := all[0].Steps[1].Args["password"]; !ok || got != nil {
		t.Errorf("null comes out as %v, there: %v", got, ok)
	}
	if diff := cmp.Diff([]Feature{spec.QoS1, spec.WithWill, spec.Credentials, spec.OwnLimits, spec.PersistentSession}, all[1].Needs); diff != "" {
		t.Errorf("needs (-want +got):\n%s", diff)
	}
}

// Parse is for one scenario, and says so of a table, even of one with a single case.
func TestParseRefusesTables(t *testing.T) {
	_, err := Parse("a/x.yaml", []byte(header+"cases: {one: {with: {n: 1s}}}\nsteps: [{wait: $n}]\n"))
	var e *Error
	if want := "a/x.yaml:4:9: the file is a table of cases, which are scenarios of their own; here one scenario is wanted"; !errors.As(err, &e) || e.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	all, err := ParseAll("a/x.yaml", []byte(header+"steps: [{wait: 1s}]\n"))
	if err != nil || len(all) != 1 || all[0].Name != "a/x" || all[0].Case != (Pos{}) {
		t.Errorf("a file without cases: %+v, %v", all, err)
	}
}
