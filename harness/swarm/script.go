package swarm

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// The most actions of a script, and the most faults among them: no more than a run can live through to its end, in
// which it connects again a few times.
const (
	MaxActions = 40
	MaxFaults  = 6
)

// A Script is a list of calls and faults for a subject, built action by action. [NewScript] begins one.
type Script struct {
	subject subject.Factory
	sc      scenario.Scenario
	weak    bool // faults that no TCP makes are allowed
	odd     bool // it is of the unusual kind
	order   uint64
	soon    bool // identifiers are to wrap soon

	actions int
	faults  int
	said    int      // messages, by which payloads are told apart
	filters []string // subscribed to
	echoes  int      // callbacks that publish
	holds   int
	stalls  bool // something was stalled
	down    bool
	done    map[string]bool // the names of the actions so far
}

// NewScript begins a script for a subject: it draws the client's options, the order of packets and which oracle is to
// judge, and connects.
func NewScript(f subject.Factory, src Source) *Script {
	s := &Script{subject: f, done: map[string]bool{}}
	s.sc = scenario.Scenario{
		Name: "swarm", File: "swarm.yaml", Title: "The client lives through a mix of calls and faults",
		Level: scenario.May, Peer: scenario.Broker, World: scenario.Both, Oracle: scenario.Strong, Client: scenario.DefaultConnect(),
	}
	s.need(spec.QoS1)
	c := &s.sc.Client
	if s.has(spec.PersistentSession) && !chance(src, 3) {
		s.need(spec.PersistentSession)
		c.CleanSession = false
	}
	if s.has(spec.KeepAlive) {
		s.need(spec.KeepAlive)
		c.KeepAlive = pick(src, 0, 4*time.Second, 10*time.Second)
	}
	if s.has(spec.OwnLimits) {
		s.need(spec.OwnLimits)
		c.AckTimeout = 3 * time.Second
		c.MaxInflight = pick(src, 0, 0, 2, 3)
	}
	if s.has(spec.Pipelining) && chance(src, 8) {
		s.need(spec.Pipelining)
	}
	if s.weak = chance(src, 3); s.weak {
		s.sc.Oracle = scenario.Weak
	}
	if chance(src, 8) {
		s.order = 1 + uint64(src.IntN(1<<15))
	}
	s.soon = chance(src, 4)
	odd := !chance(src, 8) // a source that is at its end chooses the usual kind
	if _, allowed := src.(oddSource); odd && allowed {
		s.odd = true
		s.options(src)
	}
	if s.odd && chance(src, 2) {
		s.say(src, 1) // a call that comes too early
	}
	s.step("client connect", nil)
	return s
}

// has reports whether the subject has a feature.
func (s *Script) has(f spec.Feature) bool {
	_, ok := s.subject.Has([]spec.Feature{f})
	return ok
}

// need notes that the scenario uses a feature.
func (s *Script) need(f spec.Feature) {
	if !slices.Contains(s.sc.Needs, f) {
		s.sc.Needs = append(s.sc.Needs, f)
	}
}

func (s *Script) step(key string, args scenario.Args) {
	if args == nil {
		args = scenario.Args{}
	}
	s.sc.Steps = append(s.sc.Steps, scenario.Step{Key: key, Args: args})
}

// payload returns one that no other message has, and that is long now and then.
func (s *Script) payload(src Source) string {
	s.said++
	text := fmt.Sprintf("m%d", s.said)
	if chance(src, 2) {
		text += "." + strings.Repeat("x", pick(src, 120, 200, 1400))
	}
	return text
}

// Scenario returns the script as a scenario. The error is that of a script that is none, which is a mistake of this
// package.
func (s *Script) Scenario() (*scenario.Scenario, error) {
	sc := s.sc
	return scenario.Parse(sc.File, scenario.Format(&sc))
}

// Order returns the seed for the order of packets; 0 is FIFO.
func (s *Script) Order() uint64 { return s.order }

// Soon reports whether the identifiers of the subject are to wrap soon, where it can be told to.
func (s *Script) Soon() bool { return s.soon }

// Draw draws a whole script: which actions there may be, and a list of those.
func Draw(f subject.Factory, src Source) *Script {
	s := NewScript(f, src)
	allowed := s.subset(src)
	aside := asideOf(src)
	var extra []Action
	if aside != nil {
		extra = s.subsetOf(aside, func(a Action) bool { return a.Aside })
	}
	for s.actions < MaxActions && src.More() {
		s.Add(allowed[src.IntN(len(allowed))], src)
		if len(extra) > 0 && chance(aside, 2) {
			s.Add(extra[aside.IntN(len(extra))], aside)
		}
	}
	return s
}

// asideOf returns the source of the choices apart from the others, or nil: they are among the others.
func asideOf(src Source) Source {
	if b, ok := src.(besides); ok {
		return b.aside()
	}
	return nil
}

// subset draws which actions a script may have: some calls, and fewer faults.
func (s *Script) subset(src Source) []Action {
	publish, separate := actions[0], asideOf(src) != nil
	return append([]Action{publish}, s.subsetOf(src, func(a Action) bool { return a.Name != publish.Name && !(separate && a.Aside) })...)
}

// subsetOf draws some of the actions that are asked for.
func (s *Script) subsetOf(src Source, of func(Action) bool) (allowed []Action) {
	for _, a := range actions {
		if of(a) && a.Possible(s) && chance(src, likely(a, s.odd)) {
			allowed = append(allowed, a)
			if !a.Fault {
				allowed = append(allowed, a) // calls are as likely again
			}
		}
	}
	return allowed
}

// likely returns in how many of 16 scripts an action may be: fewer of the usual ones in a script of the unusual kind.
func likely(a Action, odd bool) int {
	switch {
	case a.Odd, a.Aside:
		return 4
	case a.Fault && odd:
		return 1
	case a.Fault:
		return 4
	case odd:
		return 6
	}
	return 10
}
