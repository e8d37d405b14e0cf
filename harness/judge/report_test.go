package judge

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
)

// Long lists are cut to their first entries and a count.
func TestReportIsCut(t *testing.T) {
	f := &Failure{Message: "it floods", Stacks: strings.Repeat("main.f()\n", 838)}
	for i := range 400_000 {
		f.Findings = append(f.Findings, fmt.Sprint("finding ", i))
	}
	f.Unlisted = f.Findings
	f.Last = []Record{{0, capture.Record{Kind: capture.Handed, Data: append([]byte{0x3f, 0x7f}, make([]byte, 127)...)}}}
	res := &Result{Scenario: &scenario.Scenario{Title: "A flood", Level: scenario.Must}, Failure: f}
	for range 100 {
		res.APIFailures = append(res.APIFailures, &Failure{Message: "api"})
	}
	got := res.Report()
	if n := strings.Count(got, "\n"); n > 80 {
		t.Errorf("%d lines", n)
	}
	for _, want := range []string{"finding 4\nand 399995 more\n", "  finding 4\n  and 399995 more\n", "    … (838 lines)\n", " 00 … (129 bytes)\n", "api: and 95 more\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// The records that a finding names are shown although they are not among the last.
func TestMonitorsShowWhatTheyName(t *testing.T) {
	rec := capture.NewRecorder("a/b", func() time.Duration { return 0 })
	connect := []byte("\x10\x0e\x00\x04MQTT\x04\x00\x00\x00\x00\x02c1")
	publish := []byte("\x32\x07\x00\x01t\x00\x01hi")
	rec.Bytes(1, capture.Sent, connect)
	rec.Bytes(1, capture.Handed, []byte{0x20, 2, 0, 0})
	rec.Bytes(1, capture.Sent, publish)
	for range 10 {
		rec.Bytes(1, capture.Handed, []byte("\x30\x03\x00\x01t"))
	}
	rec.End(1, capture.Handed, capture.RST)
	rec.Bytes(2, capture.Sent, connect)
	rec.Bytes(2, capture.Handed, []byte{0x20, 2, 1, 0})
	rec.Bytes(2, capture.Sent, publish) // without DUP
	sc := &scenario.Scenario{Name: "a/b", File: "a/b.yaml", Level: scenario.Must}
	for _, before := range []Verdict{Pass, Fail} {
		res := &Result{Scenario: sc, Verdict: before, Capture: rec.Capture()}
		if before == Fail {
			res.Failure = &Failure{Message: "a step saw it", Last: LastOf(res.Capture)}
		}
		New(sc, rec, false).Monitors(res)
		var numbers []int
		for _, r := range res.Failure.Last {
			numbers = append(numbers, r.N)
		}
		if diff := cmp.Diff([]int{2, 9, 10, 11, 12, 13, 14, 15, 16}, numbers); diff != "" {
			t.Errorf("before a %s, records (-want +got):\n%s", before, diff)
		}
		got := res.Failure.Report()
		if !strings.Contains(got, "sent in record 2, is sent again with DUP 0 (record 16") {
			t.Errorf("the monitor is not heard in\n%s", got)
		}
		if before == Fail && strings.Index(got, "the client broke MQTT-3.3.1-1") > strings.Index(got, "a step saw it") {
			t.Errorf("the step is heard before the monitor:\n%s", got)
		}
	}
}

func TestBound(t *testing.T) {
	for _, tt := range []struct {
		step scenario.Step
		want string
	}{
		{scenario.Step{}, "within 10s"},
		{scenario.Step{Within: 3 * time.Second}, "within 3s"},
		{scenario.Step{HasAfter: true, After: scenario.Range{Min: time.Second, Max: 2 * time.Second}}, "within 1s~2s of the step before"},
		{scenario.Step{HasAfter: true, After: scenario.Range{Min: time.Second}, Within: time.Minute}, "within 1m0s"},
	} {
		if got := Bound(&tt.step, 10*time.Second); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.step, got, tt.want)
		}
	}
}

// A rule is shown with its section, a promise as what it is.
func TestRuleLine(t *testing.T) {
	for id, want := range map[string]string{
		"MQTT-4.4.0-1":      "MQTT-4.4.0-1 (section 4.4): ",
		"3.1.2.10-should-1": "3.1.2.10-should-1 (a clause of section 3.1.2.10, which has no number in the standard): ",
		"api-outcome-1":     "api-outcome-1 (a promise, since the standard rules no API): ",
		"\x1b":              `\x1b`,
	} {
		if got := Rule(id); !strings.HasPrefix(got, want) {
			t.Errorf("Rule(%q) = %q, want %q", id, got, want)
		}
	}
}
