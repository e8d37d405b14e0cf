package report

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/spec"
)

// text writes a whole report.
func text(o Options, all []*judge.Result, interrupted bool) string {
	var b bytes.Buffer
	r := NewText(&b, o)
	for _, res := range all {
		r.Add(res)
	}
	r.End(interrupted)
	return b.String()
}

func TestText(t *testing.T) {
	rule, _ := spec.Lookup("MQTT-4.4.0-1")
	want := strings.ReplaceAll(`qos1
  pass          simple   passes  1.002s
  fail          simple   fails  1.002s
    it sends again (level must)
    why: what is in flight is sent again (4.4)
    scenarios/qos1/fails.yaml:19:5: expect PUBLISH: dup differs
      want: PUBLISH dup=true
      got:  dup=false in PUBLISH topic="<&>"
      rule: MQTT-4.4.0-1 (section 4.4): RULE
      the last packets:
        record 4: conn 2 0.001 < CONNACK sp=1 code=0
      replay: again qos1/fails
  known-fail    simple   known  1.002s  scenarios/qos1/known.yaml:3:5: expect PUBLISH: it did not come
will
  warn          simple   warns  1.002s  scenarios/will/warns.yaml:4:5: expect PINGREQ: it came late (want 1s, got 2s)
  info          simple   informs  1.002s  it chose otherwise
  setup-error   simple   cannot  1.002s
    it sends again (level must)
    why: what is in flight is sent again (4.4)
    no port is free
      replay: again will/cannot
  inconclusive  simple   open  1.002s  scenarios/will/open.yaml:5:5: expect CONNECT: it never came
  unsupported   simple   unsuited  the client lacks the feature qos2

failed:
  1 case: dup differs
    rule: MQTT-4.4.0-1 (section 4.4): RULE
    fail          simple   qos1/fails
  1 case: no port is free
    setup-error   simple   will/cannot

1 pass, 1 warn, 1 info, 1 known-fail, 1 fail, 1 setup-error, 1 inconclusive, 1 unsupported
4 passed, 2 failed, 2 skipped
`, "RULE", rule.Text)
	if diff := cmp.Diff(want, text(Options{Replay: replay}, results(), false)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTextGroups holds that what failed in the same way stands together at the end.
func TestTextGroups(t *testing.T) {
	rule, _ := spec.Lookup("MQTT-4.8.0-1")
	fails := func(name, message string, rules ...string) *judge.Result {
		return &judge.Result{Scenario: named(name), Subject: "paho", Verdict: judge.Fail, Failure: &judge.Failure{Message: message, Covers: rules}}
	}
	got := text(Options{}, []*judge.Result{
		fails("malformed/a", "the client did not close the connection within 10s", "MQTT-3.3.1-4", "MQTT-4.8.0-1"),
		fails("qos1/b", "the client sent no PUBACK within 10s"),
		fails("malformed/c", "the client did not close the connection within 2s, although it was handed a malformed packet (record 3)", "MQTT-4.8.0-1"),
	}, false)
	want := strings.ReplaceAll(`
failed:
  2 cases: the client did not close the connection
    rule: MQTT-4.8.0-1 (section 4.8): RULE
    fail          paho     malformed/a
    fail          paho     malformed/c
  1 case: the client sent no PUBACK
    fail          paho     qos1/b

`, "RULE", rule.Text)
	if !strings.Contains(got, want) {
		t.Errorf("want\n%s\nin\n%s", want, got)
	}
}

// TestTextStatements holds that a failure which a monitor found shows what was broken, not what the
// scenario covers.
func TestTextStatements(t *testing.T) {
	res := &judge.Result{Scenario: named("qos1/fails"), Subject: "simple", Verdict: judge.Fail,
		Failure: &judge.Failure{Message: "a monitor objects", Covers: []string{"MQTT-2.3.1-1"}}}
	broken, _ := spec.Lookup("MQTT-2.3.1-1")
	covered, _ := spec.Lookup("MQTT-4.4.0-1")
	got := text(Options{}, []*judge.Result{res}, false)
	if !strings.Contains(got, "\n      rule: MQTT-2.3.1-1 (section 2.3.1): "+broken.Text+"\n") || strings.Contains(got, covered.Text) {
		t.Errorf("got\n%s", got)
	}
}

// TestTextAPI holds that a verdict on the API stands behind the scenario where it is not a pass, with a report
// below where it fails, and has totals of its own.
func TestTextAPI(t *testing.T) {
	rule, _ := spec.Lookup("api-outcome-1")
	want := strings.ReplaceAll(`api
  api-fail      paho     counts  0.000s
    it sends again (level must)
    why: what is in flight is sent again (4.4)
    api: scenarios/api/counts.yaml:9:5: client done: publish "late": reported success before its PUBACK
      want: PUBACK before it
      got:  no such packet
      rule: api-outcome-1 (a promise, since the standard rules no API): RULE
      replay: again api/counts
  pass          paho     free  0.000s  api: fail
    api: scenarios/api/free.yaml:9:5: client done: publish "late": reported success before its PUBACK
      want: PUBACK before it
      got:  no such packet
      rule: api-outcome-1 (a promise, since the standard rules no API): RULE
      replay: again api/free
  pass          paho     excused  0.000s  api: info  scenarios/api/excused.yaml:9:5: client done: publish "late": reported success before its PUBACK (want PUBACK before it, got no such packet) [api-outcome-1]

failed:
  1 case: publish: reported success before its PUBACK
    rule: api-outcome-1 (a promise, since the standard rules no API): RULE
    api-fail      paho     api/counts

2 pass, 1 api-fail
api: 1 info, 2 fail
2 passed, 1 failed, 0 skipped
`, "RULE", rule.Text)
	if diff := cmp.Diff(want, text(Options{Replay: replay}, apiResults(), false)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTextPrintable holds that no control character of a file, a panic or a payload reaches the terminal.
func TestTextPrintable(t *testing.T) {
	res := &judge.Result{Scenario: named("qos1/fails"), Subject: "simple", Verdict: judge.Fail, Failure: &judge.Failure{
		Message: "the client panicked: \x1b[2J\nfoo", Want: "\x1b", Got: "\x07\n", Findings: []string{"\x1b"}, Unlisted: []string{"\x1b"}, Stacks: "main.go\x1b\n",
	}}
	res.Scenario.Title, res.Scenario.Why = "\x1b\n", "\x1b\n"
	warn := *res
	warn.Verdict = judge.Warn
	got := text(Options{}, []*judge.Result{res, &warn}, false)
	if strings.ContainsAny(got, "\x1b\x07") || !strings.Contains(got, `panicked: \x1b[2J\nfoo`) || strings.Contains(got, "\nfoo") {
		t.Errorf("got\n%q", got)
	}
}

// TestTextCapture holds that a failure which has a capture says where it is, or how to keep it.
func TestTextCapture(t *testing.T) {
	fails := results()[1]
	const file, keep = "      capture: got/qos1/fails.wire\n", "      capture: keep it\n"
	for _, tt := range []struct {
		name    string
		opts    Options
		capture *capture.Capture
		want    string
	}{
		{"kept", Options{Capture: kept, Keep: "keep it"}, &capture.Capture{}, file},
		{"not kept", Options{Keep: "keep it"}, &capture.Capture{}, keep},
		{"not to be kept", Options{}, &capture.Capture{}, ""},
		{"none", Options{Keep: "keep it"}, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := *fails
			res.Capture = tt.capture
			got := text(tt.opts, []*judge.Result{&res}, false)
			if !strings.Contains(got, tt.want) || strings.Contains(got, "capture:") != (tt.want != "") {
				t.Errorf("want %q in\n%s", tt.want, got)
			}
		})
	}
}

func TestTextEnds(t *testing.T) {
	pass := results()[:1]
	for _, tt := range []struct {
		name        string
		all         []*judge.Result
		interrupted bool
		want        string
	}{
		{"nothing", nil, false, "nothing was played\n0 passed, 0 failed, 0 skipped\n"},
		{"one", pass, false, "qos1\n  pass          simple   passes  1.002s\n\n1 pass\n1 passed, 0 failed, 0 skipped\n"},
		{"interrupted", pass, true,
			"qos1\n  pass          simple   passes  1.002s\n\ninterrupted: this is not the whole run\n1 pass\n1 passed, 0 failed, 0 skipped\n"},
		{"a name without directory", []*judge.Result{{Scenario: named("lone"), Subject: "robust", Verdict: judge.Pass}}, false,
			".\n  pass          robust   lone  0.000s\n\n1 pass\n1 passed, 0 failed, 0 skipped\n"},
		{"an unknown verdict", []*judge.Result{{Scenario: named("a/b"), Subject: "robust", Verdict: "odd"}}, false,
			"a\n  odd           robust   b  0.000s\n    it sends again (level must)\n    why: what is in flight is sent again (4.4)\n\nfailed:\n  1 case: nothing is known of it\n    odd           robust   a/b\n\n1 odd\n0 passed, 1 failed, 0 skipped\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, text(Options{}, tt.all, tt.interrupted)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestTextAtOnce holds that each result is seen before the next one is known.
func TestTextAtOnce(t *testing.T) {
	var b bytes.Buffer
	r := NewText(&b, Options{})
	for _, res := range results() {
		before := b.Len()
		if r.Add(res); b.Len() == before {
			t.Errorf("%s is not written yet", res.Scenario.Name)
		}
	}
}

func TestTextColor(t *testing.T) {
	plain, colored := text(Options{}, results(), false), text(Options{Color: true}, results(), false)
	if strings.Contains(plain, "\x1b") {
		t.Error("colours without Color")
	}
	if n := strings.Count(colored, "\x1b[0m"); n != len(results()) {
		t.Errorf("%d coloured verdicts, want %d", n, len(results()))
	}
	for _, row := range verdicts {
		colored = strings.ReplaceAll(colored, "\x1b["+row.color+"m", "")
	}
	if diff := cmp.Diff(plain, strings.ReplaceAll(colored, "\x1b[0m", "")); diff != "" {
		t.Errorf("without the colours it is not the same (-want +got):\n%s", diff)
	}
}

// broken is a writer that fails.
type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestWriteErrors(t *testing.T) {
	want := errors.New("the disk is full")
	for name, r := range map[string]Report{
		"text": NewText(broken{want}, Options{}), "json": NewJSON(broken{want}, Options{}), "html": NewHTML(broken{want}, Options{}),
		"joined": Join(NewText(io.Discard, Options{}), NewJSON(broken{want}, Options{})),
	} {
		r.Add(results()[0])
		if err := r.End(false); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}
