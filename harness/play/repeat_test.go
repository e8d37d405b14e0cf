package play_test

import (
	"fmt"
	"strings"
	"testing"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// publishesAgain is a scenario of so many publishes, each of which it acknowledges. expects is what it expects of each.
func publishesAgain(t *testing.T, rounds int, expects string) *scenario.Scenario {
	t.Helper()
	return parse(t, fmt.Sprintf(`
title: x
covers: [MQTT-2.3.1-2]
level: must
needs: [qos1]
peer: script
steps:
  - client connect:
  - expect CONNECT:
  - send CONNACK: {}
  - client publish: {topic: first, qos: 1}
  - expect PUBLISH: {topic: first, packet_id: $first}
  - send PUBACK: {packet_id: $first}
  - repeat: %d
    steps:
      - client publish: {topic: t/$i, payload: $i/$id, qos: 1, as: p}
      - expect PUBLISH: %s
      - send PUBACK: {packet_id: $id}
      - client done: p
  - client publish: {topic: last/$i}
  - expect PUBLISH: {topic: last/$i}
`, rounds, expects))
}

// The steps of a repeat are played again and again, with the number of the round in texts, and bind their variables
// anew. A failure names the round.
func TestRepeat(t *testing.T) {
	for _, tt := range []struct {
		name, expects, want string
	}{
		{"each round", "{topic: t/$i, payload: $i/$id, packet_id: $id}", ""},
		{"with an identifier that is not the first one's", "{topic: t/$i, packet_id: $id not $first not 0}", ""},
		{"with an identifier that is not another", "{packet_id: $id not 7}", `expect PUBLISH: round 6: the client sent PUBLISH with packet_id=7, want $id not 7`},
		{"with a topic that is not another", `{topic: not "t/3", packet_id: $id}`, `round 3: the client sent PUBLISH with topic="t/3", want not "t/3"`},
		{"with an identifier that is not the number of the round", "{packet_id: $id not $i}", ""},
		{"with a topic that is none", `{packet_id: $id not null, dup: not true}`, ""},
		{"with a flag that is another", `{packet_id: $id, qos: not 1}`, `round 1: the client sent PUBLISH with qos=1, want not 1`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			check(t, play.Simulated(t, publishesAgain(t, 10, tt.expects), subject.Simple(), play.Options{Long: true}), tt.want)
		})
	}
}

// The number of a round may stand in place of a packet identifier.
func TestRepeatCountsIdentifiers(t *testing.T) {
	sc := parse(t, `
title: x
covers: [MQTT-4.3.2-2]
level: must
needs: [qos1]
peer: script
steps:
  - client connect:
  - expect CONNECT:
  - send CONNACK: {}
  - client subscribe: {filter: t/#, qos: 1}
  - expect SUBSCRIBE: {packet_id: $s}
  - send SUBACK: {packet_id: $s, codes: [1]}
  - repeat: 300
    steps:
      - send PUBLISH: {topic: t/$i, payload: m, qos: 1, packet_id: $i}
      - receive: {topic: t/$i}
        unordered: true
      - expect PUBACK: {packet_id: $i}
        unordered: true
`)
	check(t, play.Simulated(t, sc, subject.Simple(), play.Options{Long: true}), "")
}

// check holds a result against the failure that it must have; "" is none.
func check(t *testing.T, res *judge.Result, want string) {
	t.Helper()
	switch {
	case want == "" && res.Shown() != judge.Pass:
		t.Errorf("%s: %v", res.Shown(), res.Reason())
	case want != "" && (res.Verdict != judge.Fail || !strings.Contains(res.Failure.Error(), want)):
		t.Errorf("%s: %v, want %q", res.Verdict, res.Failure, want)
	}
}

// events returns the texts of the events of a capture.
func events(c *capture.Capture) (texts []string) {
	for _, r := range c.Records {
		if r.Kind == capture.Event {
			texts = append(texts, r.Text)
		}
	}
	return texts
}

// The capture of many rounds has the first and the last two, and a digest of the others that tells them apart.
func TestRepeatIsAbridged(t *testing.T) {
	play1 := func(rounds int, f subject.Factory) *judge.Result {
		return play.Simulated(t, publishesAgain(t, rounds, "{packet_id: $id}"), f, play.Options{Long: true})
	}
	whole := play1(53, subject.Simple())
	if n := len(whole.Capture.Records); len(events(whole.Capture)) != 0 || n != 4+2*53+1 {
		t.Errorf("53 rounds: %d records, events %q", n, events(whole.Capture))
	}
	short := play1(200, subject.Simple())
	got := events(short.Capture)
	if n := len(short.Capture.Records); n != 4+2*3+1+1 || len(got) != 1 || !strings.HasPrefix(got[0], "rounds 2 to 198: 394 packets and events, sha256 ") {
		t.Errorf("200 rounds: %d records, events %q", n, got)
	}
	if again := play1(200, subject.Simple()); again.Trace != short.Trace || capture.Diff(again.Capture, short.Capture) != "" {
		t.Error("it is not the same again")
	}
	if text := string(capture.Format(short.Capture)); !strings.Contains(text, `topic="t/1"`) || strings.Contains(text, `topic="t/2"`) ||
		strings.Contains(text, `topic="t/198"`) || !strings.Contains(text, `topic="t/199"`) || !strings.Contains(text, `topic="last/$i"`) {
		t.Errorf("the wrong rounds are shown:\n%s", text)
	}
	other := play.Simulated(t, publishesAgain(t, 200, "{packet_id: $id}"), subject.Simple(), play.Options{Long: true})
	if other.Capture.Records[6].Text != short.Capture.Records[6].Text {
		t.Errorf("the digest differs: %v %v", other.Capture.Records[6], short.Capture.Records[6])
	}
	changed := publishesAgain(t, 200, "{packet_id: $id}")
	changed.Steps[6].Steps[0].Args["payload"] = "other"
	if res := play.Simulated(t, changed, subject.Simple(), play.Options{Long: true}); events(res.Capture)[0] == got[0] {
		t.Errorf("the digest is that of other rounds: %q", got)
	}
}

// A capture has a digest in place of a packet of more than 1 MiB, and others whole.
func TestLongPacketIsAbridged(t *testing.T) {
	published := func(size int) *judge.Result {
		sc := parse(t, fmt.Sprintf(`
title: x
covers: [2.2.3-must-1]
level: must
peer: script
steps:
  - client connect:
  - expect CONNECT:
  - send CONNACK: {}
  - client publish: {topic: t, payload_size: %d}
  - expect PUBLISH: {topic: t, payload_size: %[1]d}
`, size))
		return play.Simulated(t, sc, subject.Simple(), play.Options{})
	}
	const most = 1<<20 - 1 - 3 - 2 - 1 // with the fixed header, of a length of three bytes, and the topic
	whole := published(most)
	check(t, whole, "")
	if got := events(whole.Capture); len(got) != 0 || whole.Abridged {
		t.Errorf("1 MiB: events %q, abridged %t", got, whole.Abridged)
	}
	long := published(most + 1)
	check(t, long, "")
	got := events(long.Capture)
	if len(got) != 1 || !strings.HasPrefix(got[0], "> PUBLISH of 1048577 bytes, sha256 ") || !long.Abridged {
		t.Fatalf("more than 1 MiB: events %q, abridged %t", got, long.Abridged)
	}
	if longer := events(published(most + 2).Capture); len(longer) != 1 || longer[0][len(longer[0])-16:] == got[0][len(got[0])-16:] {
		t.Errorf("the digest is that of another packet: %q", longer)
	}
}

// A run that fails in the middle shows the rounds before the failure, and little else.
func TestRepeatThatFails(t *testing.T) {
	sc := publishesAgain(t, 1000, "{packet_id: $id not 900}")
	res := play.Simulated(t, sc, subject.Simple(), play.Options{Long: true})
	check(t, res, "round 899: the client sent PUBLISH with packet_id=900, want $id not 900")
	if n := len(res.Capture.Records); n > 20 {
		t.Errorf("the capture has %d records", n)
	}
	if text := res.Failure.Report(); len(text) > 2000 {
		t.Errorf("the report has %d bytes:\n%s", len(text), text)
	}
	if last := res.Capture.Records[len(res.Capture.Records)-1]; !strings.Contains(last.String(), `topic="t/899"`) {
		t.Errorf("the last record is %v", last)
	}
}
