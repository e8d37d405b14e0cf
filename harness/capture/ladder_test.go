package capture_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
)

func TestLadder(t *testing.T) {
	long := publish(strings.Repeat("é", 60), strings.Repeat("x", 32))
	got := strings.Split(capture.Ladder(&capture.Capture{Name: "n", Records: []capture.Record{
		long,
		{Conn: 2, Kind: capture.Handed, Data: []byte{0xd0, 0}},
		{Conn: 2, Kind: capture.Event, Text: "stall", Time: capture.NoTime},
	}}), "\n")
	if len(got) != 8 {
		t.Fatalf("%d lines:\n%s", len(got), strings.Join(got, "\n"))
	}
	for _, i := range []int{2, 3, 4, 5} {
		if n := utf8.RuneCountInString(got[i]); n != 8+2+1+100+1 || !strings.HasSuffix(got[i], "|") {
			t.Errorf("a line of %d characters: %s", n, got[i])
		}
	}
	if !strings.HasSuffix(got[3], "… ->|") {
		t.Errorf("a long annotation is not cut short: %s", got[3])
	}
	fits := publish(strings.Repeat("é", 30), "x") // by its characters, not by its bytes
	if got := capture.Ladder(&capture.Capture{Records: []capture.Record{long, fits}}); !strings.Contains(got, ` payload="x" -`) {
		t.Errorf("an annotation that fits is cut short:\n%s", got)
	}
	if diff := cmp.Diff("   -.---  *  stall", got[6]); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}
