package scenario

import (
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"umqtt/harness/wire"
)

// Counter is the variable with the number of the round of a repeat, from 1. In the steps of the repeat it may be used
// in place of a packet identifier, and anywhere in a text.
const Counter Var = "i"

// counterIn returns where the counter first stands in a text, below 0 if it does not: $i, but not $id.
func counterIn(s string) int {
	for at := 0; ; {
		i := strings.Index(s[at:], "$i")
		if i < 0 {
			return -1
		}
		at += i + len("$i")
		if at == len(s) || !strings.Contains("abcdefghijklmnopqrstuvwxyz0123456789_", s[at:at+1]) {
			return at - len("$i")
		}
	}
}

// fill returns a text with a number in place of the counter, and whether that stands in it.
func fill(s, number string) (string, bool) {
	at := counterIn(s)
	if at < 0 {
		return s, false
	}
	var b strings.Builder
	for ; at >= 0; at = counterIn(s) {
		b.WriteString(s[:at] + number)
		s = s[at+len("$i"):]
	}
	b.WriteString(s)
	return b.String(), true
}

// repeatVerb plays a block of steps again and again.
func repeatVerb() Verb {
	return Verb{Key: "repeat", Scalar: "times", Doc: "the steps below it are played that many times; in them $i is the number of the round, from 1",
		Fields: []Field{{Name: "times", Kind: KindInt, Min: 2, Max: maxRounds, Doc: "how many times", Required: true}}}
}

// Rounds returns how often a step plays each of its Steps. It is 0 for a step that is not a repeat.
func (s Step) Rounds() int {
	if s.Key != "repeat" {
		return 0
	}
	n, _ := s.Args.Int("times")
	return n
}

// InRound returns a step of a repeat as it is played in round n, with n in place of the counter.
func (s Step) InRound(n int) Step {
	s.Round = n
	s.Args = s.Args.inRound(n, strconv.Itoa(n))
	for i := range s.Or {
		if i == 0 {
			s.Or = slices.Clone(s.Or)
		}
		s.Or[i] = s.Or[i].InRound(n)
	}
	return s
}

// inRound returns the arguments with n in place of the counter. Those that do not name it are shared.
func (a Args) inRound(n int, number string) Args {
	out, shared := a, true
	for name, v := range a {
		filled, ok := counted(v, n, number)
		if !ok {
			continue
		}
		if shared {
			out, shared = maps.Clone(a), false
		}
		out[name] = filled
	}
	return out
}

// counted returns a value with n in place of the counter, if it names that.
func counted(v any, n int, number string) (any, bool) {
	switch v := v.(type) {
	case string:
		return fill(v, number)
	case Var:
		return n, v == Counter
	case []string:
		return each(v, func(s string) (string, bool) { return fill(s, number) })
	case []wire.Subscription:
		return each(v, func(s wire.Subscription) (wire.Subscription, bool) {
			filter, ok := fill(s.Filter, number)
			return wire.Subscription{Filter: filter, QoS: s.QoS}, ok
		})
	case Unlike:
		not, ok := each(v.Not, func(v any) (any, bool) { return counted(v, n, number) })
		return Unlike{v.As, not}, ok
	}
	return nil, false
}

// each fills the items of a list, and tells whether one of them has changed.
func each[T any](list []T, fill func(T) (T, bool)) ([]T, bool) {
	out, changed := slices.Clone(list), false
	for i, v := range list {
		if filled, ok := fill(v); ok {
			out[i], changed = filled, true
		}
	}
	return out, changed
}

// AllSteps returns the steps of a script in the order of the file: each repeat is followed by the steps that it
// repeats.
func (s *Scenario) AllSteps() iter.Seq[*Step] {
	return func(yield func(*Step) bool) {
		for i := range s.Steps {
			if !yield(&s.Steps[i]) {
				return
			}
			for j := range s.Steps[i].Steps {
				if !yield(&s.Steps[i].Steps[j]) {
					return
				}
			}
		}
	}
}

// Played returns the number of steps that a run of the scenario plays. A repeated step counts once for each round.
func (s *Scenario) Played() int {
	n := 0
	for _, st := range s.Steps {
		n += max(1, st.Rounds()*len(st.Steps))
	}
	return n
}

// longSteps is how many steps a scenario plays at least that is long.
const longSteps = 10_000

// Long reports whether a run of the scenario takes seconds because of its repeats. Runs with many subjects use
// [Scenario.Shortened] in its place.
func (s *Scenario) Long() bool { return s.Played() >= longSteps }

// Shortened returns the scenario with at most this number of rounds in each repeat. It returns the scenario itself if
// it has no more.
func (s *Scenario) Shortened(rounds int) *Scenario {
	short := *s
	short.Steps = slices.Clone(s.Steps)
	for i, st := range s.Steps {
		if st.Rounds() > rounds {
			short.Steps[i].Args = Args{"times": rounds}
		}
	}
	return &short
}

// block reads the steps of a repeat.
func (s *step) block() {
	p, n := s.p, s.mods["steps"]
	switch {
	case s.Key != "repeat":
		return
	case p.rounds > 0:
		p.errorf(s.key, "a repeat inside of a repeat; write its steps out")
		return
	case n == nil:
		p.errorf(s.key, "repeat needs steps: those that are played again and again, below it")
		return
	case slices.Contains(p.tabled, Counter.String()):
		p.errorf(s.key, "repeat: %v is the number of its round; give the variable of the cases another name", Counter)
	}
	p.rounds = max(1, s.Rounds())
	defer func() { p.rounds = 0 }()
	s.steps = p.steps(n)
	s.partial = n.Kind != 0 && len(s.steps) < len(n.Content)
	if played := p.rounds * len(s.steps); played > maxPlayed {
		s.errorf("times", "times: %d times %d steps are %d; a scenario plays at most %d", p.rounds, len(s.steps), played, maxPlayed)
	}
}

// counter reads $i in a repeat.
func (p *parser) counter(f Field) (v any, problem string) {
	switch {
	case f.Kind == KindText:
		return Counter.String(), ""
	case f.Kind != KindInt || !f.Var:
		return nil, "is the number of the round; it stands in texts and in packet identifiers only"
	case p.rounds > f.Max:
		return nil, "goes up to " + strconv.Itoa(p.rounds) + "; at most " + strconv.Itoa(f.Max) + " may stand here"
	}
	return Counter, ""
}

// block checks the steps of a repeat, and puts them into it. What they bind for the first time they bind anew in
// each round, and what they begin has to be as it was when the next round begins.
func (c *script) block(s *step) {
	if len(s.steps) == 0 {
		return
	}
	c.partial = c.partial || s.partial
	if _, bound := c.vars[Counter]; bound {
		c.errorf(s.key, "repeat: %v is the number of its round; give the variable of that name another", Counter)
	}
	vars := maps.Clone(c.vars)
	before := [...]bool{c.stalled, c.down, c.witness}
	c.repeats = true
	c.steps(s.steps)
	c.repeats = false
	c.unordered(nil, 0) // ends a run at the end of the round
	for i, now := range [...]bool{c.stalled, c.down, c.witness} {
		if now != before[i] {
			c.lacking(s.key, "repeat: its steps leave %s; the next round begins otherwise than this one", [...]string{"a stall begun or ended", "the peer gone or back", "the witness connected or not"}[i])
		}
	}
	for v := range c.vars {
		if _, known := vars[v]; !known {
			delete(c.vars, v)
			delete(c.sure, v)
			delete(c.implied, v)
		}
	}
	for _, inner := range s.steps {
		s.Steps = append(s.Steps, *inner.Step)
	}
}

// flat returns steps with those that a repeat repeats behind it.
func flat(steps []*step) []*step {
	var all []*step
	for _, s := range steps {
		all = append(append(all, s), s.steps...)
	}
	return all
}
