package scenario

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"umqtt/harness/near"
)

// leftovers notes what the script begins and never comes back to, and what it sends into a cut.
func (c *script) leftovers(steps []*step) {
	if c.partial {
		return
	}
	c.unusedVars(steps)
	c.unjudged(steps)
	c.lostSends(steps)
}

// unusedVars notes each variable that is bound, never used, and named much like another: a misspelt one
// binds anew where it was meant to compare.
func (c *script) unusedVars(steps []*step) {
	seen := map[string][]*yaml.Node{}
	for _, s := range steps {
		for _, part := range append([]*step{s}, s.or...) {
			for _, at := range []map[string]*yaml.Node{part.at, part.set} {
				for _, n := range at {
					variablesIn(n, seen)
				}
			}
		}
		if n := s.mods["when"]; n != nil {
			variablesIn(n, seen)
		}
	}
	names := slices.Clone(c.tabled)
	for v := range c.vars {
		names = append(names, v.String())
	}
	slices.Sort(names)
	for v := range c.vars {
		at := seen[string(v)]
		if len(at) != 1 {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !misspelt(v.String(), name) })
		if len(others) > 0 {
			c.errorf(at[0], "%v is bound and never used; did you mean %s?", v, near.Word(v.String(), others))
		}
	}
}

// misspelt reports whether one of two variables may be the other with a letter or two wrong. Of short
// names that would be all: $a is not $b, nor $id $sp. Nor are those that are counted, as $id1 and $id2 are.
func misspelt(a, b string) bool {
	const digits = "0123456789"
	if strings.TrimRight(a, digits) == strings.TrimRight(b, digits) {
		return false
	}
	d, long := near.Mistakes(a, b), max(len(a), len(b))-len("$")
	return d < long && (d == 1 || d == 2 && long > 4)
}

// variablesIn gathers the places of the variables at and below n.
func variablesIn(n *yaml.Node, seen map[string][]*yaml.Node) {
	if name, ok := variableIn(n); ok {
		seen[name] = append(seen[name], n)
	}
	for _, name := range unlikeVars(n) {
		seen[name] = append(seen[name], n)
	}
	for _, c := range n.Content {
		variablesIn(c, seen)
	}
}

// judges are the verbs that look at a call.
var judges = []string{"client done", "client fails", "client ends", "client pending"}

// JudgesCall reports whether the verb with this key judges a named call.
func JudgesCall(key string) bool { return slices.Contains(judges, key) }

// unjudged notes each call that has a name, and so need not succeed, and that no step looks at.
func (c *script) unjudged(steps []*step) {
	judged := map[string]bool{}
	for _, s := range steps {
		if !JudgesCall(s.Key) {
			continue
		}
		name, ok := s.Args.String("call")
		if _, known := c.calls[name]; !ok || !known { // a mistake that is noted already; it may mean any call
			return
		}
		judged[name] = true
	}
	for _, s := range steps {
		names := callNames(*s.Step)
		if text(s.Args, "as") == "" || slices.ContainsFunc(names, func(name string) bool { return judged[name] }) {
			continue
		}
		s.errorf("as", "as: the call %s is named but no step looks at it: add %s, or leave out as", names[0], list(judges))
	}
}

// lostSends notes each step that may cut off what the one right before it has sent.
func (c *script) lostSends(steps []*step) {
	for i, s := range steps {
		if i == 0 {
			continue
		}
		if before := steps[i-1]; before.Sends() && s.cuts(before) {
			s.errorf("", "what line %d sends may be lost by this %s: put client done, deliver or wait between",
				before.Pos.Line, strings.TrimPrefix(s.Key, "fault "))
		}
	}
}

// Sends reports whether the script sends bytes in this step.
func (s Step) Sends() bool { return strings.HasPrefix(s.Key, "send ") && s.Key != "send close" }

// cuts reports whether s ends, at once, the connection that the step before has sent something on.
func (s *step) cuts(before *step) bool {
	if s.Key == "fault down" {
		return true
	}
	if s.Key != "fault cut" || !AtOnce(*s.Step) || text(s.Args, "dir") == "to_server" {
		return false
	}
	a, b := s.Args["conn"], before.Args["conn"]
	return a == nil || b == nil || a == b
}
