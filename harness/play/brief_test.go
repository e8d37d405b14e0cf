package play

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
)

// A capture of more than nine records is cut to eight, and an event that counts the others.
func TestBrief(t *testing.T) {
	for n, want := range map[int]string{0: "", 1: "", 9: "", 10: "2 more packets and events, 21 bytes", 12: "4 more packets and events, 46 bytes"} {
		c := &capture.Capture{Name: "a/b"}
		for i := range n {
			c.Records = append(c.Records, capture.Record{Time: time.Duration(i), Conn: i, Kind: capture.Sent, Data: make([]byte, i+2)})
		}
		cut := &capture.Capture{Name: "a/b", Records: c.Records}
		if want != "" {
			cut.Records = append(c.Records[:8:8], capture.Record{Time: time.Duration(n - 1), Conn: 8, Kind: capture.Event, Text: want})
		}
		if diff := cmp.Diff(cut, brief(c)); diff != "" {
			t.Errorf("of %d records (-want +got):\n%s", n, diff)
		}
		failed := &judge.Result{Capture: c, Failure: &judge.Failure{Last: []judge.Record{{N: 99}}}}
		shorten(failed)
		var last []judge.Record
		for i, r := range cut.Records {
			last = append(last, judge.Record{N: i, Record: r})
		}
		if diff := cmp.Diff(last, failed.Failure.Last); diff != "" {
			t.Errorf("of %d records the failure shows (-want +got):\n%s", n, diff)
		}
		passed := &judge.Result{Capture: c}
		if shorten(passed); len(passed.Capture.Records) != len(cut.Records) || passed.Failure != nil {
			t.Errorf("of %d records a result without a failure has %d, and the failure %v", n, len(passed.Capture.Records), passed.Failure)
		}
	}
}
