package fuzz

import (
	"flag"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"umqtt/harness/mutant"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/swarm"
)

// Whatever a program calls, whatever the network does meanwhile and however often the client is dropped and connects
// again: the model finds nothing wrong with what the API reported, what went over the link and what others saw.
func TestClientsSurvive(t *testing.T) {
	for _, f := range subject.Builtin() {
		t.Run(f.Name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) { survives(r, t, swarm.Client{Subject: f, Soon: swarm.Soon(f)}, nil) })
		})
	}
}

// survives draws a script action by action and plays it.
func survives(r *rapid.T, t *testing.T, c swarm.Client, small *enough) {
	s := swarm.NewScript(c.Subject, drawn{r})
	machine := map[string]func(*rapid.T){}
	for _, a := range swarm.Actions() {
		if !a.Possible(s) {
			continue
		}
		machine[a.Name] = func(r *rapid.T) { s.Add(a, drawn{r}) }
	}
	r.Repeat(machine)
	sc, err := s.Scenario()
	if err != nil {
		r.Fatalf("%v", err)
	}
	if out := c.Play(t, s); out.Run.Broken != "" || len(out.Run.Peer) > 0 {
		failure := fmt.Sprintf("order %d: %s: %s %q\n%s", s.Order(), out.Run.Broken, out.Run.Message, out.Run.Peer, scenario.Format(sc))
		small.of(len(sc.Steps), failure)
		r.Fatalf("%s", failure)
	}
}

// drawn makes choices by drawing them.
type drawn struct{ r *rapid.T }

func (d drawn) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(d.r, "choice") }

func (d drawn) More() bool { return false }

// A planted defect is found by the property, and what is left of the script after shrinking is short.
func TestClientsSurviveFindsDefect(t *testing.T) {
	seeded(t, "7", 2000, 10)
	m, ok := mutant.Find("deep-second-redelivery-lost")
	if !ok {
		t.Fatal("there is no such mutant")
	}
	f := subject.Simple()
	tb, small := &recording{TB: t}, &enough{most: 8}
	tb.check(func(r *rapid.T) { survives(r, t, swarm.Client{Subject: m.Apply(f)}, small) })
	if !strings.Contains(small.found, "outcome-told") {
		t.Fatalf("of the mutant the property says %q, and %s", small.found, strings.Join(tb.lines, "\n"))
	}
}

// An enough ends the work on a property, in the goroutine of [recording.check], where what it has found has shrunk to a
// few steps. So a test takes no longer than it needs, and does not depend on how fast the machine is. A nil one ends
// nothing.
type enough struct {
	most  int    // steps
	found string // the failure
}

// of notes a failure of so many steps.
func (e *enough) of(steps int, failure string) {
	if e != nil && steps <= e.most {
		e.found = failure
		runtime.Goexit()
	}
}

// seeded has the properties of a test draw the same in every run, and write no files.
func seeded(t *testing.T, seed string, checks, steps int) {
	for name, value := range map[string]string{
		"rapid.nofailfile": "true", "rapid.seed": seed, "rapid.checks": strconv.Itoa(checks), "rapid.steps": strconv.Itoa(steps), "rapid.shrinktime": "1m",
	} {
		f := flag.Lookup(name)
		before := f.Value.String()
		if err := f.Value.Set(value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Value.Set(before) })
	}
}

// recording is a test that rapid can fail.
type recording struct {
	rapid.TB
	failed bool
	lines  []string
}

// check has rapid check a property, in a goroutine that a failure can end.
func (r *recording) check(property func(*rapid.T)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		rapid.Check(r, property)
	}()
	<-done
}

func (r *recording) note(format string, args ...any) {
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

func (r *recording) Helper()                           {}
func (r *recording) Logf(format string, args ...any)   { r.note(format, args...) }
func (r *recording) Log(args ...any)                   { r.note("%s", fmt.Sprint(args...)) }
func (r *recording) Errorf(format string, args ...any) { r.failed = true; r.note(format, args...) }
func (r *recording) Error(args ...any)                 { r.Errorf("%s", fmt.Sprint(args...)) }
func (r *recording) Fatalf(format string, args ...any) { r.Errorf(format, args...); runtime.Goexit() }
func (r *recording) Fatal(args ...any)                 { r.Fatalf("%s", fmt.Sprint(args...)) }
func (r *recording) Fail()                             { r.failed = true }
func (r *recording) FailNow()                          { r.failed = true; runtime.Goexit() }
func (r *recording) Failed() bool                      { return r.failed }
