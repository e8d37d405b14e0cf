package capture_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// publish returns a record of a QoS 0 PUBLISH.
func publish(topic, payload string) capture.Record {
	p := &wire.Publish{Topic: topic, Payload: []byte(payload)}
	return capture.Record{Conn: 1, Kind: capture.Sent, Data: p.Append(nil)}
}

func TestDiff(t *testing.T) {
	fin := capture.Record{Conn: 1, Kind: capture.Sent, Text: capture.FIN}
	rst := capture.Record{Conn: 1, Kind: capture.Sent, Text: capture.RST}
	later := publish("b", "2")
	later.Time = 1500 * time.Nanosecond
	raw := func(b ...byte) capture.Record { return capture.Record{Conn: 1, Kind: capture.Sent, Data: b} }
	other := publish("b", "2")
	other.Conn = 2
	for name, tt := range map[string]struct {
		got, want []capture.Record
		diff      string
	}{
		"equal": {
			got:  []capture.Record{publish("a", "1"), fin},
			want: []capture.Record{publish("a", "1"), fin},
		},
		"one too many is one line": {
			got:  []capture.Record{publish("a", "1"), publish("b", "2"), fin},
			want: []capture.Record{publish("a", "1"), fin},
			diff: `1 of 3 records differs; the first: got record 2 is unexpected: 0.000 > PUBLISH qos=0 dup=0 retain=0 topic="b" payload="2" (-want +got)
  = conn 1
     0.000 > PUBLISH qos=0 dup=0 retain=0 topic="a" payload="1"
+    0.000 > PUBLISH qos=0 dup=0 retain=0 topic="b" payload="2"
     0.000 > FIN
`,
		},
		"one missing": {
			got:  []capture.Record{publish("a", "1"), fin},
			want: []capture.Record{publish("a", "1"), publish("b", "2"), fin},
			diff: `1 of 3 records differs; the first: missing record 2 (line 6): 0.000 > PUBLISH qos=0 dup=0 retain=0 topic="b" payload="2" (-want +got)
  = conn 1
     0.000 > PUBLISH qos=0 dup=0 retain=0 topic="a" payload="1"
-    0.000 > PUBLISH qos=0 dup=0 retain=0 topic="b" payload="2"
     0.000 > FIN
`,
		},
		"a field": {
			got:  []capture.Record{publish("a", "1"), publish("c", "3"), fin},
			want: []capture.Record{publish("a", "1"), publish("b", "2"), fin},
			diff: `1 of 3 records differs; the first: record 2 (line 6): PUBLISH topic: want "b", got "c" (-want +got)
  = conn 1
     0.000 > PUBLISH qos=0 dup=0 retain=0 topic="a" payload="1"
-    0.000 > PUBLISH qos=0 dup=0 retain=0 topic="b" payload="2"
+    0.000 > PUBLISH qos=0 dup=0 retain=0 topic="c" payload="3"
?            topic: want "b", got "c"
     0.000 > FIN
`,
		},
		"a time": {
			got:  []capture.Record{publish("a", "1"), later},
			want: []capture.Record{publish("a", "1"), publish("b", "2")},
			diff: `1 of 2 records differs; the first: record 2 (line 6): PUBLISH time: want 0.000, got 0.0000015 (-want +got)
  = conn 1
     0.000 > PUBLISH qos=0 dup=0 retain=0 topic="a" payload="1"
-    0.000 > PUBLISH qos=0 dup=0 retain=0 topic="b" payload="2"
+ 0.0000015 > PUBLISH qos=0 dup=0 retain=0 topic="b" payload="2"
?            time: want 0.000, got 0.0000015
`,
		},
		"an end": {
			got:  []capture.Record{rst},
			want: []capture.Record{fin},
			diff: `1 of 1 records differs; the first: record 1 (line 4): want FIN, got RST (-want +got)
  = conn 1
-    0.000 > FIN
+    0.000 > RST
?            want FIN, got RST
`,
		},
		"another packet is not another field": {
			got:  []capture.Record{raw(0xc0, 0)},
			want: []capture.Record{raw(0xe0, 0)},
			diff: `2 of 2 records differ; the first: got record 1 is unexpected: 0.000 > PINGREQ (-want +got)
  = conn 1
+    0.000 > PINGREQ
-    0.000 > DISCONNECT
`,
		},
		"a field behind one that is missing": {
			got:  []capture.Record{publish("c", "3")},
			want: []capture.Record{raw(0xc0, 0), publish("b", "2")},
			diff: `2 of 2 records differ; the first: missing record 1 (line 4): 0.000 > PINGREQ (-want +got)
  = conn 1
-    0.000 > PINGREQ
-    0.000 > PUBLISH qos=0 dup=0 retain=0 topic="b" payload="2"
+    0.000 > PUBLISH qos=0 dup=0 retain=0 topic="c" payload="3"
?            topic: want "b", got "c"
`,
		},
		"a long value is cut short": {
			got:  []capture.Record{publish("t", strings.Repeat("x", 80))},
			want: []capture.Record{publish("t", strings.Repeat("y", 64))},
			diff: `1 of 1 records differs; the first: record 1 (line 4): PUBLISH payload: want "` + strings.Repeat("y", 64) + `", got "` + strings.Repeat("x", 64) + `" and 16 bytes more (-want +got)
`,
		},
		"malformed packets by their bytes": {
			got:  []capture.Record{raw(0xc0, 2, 1, 2)},
			want: []capture.Record{raw(0xc0, 3, 1, 2, 3)},
			diff: `1 of 1 records differs; the first: record 1 (line 4): PINGREQ byte 1: want 03, got 02 (-want +got)
`,
		},
		"one is the beginning of the other": {
			got:  []capture.Record{raw(0x30, 9)},
			want: []capture.Record{raw(0x30, 9, 1)},
			diff: `1 of 1 records differs; the first: record 1 (line 4): PUBLISH byte 2: want 01, got the end (-want +got)
`,
		},
		"another connection is not another field": {
			got:  []capture.Record{other},
			want: []capture.Record{publish("b", "2")},
			diff: `2 of 2 records differ; the first: got record 1 is unexpected: 0.000 > PUBLISH qos=0 dup=0 retain=0 topic="b" payload="2" (-want +got)
  = conn 2
+    0.000 > PUBLISH qos=0 dup=0 retain=0 topic="b" payload="2"
  = conn 1
-    0.000 > PUBLISH qos=0 dup=0 retain=0 topic="b" payload="2"
`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := capture.Diff(&capture.Capture{Name: "n", Records: tt.got}, &capture.Capture{Name: "n", Records: tt.want})
			if strings.Count(tt.diff, "\n") == 1 { // the summary is what matters
				got, _, _ = strings.Cut(got, "\n")
				got += "\n"
			}
			if diff := cmp.Diff(tt.diff, got); diff != "" {
				t.Errorf("Diff (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDiffNames(t *testing.T) {
	got := capture.Diff(&capture.Capture{Name: "a"}, &capture.Capture{Name: "b"})
	want := "the names differ (-want +got)\n- # b\n+ # a\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Diff (-want +got):\n%s", diff)
	}
}

// TestDiffHides holds that what is far from a difference is counted, not shown.
func TestDiffHides(t *testing.T) {
	want := &capture.Capture{Name: "n"}
	for i := range 20 {
		want.Records = append(want.Records, publish("t", fmt.Sprint(i)))
	}
	got := &capture.Capture{Name: "n", Records: append([]capture.Record(nil), want.Records...)}
	got.Records[10] = publish("t", "x")
	diff := capture.Diff(got, want)
	for _, part := range []string{"\n  … 7 equal\n  = conn 1\n", `"7"`, `-    0.000 > PUBLISH qos=0 dup=0 retain=0 topic="t" payload="10"`, `"13"` + "\n  … 6 equal\n"} {
		if !strings.Contains(diff, part) {
			t.Errorf("no %q in\n%s", part, diff)
		}
	}
}

// TestDiffAligns removes, adds and changes packets: no more records differ than were touched, and
// both captures can be read from what is shown.
func TestDiffAligns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var got, want []capture.Record
		touched := 0
		for i := range rapid.IntRange(1, 12).Draw(t, "records") {
			r := publish("t", fmt.Sprint(i)) // all are different
			switch rapid.SampledFrom([]string{"same", "same", "added", "removed", "changed"}).Draw(t, "what") {
			case "same":
				got, want = append(got, r), append(want, r)
				continue
			case "added":
				got = append(got, r)
			case "removed":
				want = append(want, r)
			case "changed":
				got, want = append(got, publish("t", fmt.Sprint("x", i))), append(want, r)
			}
			touched++
		}
		diff := capture.Diff(&capture.Capture{Records: got}, &capture.Capture{Records: want})
		if touched == 0 {
			if diff != "" {
				t.Fatalf("Diff of equal captures:\n%s", diff)
			}
			return
		}
		var n, all int
		if _, err := fmt.Sscanf(diff, "%d of %d", &n, &all); err != nil || n == 0 || n > touched {
			t.Fatalf("%d records were touched (%v):\n%s", touched, err, diff)
		}
		minus, plus := strings.Count(diff, "\n- "), strings.Count(diff, "\n+ ")
		if minus-plus != len(want)-len(got) {
			t.Fatalf("%d lines of want, %d of got; the lengths are %d and %d:\n%s", minus, plus, len(want), len(got), diff)
		}
	})
}

// TestDiffLong compares captures whose alignment would need too large a table.
func TestDiffLong(t *testing.T) {
	const n = 3000
	got, want := new(capture.Capture), new(capture.Capture)
	for i := range n {
		got.Records = append(got.Records, publish("t", fmt.Sprint("got", i)))
		want.Records = append(want.Records, publish("t", fmt.Sprint("want", i)))
	}
	summary, _, _ := strings.Cut(capture.Diff(got, want), "\n")
	if !strings.HasPrefix(summary, "3000 of 3000 records differ; the first: record 1 (line 4): PUBLISH payload:") {
		t.Error(summary)
	}
}
