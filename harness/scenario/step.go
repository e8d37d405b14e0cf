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

// Modifiers returns what may stand beside the verb of a step. All but note are for verbs that wait; covers
// is for two more that judge the subject, expect silence and client pending.
func Modifiers() []Field {
	return []Field{
		{Name: "given", Kind: KindBool, Doc: "a precondition: when it is not met the verdict is inconclusive, not fail"},
		{Name: "within", Kind: KindDuration, Min: 1, Doc: "how long to wait at most"},
		{Name: "after", Kind: KindRange, Doc: "when it must come, counted from the step before: 1s~1500ms, or 1s for at least that"},
		{Name: "covers", Kind: KindRules, Doc: "those ids of the header's covers that a failure of this step shows to be broken; all of them unless given"},
		{Name: "note", Kind: KindText, Doc: "for the reader"},
	}
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
	ids  *yaml.Node            // the list covers beside the verb, or nil
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
		switch k := n.Content[i]; {
		case k.Value == "covers" && !s.verb.judges():
			s.p.errorf(k, "covers is for steps that judge the subject; %s does not", s.Key)
		case k.Value != "covers" && k.Value != "note" && !s.verb.Waits:
			s.p.errorf(k, "%s is for steps that wait; %s does not", k.Value, s.Key)
		}
	}
	set(&s.Covers, args, "covers")
	s.ids = at["covers"]
	set(&s.Given, args, "given")
	set(&s.Within, args, "within")
	s.After, s.HasAfter = get[Range](args, "after")
	set(&s.Note, args, "note")
	if r := s.After; s.Within > 0 && r.Min > s.Within {
		s.p.errorf(at["after"], "after: %v is later than within allows, %v", r.Min, s.Within)
	}
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
		p.errorf(n, "%s wants a mapping such as {%s: …}, not %s", v.Key, v.Fields[0].Name, describe(n))
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
