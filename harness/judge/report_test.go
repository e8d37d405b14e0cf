package judge

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
)

// Long lists are cut to their first entries and a count.
func TestReportIsCut(t *testing.T) {
	f := &Failure{Message: "it floods", Stacks: strings.Repeat("main.f()\n", 838), Printed: strings.Repeat("x", 1000) + "\nlast"}
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
	if n := strings.Count(got, "\n"); n > 83 {
		t.Errorf("%d lines", n)
	}
	for _, want := range []string{"finding 4\nand 399995 more\n", "  finding 4\n  and 399995 more\n", "    … (838 lines)\n", "  printed:\n    x", "x… (1000 bytes)\n    last\n", " 00 … (129 bytes)\n", "api: and 95 more\n"} {
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

// A report has what is known, in the order in which a person reads it, and no line for what is not.
func TestReport(t *testing.T) {
	sc := &scenario.Scenario{Title: "A title\x1b", Level: scenario.Policy, Profile: spec.Umqtt, Why: "a reason\a"}
	full := &Failure{
		Pos: scenario.Pos{File: "a.yaml", Line: 2, Col: 3}, Step: "wait", Message: "it fails", Covers: []string{"r1", "r2"}, Want: "this\n", Got: "that",
		Findings: []string{"a finding"}, Unlisted: []string{"a packet", "another"},
		Last:   []Record{{7, handed(connack(0))}, {8, handedBytes("\x21\x02\x00\x00")}},
		Stacks: "goroutine 1:\n\tmain.f()\n\n",
	}
	const head = "A title\\x1b (level policy of the profile umqtt)\nwhy: a reason\\a\n"
	const whole = `a finding
a.yaml:2:3: wait: it fails
  want: this\n
  got:  that
  a packet
  another
  rule: r1
  rule: r2
  the last packets:
    record 7: conn 1 0.000 < CONNACK sp=0 code=0
    record 8: conn 1 0.000 < malformed CONNACK [MQTT-2.2.2-1] offset=0 found=flags 0001, not 0000
      bytes: 21 02 00 00
  goroutines:
    goroutine 1:
        main.f()

`
	bare := &Failure{Message: "api", Last: full.Last[:1]}
	const last = "  the last packets:\n    record 7: conn 1 0.000 < CONNACK sp=0 code=0\n"
	plain := &scenario.Scenario{Level: scenario.Must}
	for _, tt := range []struct {
		name string
		r    Result
		want string
	}{
		{"nothing", Result{Scenario: plain}, ""},
		{"a title", Result{Scenario: &scenario.Scenario{Title: "T", Level: scenario.Must}}, "T (level must)\n"},
		{"all", Result{Scenario: sc, Failure: full}, head + whole},
		{"want only", Result{Scenario: plain, Failure: &Failure{Message: "x", Want: "a"}}, "x\n  want: a\n  got:  \n"},
		{"got only", Result{Scenario: plain, Failure: &Failure{Message: "x", Got: "a"}}, "x\n  want: \n  got:  a\n"},
		{"the API", Result{Scenario: plain, APIFailures: []*Failure{bare, bare}}, "api: api\n" + last + "api: api\n"},
		{"both", Result{Scenario: plain, Failure: &Failure{Message: "x", Last: full.Last[:1]}, APIFailures: []*Failure{bare}}, "x\n" + last + "api: api\n"},
		{"both, packets of the API only", Result{Scenario: plain, Failure: &Failure{Message: "x"}, APIFailures: []*Failure{bare, bare}}, "x\napi: api\n" + last + "api: api\n"},
	} {
		if diff := cmp.Diff(tt.want, tt.r.Report()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if len(bare.Last) != 1 {
		t.Error("a report changes the failure")
	}
}

// A list, the stacks and the bytes are cut where there is one too many.
func TestReportBounds(t *testing.T) {
	lines := func(n int) string { return strings.Repeat("f\n", n) }
	for _, tt := range []struct {
		name string
		f    Failure
		want string
	}{
		{"findings", Failure{Findings: strings.Fields(lines(5)), Message: "x"}, lines(5) + "x\n"},
		{"too many findings", Failure{Findings: strings.Fields(lines(6)), Message: "x"}, lines(5) + "and 1 more\nx\n"},
		{"stacks", Failure{Message: "x", Stacks: lines(24)}, "x\n  goroutines:\n" + strings.Repeat("    f\n", 24)},
		{"too many stacks", Failure{Message: "x", Stacks: lines(25)}, "x\n  goroutines:\n" + strings.Repeat("    f\n", 24) + "    … (25 lines)\n"},
		{"a line", Failure{Message: "x", Printed: strings.Repeat("y", 400)}, "x\n  printed:\n    " + strings.Repeat("y", 400) + "\n"},
		{"too long a line", Failure{Message: "x", Printed: strings.Repeat("y", 401)}, "x\n  printed:\n    " + strings.Repeat("y", 400) + "… (401 bytes)\n"},
		{"a line cut within a character", Failure{Message: "x", Printed: strings.Repeat("y", 399) + "éé"}, "x\n  printed:\n    " + strings.Repeat("y", 399) + "… (403 bytes)\n"},
	} {
		if diff := cmp.Diff(tt.want, tt.f.Report()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	for n, want := range map[int]string{0: "", 1: "00", 48: strings.TrimSpace(strings.Repeat(" 00", 48)), 49: strings.TrimSpace(strings.Repeat(" 00", 48)) + " … (49 bytes)"} {
		if got := hexBytes(make([]byte, n)); got != want {
			t.Errorf("%d bytes: %q, want %q", n, got, want)
		}
	}
	res := &Result{Scenario: &scenario.Scenario{}}
	for range 5 {
		res.APIFailures = append(res.APIFailures, &Failure{Message: "x"})
	}
	if got, want := res.ReportAPI(), strings.Repeat("api: x\n", 5); got != want {
		t.Errorf("five failures of the API: %q, want %q", got, want)
	}
}

func TestLastOf(t *testing.T) {
	for n, first := range map[int]int{0: 0, 7: 0, 8: 0, 9: 1} {
		var c capture.Capture
		for i := range n {
			c.Records = append(c.Records, event(i))
		}
		last := LastOf(&c)
		if len(last) != n-first {
			t.Errorf("of %d records %d are shown, want %d", n, len(last), n-first)
		}
		for i, r := range last {
			if r.N != first+i || r.Conn != first+i {
				t.Errorf("of %d records, the shown %d is the record %d, that of %d", n, i, r.N, r.Conn)
			}
		}
	}
}

// The times of a real clock are shown to the microsecond.
func TestReportTimes(t *testing.T) {
	r := handed(connack(0))
	r.Time = 2_284_360
	if got := (&Failure{Message: "late", Last: []Record{{0, r}}}).Report(); !strings.Contains(got, "conn 1 0.002284 <") {
		t.Errorf("%s", got)
	}
}
