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

// A probe, by which a run asks whether the client goes on, is no part of what it was about.
func TestFromCaptureWithProbe(t *testing.T) {
	file := write(t, t.TempDir(), "probed.wire", `mqtt-capture 1
# malformed/puback-flags
= conn 1
   0.000 > CONNECT level=4 clean=1 keepalive=0 id="c1"
	10 0e 00 04 4d 51 54 54 04 02 00 00 00 02 63 31
   0.000 < CONNACK sp=0 code=0
	20 02 00 00
   2.000 < PUBLISH qos=1 dup=0 retain=0 topic="mqttconform/probe" id=65534 payload=""
	32 15 00 11 6d 71 74 74 63 6f 6e 66 6f 72 6d 2f
	70 72 6f 62 65 ff fe
   2.001 > PUBACK id=65534
	40 02 ff fe
`)
	got := invoke(t, "from-capture", file).want(t, exitOK)
	if strings.Contains(got.stdout, "probe:") || strings.Contains(got.stdout, "mqttconform/probe") || strings.Contains(got.stdout, "PUBACK") || !strings.Contains(got.stdout, "send CONNACK") {
		t.Errorf("the draft is\n%s", got.stdout)
	}
}
