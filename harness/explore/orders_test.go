package explore_test

import (
	"os"
	"testing"

	"umqtt/harness/explore"
	"umqtt/harness/subject"
)

// Every order that a broker could have chosen is played once, no other, and the subject passes under all.
func TestAllOrders(t *testing.T) {
	sc := parse(t, `
title: a message comes back to its publisher
covers: [MQTT-4.3.2-1]
level: must
why: a PUBLISH at QoS 1 stays unacknowledged until its PUBACK comes (4.3.2)
needs: [qos1]
peer: broker
steps:
  - client connect:
  - expect CONNECT:
  - client subscribe: {filter: t, qos: 1}
  - expect SUBSCRIBE:
  - client publish: {topic: t, qos: 1, payload: hi}
  - expect PUBLISH: {topic: t}
  - expect PUBACK:
  - receive: {topic: t, payload: hi}
`)
	s := explore.AllOrders(t, sc, subject.Simple(), 1000)
	if s.Failed != nil {
		t.Fatalf("choices %v: %s\n%s", s.Choices, s.Failed.Shown(), s.Failed.Reason().Report())
	}
	// The broker's PUBACK and the message itself can change places. If the message goes first, the
	// subject's own PUBACK can be on its way before or after the broker's: the subject sees no difference.
	if got, want := s.String(), "3 orders enumerated, 3 played, 0 pruned, 2 distinct traces"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if s := explore.AllOrders(t, sc, subject.Simple(), 1); s.Complete || s.String() != "1 or more orders enumerated, 1 played, 0 pruned, 1 distinct traces; the bound is reached" {
		t.Errorf("with a bound of 1: %s", s)
	}
}

// The choices of a failed order play it again.
func TestFailedOrderCanBePlayedAgain(t *testing.T) {
	text, err := os.ReadFile("testdata/one-order.yaml")
	if err != nil {
		t.Fatal(err)
	}
	sc := parse(t, string(text))
	s := explore.AllOrders(t, sc, subject.Simple(), 1000)
	if s.Failed == nil {
		t.Fatal("no order fails")
	}
	res := explore.PlayOrder(t, sc, subject.Simple(), s.Choices)
	if res.Verdict != s.Failed.Verdict || res.Trace != s.Failed.Trace {
		t.Errorf("choices %v: %s, want the failure again: %s", s.Choices, res.Verdict, s.Failed.Verdict)
	}
}
