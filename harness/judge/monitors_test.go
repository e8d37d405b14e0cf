package judge

import (
	"strings"
	"testing"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
)

// A finding that is not proven is a warning: it fails nothing but a strict run, and stands behind what is proven.
func TestMonitorsWarn(t *testing.T) {
	const left = "the client has not closed the connection 11s after its DISCONNECT"
	for _, tt := range []struct {
		name    string
		strict  bool
		before  Verdict
		late    bool // the client sends on behind its DISCONNECT
		want    Verdict
		reports []string // in this order
	}{
		{"by itself", false, Pass, false, Warn, []string{left}},
		{"strict", true, Pass, false, Fail, []string{left}},
		{"beside a step", false, Fail, false, Fail, []string{"the client seems to break MQTT-3.14.4-1: " + left, "a step saw it"}},
		{"beside a step that says nothing for sure", false, Inconclusive, false, Inconclusive, []string{"seems to break", "a step saw it"}},
		{"strict, beside a step that says nothing for sure", true, Inconclusive, false, Fail, []string{left}},
		{"behind what is proven", false, Pass, true, Fail, []string{"the client seems to break MQTT-3.14.4-1", "the client sends on behind its DISCONNECT in record 2 (record 3"}},
		{"beside a step and what is proven", false, Fail, true, Fail, []string{"the client broke MQTT-3.14.4-2", "the client seems to break MQTT-3.14.4-1", "a step saw it"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var now time.Duration
			rec := capture.NewRecorder("a/b", func() time.Duration { return now })
			rec.Bytes(1, capture.Sent, []byte("\x10\x0e\x00\x04MQTT\x04\x00\x00\x00\x00\x02c1"))
			rec.Bytes(1, capture.Handed, []byte{0x20, 2, 0, 0})
			rec.Bytes(1, capture.Sent, []byte{0xe0, 0})
			if tt.late {
				rec.Bytes(1, capture.Sent, []byte{0xc0, 0})
			}
			now = 11 * time.Second
			rec.Event(0, "the end")
			sc := &scenario.Scenario{Name: "a/b", File: "a/b.yaml", Level: scenario.Must}
			res := &Result{Scenario: sc, Verdict: tt.before, Capture: rec.Capture()}
			if tt.before != Pass {
				res.Failure = &Failure{Message: "a step saw it"}
			}
			New(sc, rec, tt.strict).Monitors(res)
			if res.Verdict != tt.want {
				t.Errorf("%s, want %s", res.Verdict, tt.want)
			}
			if proven := res.Failure.Proven; len(proven) > 0 != tt.late || tt.late && proven[0].ID != "MQTT-3.14.4-2" {
				t.Errorf("proven is %v", proven)
			}
			report := res.Failure.Report()
			at := 0
			for _, part := range tt.reports {
				i := strings.Index(report[at:], part)
				if i < 0 {
					t.Fatalf("no %q behind the others in\n%s", part, report)
				}
				at += i
			}
		})
	}
}
