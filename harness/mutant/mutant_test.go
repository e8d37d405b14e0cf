package mutant_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/mutant"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// What a report or the kill test reads of a mutant is there, and right.
func TestMutantsAreWellFormed(t *testing.T) {
	names := map[string]bool{}
	for _, m := range mutant.All() {
		t.Run(m.Name, func(t *testing.T) {
			if names[m.Name] {
				t.Error("another mutant has this name")
			}
			names[m.Name] = true
			if m.Name == "" || strings.Trim(m.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
				t.Error("its name is not of lower case letters, digits and hyphens")
			}
			if m.Doc == "" || strings.HasSuffix(m.Doc, ".") {
				t.Errorf("Doc is not a clause of a sentence: %q", m.Doc)
			}
			if len(m.Violates) == 0 || len(m.Subjects) == 0 {
				t.Errorf("it violates %q, of subjects %q: one of each at least", m.Violates, m.Subjects)
			}
			for _, id := range m.Violates {
				if _, ok := spec.Lookup(id); !ok {
					t.Errorf("no statement, clause or promise is called %s; perhaps %s", id, spec.Nearest(id))
				}
			}
			if err := m.Check(); err != nil {
				t.Error(err)
			}
			if found, ok := mutant.Find(m.Name); !ok || found.Doc != m.Doc {
				t.Error("Find does not find it")
			}
		})
	}
	if len(names) < 10 {
		t.Errorf("only %d mutants", len(names))
	}
	if _, ok := mutant.Find("no-such-mutant"); ok {
		t.Error("Find found a mutant that does not exist")
	}
}

func TestFor(t *testing.T) {
	m := mutant.Mutant{Subjects: []string{"simple"}}
	if !m.For("simple") || m.For("robust") {
		t.Error("For(simple), For(robust): want true, false")
	}
}

// A mutant has neither the proxy's clock nor its controls, and its rules must suit the packets they match.
func TestCheckRefuses(t *testing.T) {
	for _, tt := range []struct {
		reason string
		rule   fault.Rule
	}{
		{"delay: a mutant has no clock", fault.Rule{Action: fault.Delay{By: time.Second}}},
		{"latency: a mutant has no clock", fault.Rule{Action: fault.Latency{By: time.Second}}},
		{"jitter: a mutant has no clock", fault.Rule{Action: fault.Jitter{Max: time.Second}}},
		{"bandwidth: a mutant has no clock", fault.Rule{Action: fault.Bandwidth{Rate: 1}}},
		{"hold: a mutant has no controls", fault.Rule{Name: "x", Action: fault.Hold{}}},
		{"stall: a mutant has no controls", fault.Rule{Action: fault.Stall{}}},
		{"refuse: a mutant has no controls", fault.Rule{Action: fault.Refuse{}}},
		{"accept_close: a mutant has no controls", fault.Rule{Action: fault.AcceptClose{How: fault.FIN}}},
		{"a rule needs an action", fault.Rule{}},
		{"set: the rule must match exactly one packet type", fault.Rule{Action: fault.Set{Fields: map[string]any{"packet_id": 1}}}},
		{`PUBACK has no field "topic"`, fault.Rule{Match: fault.Match{Type: wire.PUBACK}, Action: fault.Set{Fields: map[string]any{"topic": "t"}}}},
		{"65536 is out of range", fault.Rule{Match: fault.Match{Type: wire.PUBACK}, Action: fault.Set{Fields: map[string]any{"packet_id": 65536}}}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			m := mutant.Mutant{Name: "bad", Rules: []fault.Rule{{Action: fault.Drop{}}, tt.rule}}
			err := m.Check()
			if err == nil || !strings.Contains(err.Error(), "mutant bad: rule 2: ") || !strings.Contains(err.Error(), tt.reason) {
				t.Errorf("Check: %v, want rule 2 and %q", err, tt.reason)
			}
			if _, err := m.Apply(factory(false)).New(subject.Env{}); err == nil {
				t.Error("New made a subject of it")
			}
		})
	}
	if err := (mutant.Mutant{Name: "idle"}).Check(); err == nil {
		t.Error("Check takes a mutant that does nothing")
	}
}

// stub is a subject that does nothing but keep its environment.
type stub struct {
	subject.Subject
	env subject.Env
}

func (stub) Idle(context.Context) error { return errors.New("idle") }

func (stub) Publish(_ context.Context, _ subject.Message, done func(error)) { done(nil) }

func factory(external bool) subject.Factory {
	return subject.Factory{
		Name: "stub", Features: []spec.Feature{spec.QoS1}, External: external,
		New: func(env subject.Env) (subject.Subject, error) { return stub{env: env}, nil },
	}
}

func TestApplyNames(t *testing.T) {
	f := mutant.Mutant{Name: "m", Rules: []fault.Rule{{Action: fault.Drop{}}}}.Apply(factory(false))
	if f.Name != "stub+m" || len(f.Features) != 1 {
		t.Errorf("name %s, features %v: want stub+m and those of stub", f.Name, f.Features)
	}
}

// With wire tampering every way to the peer leads through it.
func TestApplyTakesTheAddress(t *testing.T) {
	dialed := errors.New("dialed")
	env := subject.Env{Addr: "127.0.0.1:1883", Dial: func(context.Context) (net.Conn, error) { return nil, dialed }}
	s, err := mutant.Mutant{Name: "m", Rules: []fault.Rule{{Action: fault.Drop{}}}}.Apply(factory(false)).New(env)
	if err != nil {
		t.Fatal(err)
	}
	got := s.(stub).env
	if got.Addr != "" {
		t.Errorf("the subject can dial %s past the tampering", got.Addr)
	}
	if _, err := got.Dial(t.Context()); err != dialed {
		t.Errorf("Dial: %v, want the error of the Dial beneath", err)
	}
}

// A subject that dials by itself can be wrapped, but its packets cannot be tampered with.
func TestApplyToExternal(t *testing.T) {
	rules := mutant.Mutant{Name: "m", Rules: []fault.Rule{{Action: fault.Drop{}}}}
	if _, err := rules.Apply(factory(true)).New(subject.Env{Addr: "a:1"}); err == nil {
		t.Error("New tampers with connections it does not see")
	}
	wrap := mutant.Mutant{Name: "m", Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return s }}
	s, err := wrap.Apply(factory(true)).New(subject.Env{Addr: "a:1"})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.(stub).env.Addr; got != "a:1" {
		t.Errorf("address %q, want a:1", got)
	}
}

// An error of the base is passed on, not wrapped.
func TestApplyPassesErrors(t *testing.T) {
	want := errors.New("no subject")
	f := factory(false)
	f.New = func(subject.Env) (subject.Subject, error) { return nil, want }
	m := mutant.Mutant{Name: "m", Wrap: func(subject.Subject, subject.Env) subject.Subject { panic("no subject to wrap") }}
	if _, err := m.Apply(f).New(subject.Env{}); err != want {
		t.Errorf("New: %v, want %v", err, want)
	}
}

type plain struct{ subject.Subject }

type busy struct{ plain }

func (busy) Idle(context.Context) error { return nil }

// A wrapped Idler stays one: the wrapper's own Idle if it has one, or else that of the subject inside.
func TestApplyKeepsIdle(t *testing.T) {
	inner := errors.New("idle").Error()
	for _, tt := range []struct {
		reason string
		wrap   func(subject.Subject) subject.Subject
		want   string
	}{
		{"a wrapper without Idle", func(s subject.Subject) subject.Subject { return plain{s} }, inner},
		{"a wrapper with Idle", func(s subject.Subject) subject.Subject { return busy{plain{s}} }, ""},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			m := mutant.Mutant{Name: "m", Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return tt.wrap(s) }}
			s, err := m.Apply(factory(false)).New(subject.Env{})
			if err != nil {
				t.Fatal(err)
			}
			idler, ok := s.(subject.Idler)
			if !ok {
				t.Fatal("it is no Idler any more")
			}
			got := ""
			if err := idler.Idle(t.Context()); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("Idle: %q, want %q", got, tt.want)
			}
		})
	}
}
