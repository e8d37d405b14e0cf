package oneshot

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/transport"
)

func parse(t *testing.T, call, output string) *Template {
	t.Helper()
	tmpl, err := Parse(call, output)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

func TestArguments(t *testing.T) {
	const call = `pub -p {port} --url=mqtt://{host}:{port}/ -t {topic} -m '{payload}' -q {qos} [retain: -r] [username: -u {username} [password: no]`
	if _, err := Parse(call, ""); err == nil || !strings.Contains(err.Error(), `the option "password" stands inside of "username"`) {
		t.Errorf("Parse: %v", err)
	}
	tmpl := parse(t, `pub -p {port} --url=mqtt://{host}:{port}/ -t {topic} -m '{payload}' -f "a {{b}} 'c'" '' [retain: -r --keep] [username: -u {username}] [clean: -x] [persistent: -c]`, "")
	name := "me"
	for _, test := range []struct {
		reason  string
		message subject.Message
		options subject.Options
		want    []string
	}{
		{"what is not asked for is left out", subject.Message{Topic: "a b", Payload: `"'{host}`}, subject.Options{CleanSession: true},
			[]string{"pub", "-p", "1883", "--url=mqtt://h:1883/", "-t", "a b", "-m", `"'{host}`, "-f", "a {b} 'c'", "", "-x"}},
		{"all is asked for", subject.Message{Topic: "t", Retain: true}, subject.Options{Username: &name},
			[]string{"pub", "-p", "1883", "--url=mqtt://h:1883/", "-t", "t", "-m", "", "-f", "a {b} 'c'", "", "-r", "--keep", "-u", "me", "-c"}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			r := &run{t: tmpl, plan: &plan{message: test.message}, host: "h", port: "1883"}
			got, err := tmpl.arguments(r.value(test.options), asked(r, test.options))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("arguments (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	for _, test := range []struct{ call, output, want string }{
		{"", "", "it begins with the program's name"},
		{"[retain: pub] {port} {topic}", "", "it begins with the program's name"},
		{"pub {topic}", "", "{port} is missing"},
		{"pub {port}", "", "either {topic}"},
		{"pub {port} {topic} {filter}", "", "either {topic}"},
		{"pub {port} {topik}", "", "there is no word {topik}"},
		{"pub {port} {topic", "", "{topic has no end"},
		{"pub {port} {topic} [retain: -r", "", "[retain: has no end"},
		{"pub {port} {topic} --cafile {ca_file}", "", "{ca_file} stands outside of [tls: …]"},
		{"pub {port} {topic} [dup: -d]", "", `there is no option "dup"`},
		{"pub {port} {topic} 'x", "", "the quote ' has no end"},
		{"pub {port} {topic}", "{payload}", "prints nothing"},
		{"sub {port} {filter}", "{topic}", "either {payload} or {payload_hex}"},
		{"sub {port} {filter}", "{payload} {payload_hex}", "either {payload} or {payload_hex}"},
		{"sub {port} {filter}", "{payload} {payload}", "stands there twice"},
		{"sub {port} {filter}", "{id} {payload}", "there is no word {id}"},
	} {
		if _, err := Parse(test.call, test.output); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Parse(%q, %q): %v, want %q", test.call, test.output, err, test.want)
		}
	}
}

func TestFeatures(t *testing.T) {
	pub := parse(t, "pub {port} {topic} {payload}", "")
	if got := pub.Features(); !slices.Contains(got, spec.ReportsOutcome) || slices.Contains(got, spec.QoS1) || slices.Contains(got, spec.KeepAlive) {
		t.Errorf("a program that publishes: %v", got)
	}
	sub := parse(t, "/bin/sub {port} {filter} {qos} -k {keep_alive} {client_id} [persistent: -c]", "")
	for _, f := range []spec.Feature{spec.QoS1, spec.QoS2, spec.KeepAlive, spec.SetsKeepAlive, spec.SetsClientID, spec.PersistentSession} {
		if !slices.Contains(sub.Features(), f) {
			t.Errorf("a program that subscribes lacks %s", f)
		}
	}
	if slices.Contains(sub.Features(), spec.ReportsOutcome) || sub.Name() != "sub" {
		t.Errorf("%s: %v", sub.Name(), sub.Features())
	}
}

func TestOutput(t *testing.T) {
	for _, test := range []struct {
		output, line string
		want         subject.Message
		ok           bool
	}{
		{"{topic} {payload}", "a/b c d", subject.Message{Topic: "a/b", Payload: "c d", Untold: subject.Fields{QoS: true, Retain: true, Dup: true}}, true},
		{"{topic} {payload}", "a/b ", subject.Message{Topic: "a/b", Untold: subject.Fields{QoS: true, Retain: true, Dup: true}}, true},
		{"{topic} {payload}", "warning", subject.Message{}, false},
		{"{payload}", "hi", subject.Message{Topic: "filter", Payload: "hi", Untold: subject.Fields{QoS: true, Retain: true, Dup: true}}, true},
		{"{topic}|{qos}|{retain}|{payload_hex}", "a b|1|1|00Ff", subject.Message{Topic: "a b", Payload: "\x00\xff", QoS: 1, Retain: true, Untold: subject.Fields{Dup: true}}, true},
		{"{topic}|{qos}|{retain}|{payload_hex}", "a|2|0|", subject.Message{Topic: "a", QoS: 2, Untold: subject.Fields{Dup: true}}, true},
		{"{topic}|{payload_hex}", "a|0", subject.Message{}, false},
		{"{topic}|{qos}|{payload}", "a|3|x", subject.Message{}, false},
	} {
		o, err := parseOutput(test.output)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := o.message(test.line, "filter")
		if ok != test.ok || ok && got != test.want {
			t.Errorf("%q of %q: %+v, %t, want %+v, %t", test.line, test.output, got, ok, test.want, test.ok)
		}
	}
}

// What lies below MQTT is asked for with the words of the transport.
func TestTransports(t *testing.T) {
	tmpl := parse(t, "pub -p {port} -t {topic} [tls: --cafile {ca_file}] [websocket: --path {path}]", "")
	for _, f := range []spec.Feature{spec.TLS, spec.WebSocket} {
		if !slices.Contains(tmpl.Features(), f) {
			t.Errorf("the template lacks the feature %s", f)
		}
	}
	for _, test := range []struct {
		target transport.Target
		want   []string
	}{
		{transport.Target{}, nil},
		{transport.Target{Kind: transport.TLS, CAFile: "ca.pem"}, []string{"--cafile", "ca.pem"}},
		{transport.Target{Kind: transport.WebSocket, Path: "/mqtt"}, []string{"--path", "/mqtt"}},
	} {
		r := &run{t: tmpl, plan: &plan{message: subject.Message{Topic: "t"}}, env: subject.Env{Target: test.target}, port: "1"}
		got, err := tmpl.arguments(r.value(subject.Options{}), asked(r, subject.Options{}))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append([]string{"pub", "-p", "1", "-t", "t"}, test.want...), got); diff != "" {
			t.Errorf("%s: arguments (-want +got):\n%s", test.target.Kind, diff)
		}
	}
}
