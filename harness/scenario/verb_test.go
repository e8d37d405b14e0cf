package scenario

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

// The verbs, so that none goes or comes unseen.
const verbs = `
client connect, client publish, client subscribe, client unsubscribe, client ping, client hold, client flush, client disconnect, client abort, client dies,
client done, client fails, client ends, client pending, client on_message,
expect CONNECT, expect PUBLISH, expect PUBACK, expect PUBREC, expect PUBREL, expect PUBCOMP, expect SUBSCRIBE,
expect UNSUBSCRIBE, expect PINGREQ, expect DISCONNECT, expect close, expect silence,
deliver CONNACK, deliver PUBLISH, deliver PUBACK, deliver PUBREC, deliver PUBREL, deliver PUBCOMP, deliver SUBACK,
deliver UNSUBACK, deliver PINGRESP, receive,
send CONNACK, send PUBLISH, send PUBACK, send PUBREC, send PUBREL, send PUBCOMP, send SUBACK, send UNSUBACK,
send PINGRESP, send raw, send close,
witness connect, witness subscribe, witness publish, witness expect, witness disconnect,
fault drop, fault delay, fault hold, fault duplicate, fault swap, fault corrupt, fault truncate, fault replace,
fault set, fault inject, fault split, fault merge, fault cut, fault stall, fault refuse, fault accept_close,
fault latency, fault jitter, fault bandwidth, fault release, fault heal, fault clock, fault flap, fault down, fault up, fault tls,
fault websocket,
measure start, measure growth, wait, repeat`

func TestTableKeys(t *testing.T) {
	want := strings.Split(strings.TrimSpace(strings.ReplaceAll(verbs, ",\n", ", ")), ", ")
	var got []string
	for _, v := range Table() {
		got = append(got, v.Key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("verbs (-want +got):\n%s", diff)
	}
}

func TestTableIsSound(t *testing.T) {
	features := map[Feature]bool{"": true}
	for _, f := range spec.Features() {
		features[f.Name] = true
	}
	var check func(where string, fields []Field)
	check = func(where string, fields []Field) {
		seen := map[string]bool{}
		for _, f := range fields {
			name := where + ": " + f.Name
			switch {
			case f.Name == "" || f.Doc == "" || f.Kind == 0:
				t.Errorf("%s: without name, kind or doc: %+v", name, f)
			case seen[f.Name]:
				t.Errorf("%s is given twice", name)
			case f.Required && f.Default != nil:
				t.Errorf("%s is required and has a default", name)
			case (f.Kind == KindEnum || f.Kind == KindType) == (len(f.Enum) == 0) && f.Kind != KindTexts:
				t.Errorf("%s: kind %d with words %v", name, f.Kind, f.Enum)
			case (f.Kind == KindInt || f.Kind == KindInts) && f.Max <= f.Min:
				t.Errorf("%s: no number from %d to %d", name, f.Min, f.Max)
			case !features[f.Needs]:
				t.Errorf("%s: unknown feature %s", name, f.Needs)
			}
			seen[f.Name] = true
			check(name, f.Fields)
		}
	}
	check("header", Header())
	check("modifiers", Modifiers())
	for _, v := range Table() {
		check(v.Key, v.Fields)
		if _, ok := v.Field(v.Scalar); v.Doc == "" || (v.Scalar != "" && !ok) {
			t.Errorf("%s: no doc, or no field %q", v.Key, v.Scalar)
		}
		for _, f := range v.Needs {
			if !features[f] {
				t.Errorf("%s: unknown feature %s", v.Key, f)
			}
		}
		if found, ok := Find(v.Key); !ok || found.Key != v.Key {
			t.Errorf("Find(%q) = %q, %v", v.Key, found.Key, ok)
		}
	}
	if _, ok := Find("client"); ok {
		t.Error("half of a key finds a verb")
	}
}

// The packets' fields are those of package wire, each with its bounds, and say where a packet may lack them.
func TestTableHasTheFieldsOfPackets(t *testing.T) {
	for _, v := range Table() {
		if v.Packet == 0 {
			continue
		}
		for _, spec := range wire.Fields(v.Packet) {
			f, ok := v.Field(spec.Name)
			if !ok || f.Null != spec.Optional || f.Kind == KindInt && f.Max != spec.Max {
				t.Errorf("%s: %s is %+v, in package wire %+v", v.Key, spec.Name, f, spec)
			}
			if _, hex := v.Field(spec.Name + "_hex"); hex != (spec.Kind == wire.Bytes || spec.Kind == wire.Text) {
				t.Errorf("%s: %s in hex: %v", v.Key, spec.Name, hex)
			}
		}
	}
}

// A caller cannot change the table.
func TestTableIsACopy(t *testing.T) {
	Table()[0].Key = "changed"
	if Table()[0].Key != "client connect" {
		t.Error("the table has changed")
	}
}

func TestWaits(t *testing.T) {
	for _, v := range Table() {
		word, object, _ := strings.Cut(v.Key, " ")
		want := word == "expect" && object != "silence" || word == "deliver" || word == "receive" ||
			v.Key == "witness expect" || v.Key == "client done" || v.Key == "client fails" || v.Key == "client ends" || v.Key == "fault flap" || v.Key == "measure growth"
		if v.Waits != want {
			t.Errorf("%s waits: %v", v.Key, v.Waits)
		}
	}
}

// What a call must fail at, a subject need not be able to do.
func TestFailingCallNeedsNoFeature(t *testing.T) {
	file := "title: x\nlevel: may\npeer: script\nsteps:\n" +
		"  - client publish: {topic: t, qos: 2, as: p}\n  - client fails: {call: p, error: unsupported}\n"
	if _, err := Parse("x.yaml", []byte(file)); err != nil {
		t.Error(err)
	}
}

// A step that cannot be read brings no mistakes of others with it.
func TestUnreadableStepIsOneMistake(t *testing.T) {
	for _, script := range []string{
		"  - client publsh: {topic: t, as: p}\n  - client done: p\n",
		"  - expect PUBLSH: {packet_id: $id}\n  - send PUBACK: {packet_id: $id}\n",
		"  - fault hodl: {packet: PUBACK, name: h}\n  - fault release: h\n",
		"  - fault stal: both\n  - fault heal:\n",
		"  - fault dwon:\n  - fault up:\n",
	} {
		_, err := Parse("x.yaml", []byte("title: x\nlevel: may\npeer: script\nsteps:\n"+script))
		if err == nil || strings.Count(err.Error(), "\n") != 0 || !strings.HasPrefix(err.Error(), "x.yaml:5:5: no verb ") {
			t.Errorf("%s: %v", script, err)
		}
	}
	_, err := Parse("x.yaml", []byte("title: x\nlevel: may\npeer: script\nneeds: [pings]\nsteps:\n  - client ping:\n"))
	if err == nil || strings.Count(err.Error(), "\n") != 0 {
		t.Errorf("a misspelt feature is more than one mistake: %v", err)
	}
}
