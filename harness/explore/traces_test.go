package explore_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"umqtt/harness/explore"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/scenarios"
)

// `make determinism` sets these higher and compares the files of two processes.
var (
	runs     = flag.Int("runs", 2, "how often each scenario is played in FIFO order")
	seedRuns = flag.Int("seedruns", 2, "how often each scenario is played under each seed")
	seeds    = flag.Int("seeds", 1, "under how many seeds each scenario is played")
	traces   = flag.String("traces", "", "write one line for each scenario, subject, seed and trace to this file")
)

// loaded is the suite, which is the same each time.
var loaded = sync.OnceValues(func() ([]*scenario.Scenario, error) { return scenario.Load(scenarios.FS()) })

// suite returns the scenarios of the suite. They must not be changed.
func suite(t *testing.T) []*scenario.Scenario {
	t.Helper()
	all, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// shortSuite returns the scenarios of the suite, the long ones with fewer rounds.
func shortSuite(t *testing.T) []*scenario.Scenario {
	t.Helper()
	all := suite(t)
	for i, sc := range all {
		all[i] = explore.Short(sc)
	}
	return all
}

// sampled returns the scenarios of the suite that are played once for each of many clients: all of them, or with
// the race detector, which is about the code and not about the verdicts, each seventh.
func sampled(t *testing.T) []*scenario.Scenario {
	t.Helper()
	all := suite(t)
	if !raced {
		return all
	}
	var some []*scenario.Scenario
	for i := 0; i < len(all); i += 7 {
		some = append(some, all[i])
	}
	return some
}

// A seed gives one trace: bytes, virtual times, events and what the API reported are the same in every
// run. Without -whole each subject plays a third of the scenarios, which another one does not play.
func TestDeterminism(t *testing.T) {
	var lines []string
	played, total, distinct, seeded := 0, 0, 0, 0
	for s, f := range subject.Builtin() {
		for i, sc := range shortSuite(t) {
			if play.Suits(sc, f, scenario.Simulated) != "" || !*whole && i%3 != s {
				continue
			}
			played++
			for seed := range uint64(*seeds + 1) {
				n := *seedRuns
				if seed == 0 {
					n = *runs
				}
				got, bad := explore.Repeat(t, sc, f, play.Options{Seed: seed}, n)
				if bad != nil {
					t.Errorf("%s %s seed %d: %s\n%s", f.Name, sc.Name, seed, bad.Shown(), bad.Reason().Report())
				}
				if len(got) != 1 {
					t.Errorf("%s %s seed %d: %d traces in %d runs, want 1", f.Name, sc.Name, seed, len(got), n)
				}
				total += n
				distinct += len(got)
				seeded++
				for trace := range got {
					lines = append(lines, fmt.Sprintf("%s %s %d %s", f.Name, sc.Name, seed, trace))
				}
			}
		}
	}
	slices.Sort(lines)
	t.Logf("scenarios × subjects %d, runs %d, distinct traces %d for %d seeds of scenarios, GOMAXPROCS=%d",
		played, total, distinct, seeded, runtime.GOMAXPROCS(0))
	if *traces != "" {
		if err := os.WriteFile(*traces, []byte(strings.Join(lines, "\n")+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// Orders are a feature: seeds turn round what a conforming peer may turn round, and the subject passes
// under all of them.
func TestOrders(t *testing.T) {
	several := 0
	f := subject.Simple()
	for _, sc := range shortSuite(t) {
		if play.Suits(sc, f, scenario.Simulated) != "" || sc.Peer != scenario.Broker {
			continue
		}
		got, bad := explore.Orders(t, sc, f, 20)
		if bad != nil {
			t.Errorf("%s seed %d: %s\n%s", sc.Name, bad.Seed, bad.Shown(), bad.Reason().Report())
		}
		if len(got) > 1 {
			several++
			t.Logf("%s: %d traces over 20 seeds", sc.Name, len(got))
		}
	}
	if several < 3 {
		t.Errorf("%d scenarios show two or more legal traces over 20 seeds, want 3 or more", several)
	}
}

// A subject that draws its packet ids at random is seen to be nondeterministic.
func TestRandomPacketIDsAreSeen(t *testing.T) {
	f := subject.Simple()
	made := f.New
	f.New = func(env subject.Env) (subject.Subject, error) {
		dial := env.Dial
		env.Dial = func(ctx context.Context) (net.Conn, error) {
			conn, err := dial(ctx)
			if err != nil {
				return nil, err
			}
			return randomIDs{conn, uint16(1 + rand.Uint32N(65535))}, nil
		}
		return made(env)
	}
	sc := parse(t, `
title: a publish at QoS 1
covers: [MQTT-2.3.1-1]
level: must
why: a PUBLISH at QoS 1 has a packet identifier (2.3.1)
needs: [qos1]
peer: script
steps:
  - client connect:
  - expect CONNECT:
  - send CONNACK: {session_present: false, code: 0}
  - client publish: {topic: t, qos: 1, payload: hi}
  - expect PUBLISH: {packet_id: $id}
  - send PUBACK: {packet_id: $id}
`)
	got, bad := explore.Repeat(t, sc, f, play.Options{}, 20)
	if bad != nil {
		t.Fatalf("%s\n%s", bad.Shown(), bad.Reason().Report())
	}
	if len(got) < 2 {
		t.Fatalf("%d traces in 20 runs of a subject with random packet ids, want 2 or more", len(got))
	}
}

func parse(t *testing.T, text string) *scenario.Scenario {
	t.Helper()
	sc, err := scenario.Parse("test.yaml", []byte(strings.TrimLeft(text, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// randomIDs exclusive-ors the packet id of the QoS 1 PUBLISH of topic t, and of its PUBACK, with a
// number that differs from connection to connection.
type randomIDs struct {
	net.Conn
	mask uint16
}

func (c randomIDs) Write(b []byte) (int, error) {
	if b[0]>>4 == 3 {
		b = slices.Clone(b)
		c.flip(b[5:7])
	}
	return c.Conn.Write(b)
}

func (c randomIDs) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n == 4 && b[0] == 0x40 {
		c.flip(b[2:4])
	}
	return n, err
}

func (c randomIDs) flip(id []byte) {
	id[0] ^= byte(c.mask >> 8)
	id[1] ^= byte(c.mask)
}
