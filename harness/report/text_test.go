package report

import (
	"bytes"
	"errors"
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
    scenarios/qos1/fails.yaml:19:5: expect PUBLISH: dup differs
      statements: MQTT-4.4.0-1
      want: PUBLISH dup=true
      got:  dup=false in PUBLISH topic="<&>"
      the last packets:
        conn 2 0.001 < CONNACK sp=1 code=0
      MQTT-4.4.0-1: RULE
      replay: again qos1/fails
  known-fail    simple   known  1.002s  scenarios/qos1/known.yaml:3:5: expect PUBLISH: it did not come
will
  warn          simple   warns  1.002s  scenarios/will/warns.yaml:4:5: expect PINGREQ: it came late (want 1s, got 2s)
  info          simple   informs  1.002s  it chose otherwise
  setup-error   simple   cannot  1.002s
    no port is free
      replay: again will/cannot
  inconclusive  simple   open  1.002s  scenarios/will/open.yaml:5:5: expect CONNECT: it never came
  unsupported   simple   unsuited  the subject lacks the feature qos2

failed:
  fail          simple   qos1/fails
  setup-error   simple   will/cannot

1 pass, 1 warn, 1 info, 1 known-fail, 1 fail, 1 setup-error, 1 inconclusive, 1 unsupported
4 passed, 2 failed, 2 skipped
`, "RULE", rule.Text)
	if diff := cmp.Diff(want, text(Options{Replay: replay}, results(), false)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
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
	if !strings.Contains(got, "\n      MQTT-2.3.1-1: "+broken.Text+"\n") || strings.Contains(got, covered.Text) {
		t.Errorf("got\n%s", got)
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
			"a\n  odd           robust   b  0.000s\n      MQTT-4.4.0-1: RULE\n\nfailed:\n  odd           robust   a/b\n\n1 odd\n0 passed, 1 failed, 0 skipped\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rule, _ := spec.Lookup("MQTT-4.4.0-1")
			got := strings.ReplaceAll(text(Options{}, tt.all, tt.interrupted), rule.Text, "RULE")
			if diff := cmp.Diff(tt.want, got); diff != "" {
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
	for name, r := range map[string]Report{"text": NewText(broken{want}, Options{}), "json": NewJSON(broken{want}, Options{})} {
		r.Add(results()[0])
		if err := r.End(false); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}
