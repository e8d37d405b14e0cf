package main

import (
	"strings"
	"testing"
)

// A QoS 1 message to one's own subscription and its PUBACK can change places; nothing else can.
func TestOrders(t *testing.T) {
	got := invoke(t, "orders", "--filter", "qos1/own-message", "--subject", "simple").want(t, exitOK)
	if want := "qos1/own-message  simple: 3 legal orders, 3 played, 2 distinct traces\n"; got.stdout != want {
		t.Errorf("standard output %q, want %q", got.stdout, want)
	}
	got = invoke(t, "orders", "--filter", "qos1/own-message", "--bound", "2").want(t, exitOK)
	if !strings.Contains(got.stdout, "3 or more legal orders, 2 played") {
		t.Errorf("standard output %q", got.stdout)
	}
	invoke(t, "orders", "--bound", "0").want(t, exitUsage)
}

// A scenario that holds in the order of sending only fails with the choices that broke it.
func TestOrdersShowWhatFails(t *testing.T) {
	file := write(t, t.TempDir(), "one-order.yaml", `title: messages of two topics arrive in the order of sending
covers: [MQTT-4.3.2-2]
level: must
needs: [qos1]
peer: broker
allow: [PUBACK]
steps:
  - witness connect:
  - client connect:
  - expect CONNECT:
  - client subscribe: {filters: [{filter: a, qos: 1}, {filter: b, qos: 1}]}
  - expect SUBSCRIBE:
  - deliver SUBACK:
  - witness publish: {topic: a, qos: 1, payload: first}
  - witness publish: {topic: b, qos: 1, payload: second}
  - receive: {topic: a}
  - receive: {topic: b}
`)
	got := invoke(t, "orders", "--subject", "simple", file).want(t, exitFailed)
	for _, part := range []string{"legal orders", "fails with the choices [", "receive: the callback got another message", "want: message topic=\"a\""} {
		if !strings.Contains(got.stdout, part) {
			t.Errorf("standard output lacks %q:\n%s", part, got.stdout)
		}
	}
	invoke(t, "run", "--world", "simulated", "--subject", "simple", file).want(t, exitOK)
}
