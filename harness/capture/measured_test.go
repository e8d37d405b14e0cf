package capture_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"umqtt/harness/capture"
)

// measured returns a capture of a real clock with an event at each of these times.
func measured(times ...time.Duration) *capture.Capture {
	c := &capture.Capture{Name: "n", Measured: true}
	for _, at := range times {
		c.Records = append(c.Records, capture.Record{Conn: 1, Kind: capture.Event, Text: "x", Time: at})
	}
	return c
}

// Measured times are written, and read back.
func TestMeasuredFormat(t *testing.T) {
	const want = "mqtt-capture 1\n# n\n# measured times\n= conn 1\n   0.001 * x\n"
	if diff := cmp.Diff(want, string(capture.Format(measured(time.Millisecond)))); diff != "" {
		t.Errorf("Format (-want +got):\n%s", diff)
	}
	if got, _, _ := strings.Cut(capture.Ladder(measured(time.Millisecond)), "    time"); got != "# n\n# measured times\n" {
		t.Errorf("the ladder begins with %q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		c := captures().Draw(t, "capture")
		plain := c.Hash()
		c.Measured = true
		if c.Hash() == plain {
			t.Fatal("Hash ignores Measured")
		}
		back, err := capture.Parse("x.wire", capture.Format(c))
		if err != nil {
			return // times may go backwards
		}
		if diff := cmp.Diff(c, back); diff != "" {
			t.Fatalf("Parse (-want +got):\n%s", diff)
		}
	})
	if _, err := capture.Parse("x.wire", []byte("mqtt-capture 1\n# n\n= conn 1\n   0.001 * x\n# measured times\n")); err == nil {
		t.Error("Parse accepts the line behind a record")
	}
}

func TestMeasuredDiff(t *testing.T) {
	const ms = time.Millisecond
	exact := measured(0, 5*ms)
	exact.Measured = false
	for name, tt := range map[string]struct {
		diff string
		want bool
	}{
		"two measured":            {capture.Diff(measured(0, 5*ms), measured(0, 7*ms)), false},
		"one measured":            {capture.Diff(exact, measured(0, 7*ms)), false},
		"measured and no time":    {capture.Diff(measured(0, 5*ms), exact.Timeless()), false},
		"a record too many":       {capture.Diff(measured(0, 5*ms), measured(0)), true},
		"within the tolerance":    {capture.DiffWithin(measured(0, 5*ms), measured(0, 7*ms), 2*ms), false},
		"earlier, within it":      {capture.DiffWithin(measured(0, 7*ms), measured(0, 5*ms), 2*ms), false},
		"beyond the tolerance":    {capture.DiffWithin(measured(0, 5*ms), measured(0, 8*ms), 2*ms), true},
		"no time against a time":  {capture.DiffWithin(exact, exact.Timeless(), time.Hour), true},
		"no tolerance":            {capture.DiffWithin(measured(0, 5*ms), measured(0, 5*ms+1), 0), true},
		"no tolerance and no gap": {capture.DiffWithin(measured(0, 5*ms), measured(0, 5*ms), 0), false},
	} {
		if (tt.diff != "") != tt.want {
			t.Errorf("%s: a difference %t, want %t\n%s", name, tt.diff != "", tt.want, tt.diff)
		}
	}
	got := capture.DiffWithin(measured(0, 5*ms), measured(0, 8*ms), 2*ms)
	if want := "record 2 (line 6): time: want 0.008, got 0.005"; !strings.Contains(got, want) {
		t.Errorf("no %q in\n%s", want, got)
	}
}

func TestAsMeasured(t *testing.T) {
	c := measured(1500*time.Nanosecond, capture.NoTime)
	c.Measured = false
	if diff := cmp.Diff(measured(time.Microsecond, capture.NoTime), c.AsMeasured()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.Measured || c.Records[0].Time != 1500 {
		t.Error("AsMeasured changed the capture")
	}
}
