package report_test

import (
	"strings"
	"testing"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/report"
	"umqtt/harness/scenario"
)

// TestLadder holds what a page draws of a capture, and the table below: two connections, a fault, both ends, a packet
// that is named, one that is malformed, and a gap.
func TestLadder(t *testing.T) {
	c := &capture.Capture{Name: "qos1/gap"}
	add := func(at time.Duration, conn int, kind capture.Kind, data []byte, text string) {
		c.Records = append(c.Records, capture.Record{Time: at, Conn: conn, Kind: kind, Data: data, Text: text})
	}
	add(0, 1, capture.Sent, []byte("\x10\x0e\x00\x04MQTT\x04\x02\x00\x00\x00\x02c1"), "")
	add(0, 1, capture.Handed, []byte{0x20, 2, 0, 0}, "")
	add(5*time.Millisecond, 1, capture.Event, nil, "fault cut rst")
	add(5*time.Millisecond, 1, capture.Handed, nil, capture.RST)
	for i := range 70 {
		add(time.Duration(i+1)*time.Second, 2, capture.Sent, []byte{0xc0, 0}, "")
	}
	add(90*time.Second, 2, capture.Handed, []byte{0xd1, 0}, "")
	add(capture.NoTime, 2, capture.Sent, nil, capture.FIN)
	res := &judge.Result{
		Scenario: &scenario.Scenario{Name: c.Name, Title: "a gap", Level: scenario.Must}, Subject: "one", Verdict: judge.Fail, Capture: c,
		Failure: &judge.Failure{Message: "what was sent in record 20 is not answered"},
	}
	var b strings.Builder
	rep := report.NewHTML(&b, report.Options{})
	rep.Add(res)
	if err := rep.End(false); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(b.String(), "<h4>Ladder</h4>\n")
	drawn, _, ok := strings.Cut(rest, "</table>")
	if !ok {
		t.Fatalf("no ladder in\n%s", b.String())
	}
	// Of the pings that nothing names, the golden has the first two.
	var kept []string
	pings := 0
	for line := range strings.Lines(drawn) {
		if strings.Contains(line, "PINGREQ") && !strings.Contains(line, "named") {
			if pings++; pings > 2 {
				continue
			}
		}
		kept = append(kept, line)
	}
	golden(t, "testdata/ladder.html", strings.Join(kept, "")+"\n")
}
