package main

import (
	"encoding/json"
	"strings"
	"testing"

	"umqtt/harness/spec"
)

// What each kind of name means is said, several names in their order.
func TestExplain(t *testing.T) {
	for _, tt := range []struct {
		name string
		want []string
	}{
		{"MQTT-4.4.0-1", []string{"MQTT-4.4.0-1: a statement of section 4.4; it binds the client and the server\n", "\n    qos1/puback-lost\n"}},
		{"MQTT-2.3.1-4", []string{"it binds the server", "Nothing that a client sends can show"}},
		{"3.1.2.10-should-1", []string{"a clause of section 3.1.2.10, which has no number in the standard; it binds the client"}},
		{"umqtt-backoff-1", []string{"umqtt-backoff-1: a promise, since the standard leaves it open; it binds the client", "reconnect/backoff-grows"}},
		{"api-outcome-1", []string{"api-outcome-1: a promise, since the standard rules no API; it binds the client"}},
		{"qos2", []string{"qos2: a feature: the client publishes, subscribes and acknowledges at QoS 2\n  needed by:\n", "qos2/arrives"}},
		{"umqtt", []string{"umqtt: a profile: ", "  asks for:\n", "\n    connect/refused\n"}},
		{"qos1/puback-lost", []string{"qos1/puback-lost: a scenario of the level must (scenarios/qos1/puback-lost.yaml)", "  why: 4.4", "  needs: qos1, persistent-session", "  rule: MQTT-4.4.0-1 (section 4.4): "}},
		{"connect/refused", []string{"connect/refused/identifier: a scenario", "connect/refused/credentials: a scenario", "  profile: umqtt"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := invoke(t, "explain", tt.name).want(t, exitOK).stdout
			for _, part := range tt.want {
				if !strings.Contains(got, part) {
					t.Errorf("no %q in\n%s", part, got)
				}
			}
		})
	}
	both := invoke(t, "explain", "qos2", "MQTT-4.4.0-1").want(t, exitOK).stdout
	if !strings.HasPrefix(both, "qos2: ") || !strings.Contains(both, "\n\nMQTT-4.4.0-1: ") {
		t.Errorf("got\n%s", both)
	}
}

// Every feature is listed with what it means.
func TestFeatures(t *testing.T) {
	text := invoke(t, "features").want(t, exitOK).stdout
	var list []ability
	if err := json.Unmarshal([]byte(invoke(t, "features", "--format", "json").want(t, exitOK).stdout), &list); err != nil {
		t.Fatal(err)
	}
	all := spec.Features()
	if len(list) != len(all) || strings.Count(text, "\n") != len(all)+1 {
		t.Fatalf("%d and %d features, want %d", len(list), strings.Count(text, "\n")-1, len(all))
	}
	for i, f := range all {
		if (list[i] != ability{string(f.Name), f.Doc}) || !strings.Contains(text, "\n"+string(f.Name)+" ") || !strings.Contains(text, " "+f.Doc+"\n") {
			t.Errorf("%s is not listed: %+v", f.Name, list[i])
		}
	}
}

// No control character of a file reaches the terminal.
func TestPrintable(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "a/b.yaml", "title: \"\\e[31mred\"\ncovers: [MQTT-3.1.0-1]\nlevel: must\nwhy: a client begins with CONNECT (3.1)\npeer: script\nsteps:\n  - client connect:\n  - expect CONNECT:\n")
	bad := write(t, dir, "a/c.yaml", "title: x\ncovers: [\"\\e[2J\"]\nlevel: must\npeer: script\nsteps: []\n")
	if got := invoke(t, "list", file).want(t, exitOK); strings.Contains(got.stdout, "\x1b") || !strings.Contains(got.stdout, `\x1b[31mred`) {
		t.Errorf("list: %q", got.stdout)
	}
	if got := invoke(t, "check", bad); strings.Contains(got.stdout+got.stderr, "\x1b") || !strings.Contains(got.stdout+got.stderr, "c.yaml:2") {
		t.Errorf("check: %q %q", got.stdout, got.stderr)
	}
}
