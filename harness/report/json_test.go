package report

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/judge"
)

func jsonText(t *testing.T, o Options, all []*judge.Result, interrupted bool) []byte {
	t.Helper()
	var b bytes.Buffer
	r := NewJSON(&b, o)
	for _, res := range all {
		r.Add(res)
	}
	if err := r.End(interrupted); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestJSON(t *testing.T) {
	all := results()
	got := string(jsonText(t, Options{World: "simulated", Seed: 18446744073709551615, Mutant: "deaf", Suite: "1.2.3", Replay: replay, Capture: kept}, []*judge.Result{all[0], all[1], all[7]}, true))
	want := `{
  "world": "simulated",
  "seed": 18446744073709551615,
  "mutant": "deaf",
  "suite": "1.2.3",
  "interrupted": true,
  "results": [
    {
      "scenario": "qos1/passes",
      "hash": "71b8cbec3849608a",
      "title": "it sends again",
      "subject": "simple",
      "world": "simulated",
      "seed": 7,
      "verdict": "pass",
      "level": "must",
      "profile": "",
      "why": "what is in flight is sent again (4.4)",
      "statements": [
        "MQTT-4.4.0-1"
      ],
      "missing": "",
      "violated": [],
      "message": "",
      "reason": "",
      "position": "",
      "step": "",
      "want": "",
      "got": "",
      "findings": [],
      "proven": [],
      "last": [],
      "records": [],
      "stacks": "",
      "printed": "",
      "api": "",
      "api_failures": [],
      "capture": "",
      "replay": "",
      "elapsed_ms": 1001.5,
      "trace": "9f86d0"
    },
    {
      "scenario": "qos1/fails",
      "hash": "71b8cbec3849608a",
      "title": "it sends again",
      "subject": "simple",
      "world": "simulated",
      "seed": 7,
      "verdict": "fail",
      "level": "must",
      "profile": "",
      "why": "what is in flight is sent again (4.4)",
      "statements": [
        "MQTT-4.4.0-1"
      ],
      "missing": "",
      "violated": [
        "MQTT-4.4.0-1"
      ],
      "message": "dup differs",
      "reason": "dup differs",
      "position": "scenarios/qos1/fails.yaml:19:5",
      "step": "expect PUBLISH",
      "want": "PUBLISH dup=true",
      "got": "dup=false in PUBLISH topic=\"<&>\"",
      "findings": [],
      "proven": [],
      "last": [
        "0.001 < CONNACK sp=1 code=0"
      ],
      "records": [
        4
      ],
      "stacks": "",
      "printed": "",
      "api": "",
      "api_failures": [],
      "capture": "got/qos1/fails.wire",
      "replay": "again qos1/fails",
      "elapsed_ms": 1001.5,
      "trace": "9f86d0"
    },
    {
      "scenario": "will/unsuited",
      "hash": "71b8cbec3849608a",
      "title": "it sends again",
      "subject": "simple",
      "world": "simulated",
      "seed": 7,
      "verdict": "unsupported",
      "level": "must",
      "profile": "",
      "why": "what is in flight is sent again (4.4)",
      "statements": [
        "MQTT-4.4.0-1"
      ],
      "missing": "",
      "violated": [],
      "message": "the client lacks the feature qos2",
      "reason": "the client lacks the feature qos2",
      "position": "",
      "step": "",
      "want": "",
      "got": "",
      "findings": [],
      "proven": [],
      "last": [],
      "records": [],
      "stacks": "",
      "printed": "",
      "api": "",
      "api_failures": [],
      "capture": "",
      "replay": "",
      "elapsed_ms": 0,
      "trace": ""
    }
  ],
  "groups": [
    {
      "verdict": "fail",
      "rule": "MQTT-4.4.0-1",
      "reason": "dup differs",
      "results": [
        1
      ]
    }
  ],
  "verdicts": {
    "api-fail": 0,
    "fail": 1,
    "flaky": 0,
    "inconclusive": 0,
    "info": 0,
    "known-fail": 0,
    "pass": 1,
    "setup-error": 0,
    "unsupported": 1,
    "warn": 0
  },
  "api_verdicts": {
    "fail": 0,
    "info": 0,
    "pass": 0,
    "warn": 0
  },
  "passed": 1,
  "failed": 1,
  "skipped": 1
}
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestJSONAPI holds that a document has the verdict on the API, why it is so, and totals of it.
func TestJSONAPI(t *testing.T) {
	var doc struct {
		Results []struct {
			Verdict, API, Message string
			Failures              []struct {
				Message, Position, Step, Want, Got string
				Violated                           []string
			} `json:"api_failures"`
		}
		Totals map[string]int `json:"api_verdicts"`
		Failed int
	}
	if err := json.Unmarshal(jsonText(t, Options{}, apiResults(), false), &doc); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"pass": 0, "fail": 2, "info": 1, "warn": 0}, doc.Totals); diff != "" || doc.Failed != 1 {
		t.Errorf("%d failed, api (-want +got):\n%s", doc.Failed, diff)
	}
	for i, want := range []string{"api-fail fail", "pass fail", "pass info"} {
		r := doc.Results[i]
		if got := r.Verdict + " " + r.API; got != want || len(r.Failures) != 1 || (r.Message != "") != (i == 0) {
			t.Errorf("result %d: %s, want %s; %+v", i, got, want, r)
			continue
		}
		f := r.Failures[0]
		if f.Message == "" || f.Position == "" || f.Step != "client done" || f.Want == "" || f.Got == "" || !slices.Equal(f.Violated, []string{"api-outcome-1"}) {
			t.Errorf("result %d: %+v", i, f)
		}
	}
}

// TestJSONShowsNothing holds that a scenario without a verdict on the client shows no rule to be broken.
func TestJSONShowsNothing(t *testing.T) {
	for _, v := range []judge.Verdict{judge.Inconclusive, judge.Unsupported, judge.Fail} {
		d, err := ParseDocument(jsonText(t, Options{}, []*judge.Result{{Scenario: named("a/b"), Verdict: v, Failure: &judge.Failure{Message: "no CONNECT came", Covers: []string{"MQTT-4.4.0-1"}}}}, false))
		if err != nil {
			t.Fatal(err)
		}
		if broken := len(d.Results[0].Violated) > 0; broken != (v == judge.Fail) {
			t.Errorf("%s: violated is %v", v, d.Results[0].Violated)
		}
	}
}

// TestJSONEmpty holds that lists are lists when there is nothing in them.
func TestJSONEmpty(t *testing.T) {
	res := &judge.Result{Scenario: named("a/b"), Verdict: judge.Pass}
	res.Scenario.Covers = nil
	for _, all := range [][]*judge.Result{nil, {res}} {
		if b := jsonText(t, Options{}, all, false); bytes.Contains(b, []byte("null")) {
			t.Errorf("null in %s", b)
		}
	}
}

// TestJSONDocumented holds the schema of the package comment against the fields that are written.
func TestJSONDocumented(t *testing.T) {
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, schema, _ := strings.Cut(string(source), "# JSON")
	var documented []string
	for _, m := range regexp.MustCompile(`(?m)^//\t +"([a-z_]+)":`).FindAllStringSubmatch(schema, -1) {
		documented = append(documented, m[1])
	}
	var doc map[string]any
	if err := json.Unmarshal(jsonText(t, Options{}, results(), false), &doc); err != nil {
		t.Fatal(err)
	}
	var written []string
	for name := range doc {
		written = append(written, name)
	}
	for _, list := range []string{"results", "groups"} {
		for name := range doc[list].([]any)[0].(map[string]any) {
			written = append(written, name)
		}
	}
	slices.Sort(documented)
	slices.Sort(written)
	if diff := cmp.Diff(documented, written); diff != "" {
		t.Errorf("(-documented +written):\n%s", diff)
	}
}
