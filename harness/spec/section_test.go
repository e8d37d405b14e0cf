package spec_test

import (
	"testing"

	"umqtt/harness/spec"
)

func TestSection(t *testing.T) {
	for id, want := range map[string]string{
		"MQTT-4.4.0-1":      "4.4",
		"MQTT-3.14.4-1":     "3.14.4",
		"3.1.2.10-should-1": "3.1.2.10",
		"3.2-should-1":      "3.2",
		"umqtt-backoff-1":   "",
	} {
		r, ok := spec.Lookup(id)
		if !ok {
			t.Errorf("%s: there is no such rule", id)
		}
		if got := r.Section(); got != want {
			t.Errorf("%s: section %q, want %q", id, got, want)
		}
	}
}
