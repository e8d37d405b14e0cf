package spec_test

import (
	"strings"
	"testing"

	"umqtt/harness/spec"
)

func TestExplain(t *testing.T) {
	for _, tt := range []struct{ id, want string }{
		{"MQTT-4.4.0-1", "MQTT-4.4.0-1: a statement of section 4.4; it binds the client and the server\n" +
			"  On a CleanSession 0 reconnect both ends resend unacknowledged PUBLISH (above QoS 0) and PUBREL under the original ids.\n" +
			"  What a client sends can show that it is broken.\n"},
		{"3.2.2.1-must-1", "3.2.2.1-must-1: a clause of section 3.2.2.1, which has no number in the standard; it binds the server\n" +
			"  Bits 7 to 1 of the first CONNACK byte are reserved and zero (a client can be fed others).\n" +
			"  Only what the peer does, or the client's API, can show that it is broken.\n"},
		{"3.1.2.10-may-1", "3.1.2.10-may-1: a clause of section 3.1.2.10, which has no number in the standard; it binds the client\n" +
			"  PINGREQ may be sent at any time, whatever the keep alive.\n" +
			"  Nothing that a client sends can show that it is broken.\n"},
	} {
		got, err := spec.Explain(tt.id)
		if got != tt.want || err != nil {
			t.Errorf("got %q, %v\nwant %q", got, err, tt.want)
		}
	}
	for id, want := range map[string]string{
		"api-outcome-1":   "api-outcome-1: a promise, since the standard rules no API; it binds",
		"umqtt-backoff-1": "umqtt-backoff-1: a promise, since the standard leaves it open; it binds",
	} {
		if got, err := spec.Explain(id); !strings.HasPrefix(got, want) || err != nil {
			t.Errorf("got %q, %v\nwant %q", got, err, want)
		}
	}
	for id, want := range map[string]string{
		"mqtt-4.4-1":   `unknown rule "mqtt-4.4-1"; did you mean "MQTT-4.4.0-1"?`,
		"no such rule": `unknown rule "no such rule"`,
	} {
		if got, err := spec.Explain(id); got != "" || err == nil || err.Error() != want {
			t.Errorf("%s: got %q, %v; want %s", id, got, err, want)
		}
	}
}
