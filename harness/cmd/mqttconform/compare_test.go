package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	ping = "mqtt-capture 1\n# connect/ping\n= conn 1\n   0.000 > PUBACK id=1\n\t40 02 00 01\n"
	late = "mqtt-capture 1\n# connect/ping\n= conn 1\n   9.000 > PUBACK id=1\n\t40 02 00 01\n"
	pong = "mqtt-capture 1\n# connect/ping\n= conn 1\n   0.000 > PUBACK id=2\n\t40 02 00 02\n"
)

func TestCompare(t *testing.T) {
	dir := t.TempDir()
	a, b, c := write(t, dir, "a.wire", ping), write(t, dir, "b.wire", pong), write(t, dir, "c.wire", late)
	timed := write(t, dir, "real.wire", strings.Replace(late, "= conn 1", "# measured times\n= conn 1", 1))
	for _, tt := range []struct {
		name string
		args []string
		want invoked
	}{
		{"equal", []string{a, a}, invoked{}},
		{"equal to standard input", []string{"-", a}, invoked{}},
		{"a field", []string{b, a}, invoked{code: exitFailed, stdout: `1 of 1 records differs; the first: record 1 (line 4): PUBACK packet_id: want 1, got 2 (-want +got)
  = conn 1
-    0.000 > PUBACK id=1
+    0.000 > PUBACK id=2
?            packet_id: want 1, got 2
`}},
		{"a time", []string{c, a}, invoked{code: exitFailed, stdout: `1 of 1 records differs; the first: record 1 (line 4): PUBACK time: want 0.000, got 9.000 (-want +got)
  = conn 1
-    0.000 > PUBACK id=1
+    9.000 > PUBACK id=1
?            time: want 0.000, got 9.000
`}},
		{"a time that does not matter", []string{"--timeless", c, a}, invoked{}},
		{"a measured time", []string{timed, a}, invoked{}},
		{"a measured time within the tolerance", []string{"--times", "9s", timed, a}, invoked{}},
		{"a measured time beyond the tolerance", []string{"--times", "8s", timed, a}, invoked{code: exitFailed, stdout: `1 of 1 records differs; the first: record 1 (line 4): PUBACK time: want 0.000, got 9.000 (-want +got)
  = conn 1
-    0.000 > PUBACK id=1
+    9.000 > PUBACK id=1
?            time: want 0.000, got 9.000
`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := invokeWith(t, ping, append([]string{"compare"}, tt.args...)...)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(invoked{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got := invokeWith(t, "x\n", "compare", a, "-").want(t, exitUsage); got.stderr != "stdin:1:1: not a capture: want \"mqtt-capture 1\", found \"x\"\n" {
		t.Errorf("standard error: %q", got.stderr)
	}
}

func TestShow(t *testing.T) {
	want := `# connect/ping
    time  subject                                peer
conn 1    |                                        |
   0.000  |-- PUBACK id=1 ------------------------>|
`
	file := write(t, t.TempDir(), "a.wire", ping)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{file}, want},
		{[]string{"-"}, want},
		{[]string{file, "-"}, want + "\n" + want},
	} {
		got := invokeWith(t, ping, append([]string{"show"}, tt.args...)...).want(t, exitOK)
		if diff := cmp.Diff(tt.want, got.stdout); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.args, diff)
		}
	}
}
