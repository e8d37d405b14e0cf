package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"umqtt/harness/near"
	"umqtt/harness/wire"
)

// Modifiers returns the keys that may stand beside the verb of a step. when and note are for every verb, the others
// only for those for which [Verb.Takes] returns true.
func Modifiers() []Field {
	return []Field{
		{Name: "given", Kind: KindBool, Doc: "a precondition: if it is not met, the verdict is inconclusive, not fail"},
		{Name: "optional", Kind: KindBool, Doc: "the step may be met or not; the script continues in both cases"},
		{Name: "when", Kind: KindVariable, Var: true, Doc: "the step is played only when the variable has a value, which an optional step before may have given it"},
		{Name: "unordered", Kind: KindBool, Doc: "adjacent steps with unordered are met in any order"},
		{Name: "within", Kind: KindDuration, Min: 1, Doc: "the longest wait"},
		{Name: "after", Kind: KindRange, Doc: "when the step must be met, counted from the end of the step before: 1s~1500ms, or 1s for at least that"},
		{Name: "covers", Kind: KindRules, Doc: "ids of the header's covers that a client breaks when this step fails; all of them unless given"},
		{Name: "or", Kind: KindAlternatives, Doc: "other expect steps: exactly one of this step and these is met"},
		{Name: "note", Kind: KindText, Doc: "for the reader"},
		{Name: "steps", Kind: KindSteps, Doc: "of a repeat: the steps that it repeats; each round binds their variables again"},
	}
}

// Takes reports whether the verb allows the modifier.
func (v Verb) Takes(modifier string) bool {
	word, _, _ := strings.Cut(v.Key, " ")
	switch modifier {
	case "when", "note":
		return true
	case "steps":
		return v.Key == "repeat"
	case "optional": // not for calls, of which client ends says it
		return v.Waits && word != "client" && word != "fault" && word != "measure"
	case "unordered": // an end comes last
		return v.Waits && (word == "expect" || word == "deliver" || word == "receive") && v.Key != "expect close"
	case "or":
		return v.Waits && word == "expect"
	case "covers":
		return v.judges()
	}
	return v.Waits
}

// takers says in words which verbs take a modifier.
var takers = map[string]string{
	"optional":  "steps that wait for a packet, a message or the end of a connection",
	"unordered": "steps that wait for a packet or a message of the subject",
	"or":        "steps that expect a packet or the end of a connection",
	"covers":    "steps that judge the subject",
	"steps":     "repeat",
}

// judges reports whether a step of the verb fails when the subject does not do as it says.
func (v Verb) judges() bool {
	return v.Waits || v.Key == "expect silence" || v.Key == "client pending"
}

// step is a step being read: with its verb, and the nodes that it came from.
type step struct {
	*Step
	verb Verb
	p    *parser
	key  *yaml.Node            // of the verb
	at   map[string]*yaml.Node // of the values of its fields
	set  map[string]*yaml.Node // of what a fault set sets
	mods map[string]*yaml.Node // of what stands beside the verb
	or   []*step               // its alternatives

	steps   []*step // what it repeats
	partial bool    // some of those could not be read
}

// errorf notes a mistake at a field of the step, or at its verb where it has no such field.
func (s *step) errorf(field, format string, args ...any) {
	n := s.key
	if at := s.at[field]; at != nil {
		n = at
	}
	s.p.errorf(n, format, args...)
}

// has reports whether the file says the field, right or wrong.
func (s *step) has(field string) bool { return s.at[field] != nil }

// steps reads the script.
func (p *parser) steps(n *yaml.Node) []*step {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		p.errorf(n, "steps: want a list of steps, not %s", describe(n))
		return nil
	}
	var steps []*step
	for _, c := range n.Content {
		if s := p.step(c); s != nil {
			steps = append(steps, s)
		}
	}
	return steps
}

// step reads one step, or notes why it is none.
func (p *parser) step(n *yaml.Node) *step {
	if n.Kind != yaml.MappingNode {
		hint := ""
		if _, ok := Find(n.Value); ok {
			hint = "; a colon is missing behind it"
		}
		p.errorf(n, "a step is written as verb object: arguments, not %s%s", describe(n), hint)
		return nil
	}
	var key, val *yaml.Node
	mods := &yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Column: n.Column}
	for i := 0; i < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if _, ok := FieldNamed(Modifiers(), k.Value); ok {
			mods.Content = append(mods.Content, k, v)
		} else if key == nil {
			key, val = k, v
		} else if _, ok := Find(k.Value); ok {
			p.errorf(k, "a second verb in one step; a dash is missing before %s", k.Value)
		} else {
			p.errorf(k, "%q cannot stand beside a verb%s", k.Value, beside(key.Value, k.Value))
		}
	}
	if key == nil {
		p.errorf(n, "a step without a verb")
		return nil
	}
	if key.Kind != yaml.ScalarNode {
		p.errorf(key, "a verb is a word, not %s", describe(key))
		return nil
	}
	v, ok := Find(key.Value)
	if !ok {
		p.errorf(key, "no verb %q%s", key.Value, unknownVerb(key.Value))
		return nil
	}
	s := &step{Step: &Step{Pos: p.pos(key), Key: v.Key}, verb: v, p: p, key: key}
	s.modifiers(mods)
	s.arguments(val)
	s.block()
	return s
}

// beside explains what may stand beside a verb to somebody who wrote something else.
func beside(verb, name string) string {
	v, _ := Find(verb)
	if _, ok := v.Field(name); ok {
		return fmt.Sprintf("; it is a field of %s and stands inside of it", verb)
	}
	return suggest(name, names(Modifiers()))
}

// modifiers reads what stands beside the verb.
func (s *step) modifiers(n *yaml.Node) {
	args, at := s.p.object(n, s.Key, "", Modifiers())
	for i := 0; i < len(n.Content); i += 2 {
		if k := n.Content[i]; !s.verb.Takes(k.Value) {
			s.p.errorf(k, "%s is for %s; %s does not", k.Value, cmp.Or(takers[k.Value], "steps that wait"), s.Key)
		}
	}
	s.mods = at
	set(&s.Covers, args, "covers")
	set(&s.Given, args, "given")
	set(&s.Optional, args, "optional")
	set(&s.When, args, "when")
	set(&s.Unordered, args, "unordered")
	if n := at["or"]; n != nil && s.verb.Takes("or") {
		s.alternatives(n)
	}
	set(&s.Within, args, "within")
	s.After, s.HasAfter = get[Range](args, "after")
	set(&s.Note, args, "note")
	if r := s.After; s.Within > 0 && r.Min > s.Within {
		s.p.errorf(at["after"], "after: %v is later than within allows, %v", r.Min, s.Within)
	}
	s.combined()
}

// combined checks that what stands beside the verb goes together.
func (s *step) combined() {
	refuse := func(field, format string, args ...any) { s.p.errorf(s.mods[field], field+": "+format, args...) }
	if s.Optional && s.Given {
		refuse("optional", "the step is given, and so has to come")
	}
	if s.Unordered && s.HasAfter {
		refuse("after", "the step is unordered, and so has no step before it to count from")
	}
	if s.mods["or"] != nil && s.Optional {
		refuse("optional", "the step has alternatives, of which one comes")
	}
	if s.mods["or"] != nil && s.Unordered {
		refuse("unordered", "the step has alternatives; it stands in no run")
	}
}

// alternatives reads what may come in place of what the step expects.
func (s *step) alternatives(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		s.p.errorf(n, "or: want %s, not %s", Field{Kind: KindAlternatives}.Takes(), describe(n))
		return
	}
	for _, c := range n.Content {
		if a := s.p.step(c); a != nil && s.alternative(a, c) {
			s.or, s.Or = append(s.or, a), append(s.Or, *a.Step)
		}
	}
}

// alternative checks that a may stand in place of s.
func (s *step) alternative(a *step, n *yaml.Node) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if k := n.Content[i]; k != a.key {
			s.p.errorf(k, "or: %s cannot stand beside an alternative; it is said once, beside %s", k.Value, s.Key)
			return false
		}
	}
	if !a.verb.Takes("or") {
		s.p.errorf(a.key, "or: %s is not an alternative; want an expect of a packet, or expect close", a.Key)
		return false
	}
	return true
}

// arguments reads what stands behind the verb.
func (s *step) arguments(n *yaml.Node) {
	p, v := s.p, s.verb
	before := len(p.errs)
	_, filled := p.uses[n] // in place of a bare variable
	switch {
	case n.Kind == yaml.MappingNode && len(v.Fields) > 0 && !filled:
		s.Args, s.at = p.object(n, v.Key, "", v.Fields)
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null" && !filled:
		s.Args, s.at = Args{}, map[string]*yaml.Node{}
		p.missing(s.key, v.Key, "", v.Fields, s.Args, s.at)
	case (n.Kind == yaml.ScalarNode || filled) && v.Scalar != "":
		s.Args, s.at = Args{}, map[string]*yaml.Node{v.Scalar: n}
		f, _ := v.Field(v.Scalar)
		if val, ok := p.value(f, n, f.Name); ok {
			s.Args[f.Name] = val
		}
		p.missing(s.key, v.Key, "", v.Fields, s.Args, s.at)
	case len(v.Fields) == 0:
		p.errorf(n, "%s takes no arguments, not %s", v.Key, describe(n))
	default:
		p.errorf(n, "%s needs a mapping such as {%s: …}, not %s", v.Key, v.Fields[0].Name, describe(n))
	}
	if v.rules != nil && len(p.errs) == before {
		v.rules(s)
	}
}

// unknownVerb ends a message about a step that is none.
func unknownVerb(key string) string {
	word, object, _ := strings.Cut(key, " ")
	t, named := wire.ParseType(strings.ToUpper(strings.TrimSpace(object)))
	switch {
	case named && word == "expect" && !wire.ToServer.Carries(t):
		return fmt.Sprintf("; a client never sends %v: send %v and deliver %v are about the server's packets", t, t, t)
	case named && (word == "send" || word == "deliver") && !wire.ToClient.Carries(t):
		return fmt.Sprintf("; a server never sends %v: write its bytes with send raw", t)
	}
	var objects, same, words []string
	for _, v := range Table() {
		w, o, _ := strings.Cut(v.Key, " ")
		if w == word {
			objects = append(objects, o)
		}
		if o == key && o != "" {
			same = append(same, v.Key)
		}
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	switch {
	case len(objects) > 0:
		if other := near.Word(object, objects); other != "" {
			return fmt.Sprintf("; did you mean \"%s %s\"?", word, other)
		}
		return fmt.Sprintf("; behind %s may stand %s", word, list(objects))
	case len(same) > 0:
		return "; it may be " + list(same)
	}
	if other := near.Word(word, words); other != "" && object != "" {
		if v, ok := Find(other + " " + object); ok {
			return fmt.Sprintf("; did you mean %q?", v.Key)
		}
		if _, alone := Find(other); !alone {
			return unknownVerb(other + " " + object)
		}
	}
	return cmp.Or(perhaps(word, words), "; steps begin with "+list(words))
}
