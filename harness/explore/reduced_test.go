package explore_test

import (
	"context"
	"maps"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"testing"

	"umqtt/harness/explore"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/sweep"
	"umqtt/harness/wire"
)

// The orders that are left out show nothing new: those that are played have the same traces as all of them.
func TestReducedOrdersSeeAll(t *testing.T) {
	oneOrder, err := os.ReadFile("testdata/one-order.yaml")
	if err != nil {
		t.Fatal(err)
	}
	outage, _ := sweep.Find("outage")
	outageOfRef, why := outage.For(subject.Ref())
	if why != "" {
		t.Fatal(why)
	}
	for _, tt := range []struct {
		name      string
		sc        *scenario.Scenario
		f         subject.Factory
		all, some string
	}{
		{
			"two topics, in another order than that of sending", parse(t, string(oneOrder)), subject.Simple(),
			"43 orders enumerated, 43 played, 0 pruned, 4 distinct traces",
			"33 orders enumerated, 29 played, 4 pruned, 4 distinct traces",
		},
		{
			"a message to two, by a client that is wrong in one order", parse(t, toTwo), forgetful(),
			"16 orders enumerated, 16 played, 0 pruned, 2 distinct traces",
			"11 orders enumerated, 6 played, 5 pruned, 2 distinct traces",
		},
		{
			"messages that cross", parse(t, crossing), subject.Simple(),
			"7 orders enumerated, 7 played, 0 pruned, 3 distinct traces",
			"6 orders enumerated, 4 played, 2 pruned, 3 distinct traces",
		},
		{
			"a message that a subscription comes before or behind", parse(t, subscribing), subject.Simple(),
			"5 orders enumerated, 5 played, 0 pruned, 3 distinct traces",
			"5 orders enumerated, 3 played, 2 pruned, 3 distinct traces",
		},
		{
			"a fault that strikes what comes second", parse(t, striking), subject.Simple(),
			"3 orders enumerated, 3 played, 0 pruned, 2 distinct traces",
			"3 orders enumerated, 3 played, 0 pruned, 2 distinct traces",
		},
		{
			"an outage", outageOfRef, subject.Ref(),
			"182 orders enumerated, 182 played, 0 pruned, 1 distinct traces",
			"17 orders enumerated, 7 played, 10 pruned, 1 distinct traces",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all := explore.AllOrders(t, tt.sc, tt.f, 1000)
			some := explore.ReducedOrders(t, tt.sc, tt.f, 1000)
			if all.String() != tt.all || some.String() != tt.some {
				t.Errorf("all: %v\nwant %s\nreduced: %v\nwant %s", all, tt.all, some, tt.some)
			}
			if a, b := seen(all), seen(some); !slices.Equal(a, b) {
				t.Errorf("the traces differ: all %v\nreduced %v", a, b)
			}
			if (all.Failed == nil) != (some.Failed == nil) {
				t.Errorf("all orders: failed %v; reduced: failed %v", all.Failed != nil, some.Failed != nil)
			}
		})
	}
}

func seen(s explore.Systematic) []string { return slices.Sorted(maps.Keys(s.Traces)) }

// toTwo is a scenario in which a message comes back to its publisher, and goes to the witness.
const toTwo = `
title: a message comes back to its publisher
covers: [MQTT-4.3.2-2]
level: must
why: a receiver answers a PUBLISH at QoS 1 with a PUBACK (4.3.2)
needs: [qos1]
peer: broker
steps:
  - witness connect:
  - witness subscribe: {filter: t, qos: 1}
  - client connect:
  - expect CONNECT:
  - client subscribe: {filter: t, qos: 1}
  - expect SUBSCRIBE:
  - client publish: {topic: t, qos: 1, payload: hi}
  - expect PUBLISH: {topic: t}
  - expect PUBACK:
  - receive: {topic: t, payload: hi}
  - witness expect: {topic: t, payload: hi}
`

// crossing is a scenario in which the subject answers the first of two messages while the second is on its way.
const crossing = `
title: the answer to a message crosses another message
level: may
needs: [nested-publish]
peer: broker
allow: [PUBLISH]
steps:
  - client on_message: {do: publish, topic: t/2, qos: 0, payload: answer, when: t/1}
  - witness connect:
  - client connect:
  - expect CONNECT:
  - client subscribe: {filter: t/+, qos: 0}
  - expect SUBSCRIBE:
  - deliver SUBACK:
  - witness publish: {topic: t/1, payload: one}
  - witness publish: {topic: t/2, payload: two}
  - wait: 1s
`

// subscribing is a scenario in which a message comes to the broker while the subscription that it matches does.
const subscribing = `
title: a subscription crosses a message
level: may
needs: []
peer: broker
steps:
  - witness connect:
  - client connect:
  - expect CONNECT:
  - client subscribe: {filter: t, qos: 0}
  - witness publish: {topic: t, payload: one}
  - wait: 1s
`

// striking is a scenario in which a fault takes the second of two messages, which cross.
const striking = `
title: one of two messages that cross is lost
level: may
needs: []
peer: broker
allow: [PUBLISH]
steps:
  - witness connect:
  - client connect:
  - expect CONNECT:
  - client subscribe: {filter: t/in, qos: 0}
  - expect SUBSCRIBE:
  - deliver SUBACK:
  - fault drop: {packet: PUBLISH, nth: 2}
  - witness publish: {topic: t/in, payload: one}
  - client publish: {topic: t/out, qos: 0, payload: two}
  - wait: 1s
`

// A client that is wrong in one order only is found by the orders that are played, and passes in FIFO order.
func TestReducedOrdersFindWhatOneOrderShows(t *testing.T) {
	sc := parse(t, toTwo)
	if res := explore.PlayOrder(t, sc, forgetful(), nil); res.Failure != nil {
		t.Fatalf("it fails in FIFO order: %s", res.Report())
	}
	s := explore.ReducedOrders(t, sc, forgetful(), 1000)
	if s.Failed == nil || !s.Complete {
		t.Fatalf("no order fails: %v", s)
	}
	if res := explore.PlayOrder(t, sc, forgetful(), s.Choices); res.Verdict != s.Failed.Verdict || res.Trace != s.Failed.Trace {
		t.Errorf("choices %v: %s, want the failure again: %s", s.Choices, res.Verdict, s.Failed.Verdict)
	}
}

// forgetful is a client that never acknowledges a message which comes before the PUBACK that it waits for.
func forgetful() subject.Factory {
	f := subject.Simple()
	made := f.New
	f.New = func(env subject.Env) (subject.Subject, error) {
		dial := env.Dial
		env.Dial = func(ctx context.Context) (net.Conn, error) {
			conn, err := dial(ctx)
			if err != nil {
				return nil, err
			}
			return &crossed{Conn: conn}, nil
		}
		return made(env)
	}
	return f
}

type crossed struct {
	net.Conn
	waits atomic.Bool // for a PUBACK
}

func (c *crossed) Write(b []byte) (int, error) {
	switch wire.Type(b[0] >> 4) {
	case wire.PUBLISH:
		c.waits.Store(true)
	case wire.PUBACK:
		if c.waits.Load() {
			return len(b), nil
		}
	}
	return c.Conn.Write(b)
}

func (c *crossed) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && wire.Type(b[0]>>4) == wire.PUBACK {
		c.waits.Store(false)
	}
	return n, err
}
