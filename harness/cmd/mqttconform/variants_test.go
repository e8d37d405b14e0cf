package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// Who keeps the standard in its own way is spared, or accused by name; the exit code tells which.
func TestVariants(t *testing.T) {
	out := invoke(t, "variants", "--variant", "ref-window-*", "--filter", "qos1/puback-lost")
	out.want(t, exitOK)
	if !strings.HasSuffix(out.stdout, "\n2 variants, 2 spared, 0 accused\n") {
		t.Errorf("output %s", out.stdout)
	}
	out = invoke(t, "variants", "--variant", "ref-client-id-suffix", "testdata/mixed")
	out.want(t, exitFailed)
	for _, part := range []string{"1 variants, 0 spared, 1 accused\n", "  allowed: 3.1.3.1 has the client choose its identifier.\n", "client_id=\"c1-7f3a\""} {
		if !strings.Contains(out.stdout, part) {
			t.Errorf("no %q in\n%s", part, out.stdout)
		}
	}
	out = invoke(t, "variants", "--pairs", "3", "--seed", "7", "--filter", "qos1/puback-lost", "--format", "json")
	var list []soundness
	if err := json.Unmarshal([]byte(out.stdout), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 || !strings.Contains(list[0].Variant, "+") || list[0].Allows == "" {
		t.Errorf("pairs %+v, want three", list)
	}
}

// The real world plays them as well, several scenarios at once.
func TestVariantsOverTCP(t *testing.T) {
	out := invoke(t, "variants", "--world", "real", "--parallel", "4", "--variant", "ref-window-*", "--filter", "qos1/puback-lost")
	out.want(t, exitOK)
	if !strings.HasSuffix(out.stdout, "\n2 variants, 2 spared, 0 accused\n") {
		t.Errorf("output %s", out.stdout)
	}
}

// The list shows what each does and why it may.
func TestListVariants(t *testing.T) {
	out := invoke(t, "variants", "--list", "--variant", "*-choosy")
	out.want(t, exitOK)
	if n := strings.Count(out.stdout, "MQTT-4.5.0-2"); n != 2 {
		t.Errorf("%d lines cite MQTT-4.5.0-2, want 2, in\n%s", n, out.stdout)
	}
}
