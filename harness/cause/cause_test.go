package cause_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"umqtt/harness/cause"
	"umqtt/harness/mutant"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// subjectAs returns a built-in subject that misbehaves as a deep mutant does; no name is no mutant.
func subjectAs(t *testing.T, name, bad string) subject.Factory {
	t.Helper()
	all := subject.Builtin()
	f := all[slices.IndexFunc(all, func(f subject.Factory) bool { return f.Name == name })]
	for _, m := range mutant.Deep() {
		if m.Name == bad {
			return m.Apply(f)
		}
	}
	if bad != "" {
		t.Fatalf("there is no deep mutant %s", bad)
	}
	return f
}

// parse makes a scenario of its steps.
func parse(t *testing.T, head, steps string) *scenario.Scenario {
	t.Helper()
	sc, err := scenario.Parse("small.yaml", []byte("title: a small scenario that fails\nlevel: may\npeer: broker\n"+head+"\nsteps:\n"+strings.ReplaceAll(steps, "\t", "")))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

const (
	clean = "needs: [qos1]\noracle: strong"
	kept  = "needs: [qos1, persistent-session]\noracle: strong\nclient: {clean_session: false}"
)

// The cause of what a deep mutant breaks is the event behind which its mistake cannot be undone any more.
func TestCause(t *testing.T) {
	for _, tt := range []struct{ mutant, subject, head, steps, event, why string }{
		{
			"deep-half-a-puback-is-done", "simple", clean, `
  - fault cut: {how: fin, dir: to_client, nth: 2, at: 2}
  - client connect:
  - client publish: {topic: t/out, qos: 1, payload: a}
`,
			"record 4: raw 2B, server to client",
			"the client takes these two bytes for the whole PUBACK; the publish can still fail in front of them",
		},
		{
			"deep-last-byte-missing", "simple", clean, `
  - fault cut: {how: fin, dir: to_client, nth: 3, at: 11}
  - client connect:
  - client subscribe: {filter: t/in, qos: 1}
  - witness publish: {topic: t/in, qos: 1, payload: c1}
`,
			"record 5: raw 11B, server to client",
			"of the message only the last byte is missing",
		},
		{
			"deep-refusal-passed-over", "simple", "oracle: strong", `
  - fault set: {packet: CONNACK, dir: to_client, nth: 2, set: {session_present: false, code: 1}}
  - client connect:
  - fault down:
`,
			"record 7: CONNACK sp=0 code=1, server to client",
			"it is the refusal, of a connection that is not the first",
		},
		{
			"deep-identifiers-wrap", "simple", "needs: [qos1, pipelining]\noracle: strong", `
  - client connect:
  - client publish: {topic: t/out, qos: 1, payload: b1}
  - client publish: {topic: t/out, qos: 1, payload: b2}
  - client publish: {topic: t/out, qos: 1, payload: b3}
  - client publish: {topic: t/out, qos: 1, payload: b4}
`,
			`record 5: PUBLISH qos=1 dup=0 retain=0 topic="t/out" id=1001 payload="b4", client to server`,
			"record 2 has this identifier, and is not acknowledged; a pause in front of it would have let the PUBACK come",
		},
		{
			"deep-second-redelivery-lost", "simple", kept, `
  - fault cut: {how: half, dir: to_server, nth: 3, at: 16}
  - client connect:
  - client subscribe: {filter: t/in, qos: 1}
  - fault cut: rst
  - client publish: {topic: t/out, qos: 1, payload: j}
`,
			`record 9: PUBLISH qos=1 dup=0 retain=0 topic="t/out" id=2 payload="j", client to server`,
			"its connection, the second, has ended already, and the third sends nothing again",
		},
		{
			"deep-half-a-message-is-seen", "simple", kept, `
  - fault cut: {how: fin, dir: to_client, nth: 3, at: 10}
  - client connect:
  - client subscribe: {filter: t/in, qos: 1}
`,
			"the server gets PUBACK id=1",
			"the callback never got the message, which the server would send again if this were lost",
		},
		{
			"deep-second-resubscription-lost", "robust", clean, `
  - fault cut: {how: rst, dir: to_server, nth: 1, at: 0}
  - client connect:
  - client subscribe: {filter: t/in, qos: 1}
  - client connect:
`,
			"record 7: FIN, client to server",
			"the second connection ends, and the third does not subscribe again",
		},
	} {
		t.Run(tt.mutant, func(t *testing.T) {
			sc := parse(t, tt.head, tt.steps)
			c, err := cause.Find(t, sc, subjectAs(t, tt.subject, tt.mutant), cause.Options{})
			if err != nil {
				t.Fatal(err)
			}
			e, _ := c.Event()
			if e.String() != tt.event {
				t.Errorf("certain from %s, want %s: %s\n%s\n%s", e, tt.event, tt.why, c.Message, c.Tells())
			}
			before, passed := c.Behind(c.Certain)
			behind, none := c.Behind(c.Certain + 1)
			if before == 0 || passed == 0 || behind == 0 || none > 0 {
				t.Errorf("%d of %d continuations passed in front of it, and %d of %d behind it", passed, before, none, behind)
			}
			if tried, passed := c.Behind(0); tried != c.Tried || passed != c.Passed {
				t.Errorf("%d of %d continuations passed, and %d of %d from the beginning", c.Passed, c.Tried, passed, tried)
			}
			if _, err := cause.Find(t, sc, subjectAs(t, tt.subject, ""), cause.Options{}); !errors.Is(err, cause.ErrPasses) {
				t.Errorf("without the mutant: %v, want %v", err, cause.ErrPasses)
			}
		})
	}
}

// Equal seeds give equal causes, and no more continuations are played than there may be.
func TestCauseIsRepeatable(t *testing.T) {
	f := subjectAs(t, "simple", "deep-half-a-puback-is-done")
	sc := parse(t, clean, `
  - fault cut: {how: fin, dir: to_client, nth: 2, at: 2}
  - client connect:
  - client publish: {topic: t/out, qos: 1, payload: a}
`)
	find := func(o cause.Options) *cause.Cause {
		c, err := cause.Find(t, sc, f, o)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	same := cmp.Options{cmpopts.IgnoreFields(cause.Cause{}, "Result"), cmpopts.IgnoreUnexported(cause.Event{})}
	for _, o := range []cause.Options{{Runs: 20}, {Seed: 7, Runs: 20}} {
		one, two := find(o), find(o)
		if diff := cmp.Diff(one, two, same); diff != "" {
			t.Errorf("%+v: (-one +two)\n%s", o, diff)
		}
		if one.Tried+one.Void != o.Runs {
			t.Errorf("%+v: %d tried and %d void", o, one.Tried, one.Void)
		}
	}
}

// What a script expects depends on its calls, so that they stay as they are. A failure that a fault makes is certain
// from that fault on; one that no fault and no order undoes was certain from the beginning.
func TestCauseOfAScript(t *testing.T) {
	sc, err := scenario.Parse("script.yaml", []byte(`
title: a publish is done in spite of a cut
level: must
covers: [MQTT-4.3.2-1]
why: a PUBLISH at QoS 1 stays unacknowledged until its PUBACK comes (4.3.2)
needs: [qos1]
peer: broker
steps:
  - fault cut: {how: fin, dir: to_client, nth: 2, at: 0}
  - client connect:
  - expect CONNECT:
  - client publish: {topic: t, qos: 1, payload: hi}
  - expect PUBLISH: {topic: t}
`))
	if err != nil {
		t.Fatal(err)
	}
	f := subjectAs(t, "simple", "")
	c, err := cause.Find(t, sc, f, cause.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := c.Event(); !ok || e.String() != "record 3: fault cut fin at byte 0 of < PUBACK id=1" {
		t.Errorf("certain from %v, want the cut\n%s\n%s", e, c.Message, c.Tells())
	}
	never, err := scenario.Parse("script.yaml", []byte(`
title: a client that connects pings at once
level: must
covers: [MQTT-3.1.0-1]
why: it need not
peer: script
steps:
  - client connect:
  - expect CONNECT:
  - send CONNACK:
  - expect PINGREQ:
`))
	if err != nil {
		t.Fatal(err)
	}
	c, err = cause.Find(t, never, f, cause.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Certain != 0 || c.Passed != 0 {
		t.Errorf("certain from event %d, and %d passed: %s", c.Certain, c.Passed, c.Tells())
	}
}

// A failure that only one order of packets shows is certain from the packet on that comes too soon.
func TestCauseOfAnOrder(t *testing.T) {
	text, err := os.ReadFile("../explore/testdata/one-order.yaml")
	if err != nil {
		t.Fatal(err)
	}
	sc, err := scenario.Parse("one-order.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	f := subjectAs(t, "simple", "")
	c, err := cause.Find(t, sc, f, cause.Options{Seed: 1})
	for seed := uint64(2); errors.Is(err, cause.ErrPasses) && seed < 20; seed++ {
		c, err = cause.Find(t, sc, f, cause.Options{Seed: seed})
	}
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := c.Event(); !ok || !strings.Contains(e.String(), `PUBLISH qos=1 dup=0 retain=0 topic="b"`) || c.Passed == 0 {
		t.Errorf("certain from %v, want the message that comes too soon\n%s", e, c.Tells())
	}
}
