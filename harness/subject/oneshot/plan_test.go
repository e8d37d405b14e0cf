package oneshot

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// scene is a scenario of these steps.
func scene(t *testing.T, header, steps string) *scenario.Scenario {
	t.Helper()
	if !strings.Contains(header, "needs:") {
		header += "needs: []\n"
	}
	header = strings.Replace(header, "needs: [", "needs: [qos1, persistent-session, explicit-ping, nested-publish, ", 1)
	text := "title: it does\nlevel: may\npeer: script\n" + header + "steps:\n"
	for line := range strings.SplitSeq(strings.TrimSpace(steps), "\n") {
		text += "  - " + strings.TrimSpace(line) + "\n"
	}
	sc, err := scenario.Parse("a/b.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return sc
}

const (
	opens  = "client connect:\nexpect CONNECT:\nsend CONNACK: {session_present: false, code: 0}\n"
	sends  = "client publish: {topic: t, payload: hi, qos: 1, as: m}\nexpect PUBLISH: {packet_id: $p}\nsend PUBACK: {packet_id: $p}\nclient done: m\n"
	reads  = "client subscribe: {filter: t/1}\nexpect SUBSCRIBE: {packet_id: $s}\nsend SUBACK: {packet_id: $s, codes: [0]}\n"
	pubAll = "pub {port} {topic} {payload} {qos} [retain: -r]"
	subAll = "sub {port} {filter} {qos}"
)

// A program plays what it can, and the reason why it does not play something says what it lacks.
func TestFits(t *testing.T) {
	for _, test := range []struct {
		name, call, output, header, steps, want string
	}{
		{"a publish", pubAll, "", "", opens + sends + "expect DISCONNECT:\nexpect close:", ""},
		{"a publish, told to disconnect", pubAll, "", "", opens + sends + "client disconnect:", ""},
		{"a refusal", pubAll, "", "", "client connect: {as: c}\nexpect CONNECT:\nsend CONNACK: {session_present: false, code: 5}\nclient ends: c\nexpect close:", ""},
		{"a subscribe", subAll, "", "", opens + reads + "send PUBLISH: {topic: t/1, payload: hi}\nreceive: {topic: t/1}\nexpect silence: 1s", ""},
		{"no connect", pubAll, "", "", "wait: 1s", "the scenario does not connect"},
		{"a second connect", pubAll, "", "", opens + sends + opens, "client connect comes twice"},
		{"a second publish", pubAll, "", "", opens + sends + "client publish: {topic: u}", "client publish comes twice"},
		{"another call", pubAll, "", "", opens + "client ping:", "no call for client ping"},
		{"the other's call", subAll, "", "", opens + sends, "no call for client publish"},
		{"a callback's program", subAll, "", "", "client on_message: {do: publish, topic: x}\n" + opens + reads, "no call for client on_message"},
		{"an accepted connection alone", pubAll, "", "", opens + "expect silence: 1s", "go on with a publish"},
		{"waiting before it", pubAll, "", "", opens + "wait: 1s\n" + sends, "step 4, wait"},
		{"staying behind it", pubAll, "", "", opens + sends + "expect silence: 1s", "gone by step 8, expect silence"},
		{"another packet behind it", pubAll, "", "", opens + sends + "send PINGRESP:", "gone by step 8, send PINGRESP"},
		{"no QoS", "pub {port} {topic} {payload}", "", "", opens + sends, "no word for a QoS"},
		{"no retain", "pub {port} {topic} {payload} {qos}", "", "", opens + strings.Replace(sends, "qos: 1", "qos: 1, retain: true", 1), "no word for a retained message"},
		{"no payload", "pub {port} {topic} {qos}", "", "", opens + sends, "no word for a payload"},
		{"no session", pubAll, "", "client: {clean_session: false}\n", opens + sends, "no word for clean session off"},
		{"no user name", pubAll, "", "needs: [credentials]\nclient: {username: me}\n", opens + sends, "no word for a user name"},
		{"no will", pubAll, "", "needs: [will]\nclient: {will: {topic: t}}\n", opens + sends, "no word for a will"},
		{"U+0000", pubAll, "", "", opens + strings.Replace(sends, "payload: hi", "payload_hex: 00", 1), "cannot hold U+0000"},
		{"a large payload", pubAll, "", "", opens + strings.Replace(sends, "payload: hi", "payload_size: 200000", 1), "cannot have 200000 bytes"},
		{"two filters", subAll, "", "", opens + "client subscribe: {filters: [{filter: a}, {filter: b}]}\nexpect SUBSCRIBE:", "one filter, not to 2"},
		{"a wildcard and no topic", subAll, "{payload}", "", opens + strings.ReplaceAll(reads, "t/1", "t/+"), "does not tell the topic"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, _, err := parse(t, test.call, test.output).For(scene(t, test.header, test.steps))
			if test.want == "" && (err != nil || f.New == nil) || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("For: %v, want %q", err, test.want)
			}
		})
	}
}

// The call stands behind the connect, and the scenario itself stays as it is.
func TestPlayedOrder(t *testing.T) {
	sc := scene(t, "", opens+sends)
	before := keys(sc)
	pl, played, err := parse(t, pubAll, "").plan(sc)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"client connect", "client publish", "expect CONNECT", "send CONNACK", "expect PUBLISH", "send PUBACK", "client done"}
	if diff := cmp.Diff(want, keys(played)); diff != "" {
		t.Errorf("the steps (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, keys(sc)); diff != "" {
		t.Errorf("the scenario has changed (-before +after):\n%s", diff)
	}
	if len(sc.Allow) != 0 || len(played.Allow) != 1 || played.Allow[0] != wire.DISCONNECT {
		t.Errorf("allowed: %v and %v", sc.Allow, played.Allow)
	}
	if want := (subject.Message{Topic: "t", Payload: "hi", QoS: 1}); pl.message != want {
		t.Errorf("the message: %+v", pl.message)
	}
}

func keys(sc *scenario.Scenario) (list []string) {
	for _, st := range sc.Steps {
		list = append(list, st.Key)
	}
	return list
}

// Where a scenario calls nothing but connect, a program goes on by itself, and then leaves.
func TestBegins(t *testing.T) {
	refused := strings.Replace(opens, "code: 0", "code: 5", 1)
	for _, test := range []struct {
		tmpl *Template
		want wire.Type
	}{{parse(t, pubAll, ""), wire.PUBLISH}, {parse(t, subAll, "{payload}"), wire.SUBSCRIBE}} {
		_, played, err := test.tmpl.plan(scene(t, "", refused))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]wire.Type{test.want, wire.DISCONNECT}, played.Allow); diff != "" {
			t.Errorf("allowed (-want +got):\n%s", diff)
		}
	}
}
