package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"umqtt/harness/spec"
)

// script checks what the steps say to one another.
type script struct {
	*parser
	scenario *Scenario
	partial  bool // some step could not be read: nothing is said about what may have stood there

	anyNeeds, anyCovers bool // the header's needs, or its covers, could not be read

	vars       map[Var]Kind      // bound so far, with the kind of the field that binds
	conditions                   // under which they have a value
	loose      []loose           // bound in the unordered run that is being read
	made       map[string]Var    // name of a call → the when of its step
	calls      map[string]string // name of a call → the key of its step
	failing    map[string]bool   // calls of which some step says that they fail
	holds      map[string]bool
	stalled    bool
	measured   bool
	down       bool
	witness    bool          // connected
	repeats    bool          // the steps are those of a repeat
	alive      time.Duration // the keep alive of the newest connect
}

// run checks the steps in order and puts them into the scenario.
func (c *script) run(steps []*step) {
	c.vars, c.calls, c.holds, c.failing = map[Var]Kind{}, map[string]string{}, map[string]bool{}, map[string]bool{}
	c.alive = c.scenario.Client.KeepAlive
	c.witness = c.scenario.Oracle != "" // which has one of its own
	c.conditions, c.made = newConditions(), map[string]Var{}
	for _, s := range flat(steps) {
		if s.Key == "client fails" {
			c.failing[text(s.Args, "call")] = true
		}
	}
	c.steps(steps)
	for _, s := range steps {
		c.scenario.Steps = append(c.scenario.Steps, *s.Step)
	}
	c.leftovers(flat(steps))
}

// steps checks steps in order.
func (c *script) steps(steps []*step) {
	for i, s := range steps {
		c.unordered(steps, i)
		if s.verb.Peer != "" && c.scenario.Peer != "" && s.verb.Peer != c.scenario.Peer {
			c.errorf(s.key, "%s is for peer: %s", s.Key, s.verb.Peer)
		}
		c.judged(s)
		c.window(s)
		c.covers(s)
		c.features(s)
		c.variables(s)
		c.call(s)
		c.state(s)
		c.block(s)
	}
}

// covers checks that a step names some of what the scenario covers.
func (c *script) covers(s *step) {
	ids := s.mods["covers"]
	c.distinct("covers", ids)
	c.standard(c.scenario.Level, ids)
	for i, id := range s.Covers {
		covered := c.anyCovers || slices.Contains(c.scenario.Covers, id)
		if r, _ := spec.Lookup(id); !covered && (r.Kind != spec.Promise || !binding(c.scenario.Level)) {
			c.errorf(ids.Content[i], "covers[%d]: the scenario does not cover %s; the header's covers must name it too", i, id)
		}
	}
}

// judged refuses a step that expects something where an oracle judges.
func (c *script) judged(s *step) {
	if c.scenario.Oracle != "" && !Drives(*s.Step) {
		c.errorf(s.key, "%s: the oracle judges the run; its steps are calls, faults, waits and what the witness publishes", s.Key)
	}
}

// Drives reports whether a step acts and expects nothing. A scenario with an oracle has only such steps.
func Drives(s Step) bool {
	switch s.Key {
	case "client done", "client fails", "client ends", "client pending", "fault release":
		return false
	case "witness publish", "wait":
		return true
	}
	verb, _, _ := strings.Cut(s.Key, " ")
	return verb == "client" || verb == "fault"
}

// lacking notes that a step relies on one before it that is not there.
func (c *script) lacking(n *yaml.Node, format string, args ...any) {
	if !c.partial {
		c.errorf(n, format, args...)
	}
}

// nearVar ends a message about a variable without a value.
func (c *script) nearVar(name Var) string {
	bound, table := slices.Clone(c.tabled), ""
	if len(bound) > 0 {
		table = ", or the cases have it"
	}
	for v := range c.vars {
		bound = append(bound, v.String())
	}
	slices.Sort(bound)
	return table + perhaps(name.String(), bound)
}

// word says what a variable of a kind holds.
func word(k Kind) string {
	switch k {
	case KindText:
		return "text"
	case KindBool:
		return "true or false"
	}
	return "a number"
}

func sameKind(a, b Kind) bool { return word(a) == word(b) }

// call notes the calls that a step names, and checks those that it judges.
func (c *script) call(s *step) {
	if name, ok := s.Args.String("thread"); ok && name == "" {
		s.errorf("thread", "thread: a thread's name is not empty; the main thread has none")
	}
	if as, ok := s.Args.String("as"); ok {
		if as == "" {
			s.errorf("as", "as: a call's name is not empty")
		}
		for _, name := range callNames(*s.Step) {
			if _, taken := c.calls[name]; taken {
				s.errorf("as", "as: another call is named %s already", name)
			}
			c.calls[name], c.made[name] = callKey(*s.Step), s.When
		}
	}
	if !JudgesCall(s.Key) {
		return
	}
	name, ok := s.Args.String("call")
	if !ok {
		return
	}
	key, ok := c.calls[name]
	if !ok {
		var known []string
		for name := range c.calls {
			known = append(known, name)
		}
		slices.Sort(known)
		c.lacking(s.at["call"], "call: no step before gives a call the name %q with as%s", name, perhaps(name, known))
		return
	}
	if when := c.made[name]; !c.has(when, s.When) {
		s.errorf("call", "call: %s is made only when %v has a value; add when: %v", name, when, when)
	}
	for field, of := range map[string]string{"granted": "client subscribe", "session_present": "client connect"} {
		if s.has(field) && key != of {
			s.errorf(field, "%s: %s is a %s, and only a %s has it", field, name, key, of)
		}
	}
}

// callNames returns the names that the field as of a step gives to calls.
func callNames(s Step) []string {
	as, ok := s.Args.String("as")
	if !ok {
		return nil
	}
	times, _ := s.Args.Int("times")
	count, _ := s.Args.Int("count")
	if times*count <= 1 {
		return []string{as}
	}
	var names []string
	for i := range times * count {
		names = append(names, fmt.Sprintf("%s%d", as, i+1))
	}
	return names
}

// callKey returns the key of the verb that makes the call, which a callback makes by another.
func callKey(s Step) string {
	if do, ok := s.Args.String("do"); ok {
		return "client " + do
	}
	return s.Key
}

// state checks steps that end what another has begun.
func (c *script) state(s *step) {
	name := text(s.Args, "name")
	verb, object, _ := strings.Cut(s.Key, " ")
	switch s.Key {
	case "fault hold":
		if c.holds[name] {
			s.errorf("name", "name: another fault hold has the name %s", name)
		}
		c.holds[name] = true
	case "fault release":
		if !c.holds[name] && s.has("name") {
			var known []string
			for name := range c.holds {
				known = append(known, name)
			}
			slices.Sort(known)
			c.lacking(s.at["name"], "name: no fault hold before has the name %q%s", name, perhaps(name, known))
		}
	case "measure start":
		c.measured = true
	case "measure growth":
		if !c.measured {
			c.lacking(s.key, "measure growth: no measure start before")
		}
	case "fault stall":
		c.stalled = true
	case "fault heal":
		if !c.stalled {
			c.lacking(s.key, "fault heal: no fault stall before")
		}
		c.stalled = false
	case "fault down", "fault up":
		if c.down == (object == "down") {
			c.lacking(s.key, "%s: the peer is %s already", s.Key, object)
		}
		c.down = object == "down"
	}
	if verb != "witness" {
		return
	}
	if c.witness == (object == "connect") {
		c.lacking(s.key, "%s: the witness is %s", s.Key, map[bool]string{true: "connected already", false: "not connected"}[c.witness])
	}
	c.witness = object != "disconnect"
}
