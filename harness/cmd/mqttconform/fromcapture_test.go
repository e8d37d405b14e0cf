package main

import (
	"strings"
	"testing"
)

// A draft of a golden loads, and passes as it is with the subject it was made from.
func TestFromCapture(t *testing.T) {
	got := invoke(t, "from-capture", "../../../golden/simple/qos1/puback-lost.wire").want(t, exitOK)
	file := write(t, t.TempDir(), "drafted.yaml", got.stdout)
	invoke(t, "check", file).want(t, exitOK)
	invoke(t, "run", "--world", "simulated", "--strict", file).want(t, exitOK)
	for _, step := range []string{"  - expect PUBLISH: {topic: t/1, qos: 1, dup: true, ", "  - fault cut: rst\n", "  - client done: m1\n"} {
		if !strings.Contains(got.stdout, step) {
			t.Errorf("the draft lacks %q:\n%s", step, got.stdout)
		}
	}
	invoke(t, "from-capture").want(t, exitUsage)
	empty := write(t, t.TempDir(), "empty.wire", "mqtt-capture 1\n# connect/none\n")
	if got := invoke(t, "from-capture", empty); got.code == exitOK || !strings.Contains(got.stderr, "holds no packet") {
		t.Errorf("exit code %d, standard error %q", got.code, got.stderr)
	}
}
