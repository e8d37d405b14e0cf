package scenario

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// conditions knows when variables have a value: those that only a step binds which may not be met, or not be
// played, have one in some runs and not in others.
type conditions struct {
	sure    map[Var]bool  // it has one in every run
	implied map[Var][]Var // those that have one whenever it has one
}

func newConditions() conditions {
	return conditions{sure: map[Var]bool{}, implied: map[Var][]Var{}}
}

// has reports whether v has a value in a step that is played when the variable given has one. It has if v is
// empty; given may be empty.
func (c conditions) has(v, given Var) bool {
	if v == "" || c.sure[v] {
		return true
	}
	seen := map[Var]bool{}
	for open := []Var{given}; len(open) > 0 && open[0] != ""; open = open[1:] {
		if open[0] == v {
			return true
		}
		if !seen[open[0]] {
			seen[open[0]] = true
			open = append(open, c.implied[open[0]]...)
		}
	}
	return false
}

// bind notes that step s gives v its first value, in every run in which the step is played if always says so.
func (c conditions) bind(s *step, v Var, always bool) {
	always = always && !s.Optional
	switch {
	case s.When == "":
		c.sure[v] = always
	case always:
		c.implied[s.When] = append(c.implied[s.When], v)
		fallthrough
	default:
		c.implied[v] = append(c.implied[v], s.When)
	}
}

// loose is a variable that a step of an unordered run binds.
type loose struct {
	name Var
	kind Kind
	by   *step
}

// unordered checks that the i-th step, if it is unordered, has a neighbour that is, and ends the run before
// one that is not. What the steps of a run bind is theirs alone up to its end.
func (c *script) unordered(steps []*step, i int) {
	is := func(i int) bool { return i >= 0 && i < len(steps) && steps[i].Unordered }
	if !is(i) {
		for _, l := range c.loose {
			c.vars[l.name] = l.kind
			c.bind(l.by, l.name, true)
		}
		c.loose = nil
	} else if !is(i-1) && !is(i+1) {
		c.lacking(steps[i].mods["unordered"], "unordered: no neighbour of the step carries it too; a run has two steps or more")
	}
}

// variables checks that each variable is bound before it is used, in every run in which it is used, and
// holds one kind of value.
func (c *script) variables(s *step) {
	c.when(s)
	bound := c.bound(s, s)
	all := maps.Clone(bound) // by each of the alternatives
	for _, a := range s.or {
		other := c.bound(s, a)
		maps.DeleteFunc(all, func(v Var, _ Kind) bool { _, ok := other[v]; return !ok })
		for v, kind := range other {
			if k, ok := bound[v]; ok && !sameKind(k, kind) {
				c.errorf(a.key, "or: %v holds %s in one alternative and %s in another", v, word(k), word(kind))
			}
			bound[v] = kind
		}
	}
	for _, v := range slices.Sorted(maps.Keys(bound)) {
		if s.Unordered {
			c.loose = append(c.loose, loose{v, bound[v], s})
			continue
		}
		_, always := all[v]
		c.vars[v] = bound[v]
		c.bind(s, v, always)
	}
}

// when checks that a step's when names a variable that may have a value, or not.
func (c *script) when(s *step) {
	_, bound := c.vars[s.When]
	switch n := s.mods["when"]; {
	case s.When == "":
	case !bound:
		c.lacking(n, "when: %v has no value; an optional step before may bind it%s", s.When, c.nearVar(s.When))
	case c.sure[s.When]:
		c.errorf(n, "when: %v has a value in every run; leave when out", s.When)
	}
}

// bound returns the variables that part binds, which is s or one of its alternatives, and checks those that
// it uses.
func (c *script) bound(s, part *step) map[Var]Kind {
	binds := strings.HasPrefix(s.Key, "expect ") || strings.HasPrefix(s.Key, "deliver ")
	own := map[Var]Kind{}
	use := func(f Field, name Var, n *yaml.Node, binds bool) {
		kind, known := c.vars[name]
		if k, ok := own[name]; ok {
			kind = k
		} else if !known {
			switch run := slices.ContainsFunc(c.loose, func(l loose) bool { return l.name == name }); {
			case run:
				c.errorf(n, "%s: a step of the same unordered run binds %v; it can be used behind the run", f.Name, name)
			case binds:
				own[name] = f.Kind
			default:
				c.lacking(n, "%s: %v has no value yet; an expect or deliver before must bind it%s", f.Name, name, c.nearVar(name))
			}
			return
		} else if !c.has(name, s.When) {
			if !s.Optional {
				c.errorf(n, "%s: %v has no value in some runs; add when: %v", f.Name, name, name)
			}
			c.implied[name] = nil // the step may bind it anew
		}
		if !sameKind(kind, f.Kind) {
			c.errorf(n, "%s: %v holds %s, not %s", f.Name, name, word(kind), word(f.Kind))
		}
	}
	check := func(f Field, v any, n *yaml.Node) {
		switch v := v.(type) {
		case Var:
			if v != Counter || !c.repeats {
				use(f, v, n, binds)
			}
		case Unlike:
			for _, not := range v.Not {
				if name, ok := not.(Var); ok && (name != Counter || !c.repeats) {
					use(f, name, n, false)
				}
			}
			if v.As != "" {
				use(f, v.As, n, binds)
			}
		}
	}
	for _, f := range part.verb.Fields {
		check(f, part.Args[f.Name], part.at[f.Name])
	}
	if set, ok := get[map[string]any](part.Args, "set"); ok {
		t, _ := part.Args.Type("packet")
		for _, f := range packetFields(t, true) {
			check(f, set[f.Name], part.set[f.Name])
		}
	}
	return own
}
