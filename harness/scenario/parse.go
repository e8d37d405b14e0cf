package scenario

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"umqtt/harness/spec"
	"umqtt/harness/transport"
	"umqtt/harness/wire"
)

// Header returns the keys of a scenario file at its top level, in the usual order.
func Header() []Field {
	features := make([]string, 0, len(spec.Features()))
	for _, f := range spec.Features() {
		features = append(features, string(f.Name))
	}
	word := func(name, doc string, required bool, def any, words ...string) Field {
		return Field{Name: name, Kind: KindEnum, Doc: doc, Required: required, Default: def, Enum: words}
	}
	return []Field{
		{Name: "title", Kind: KindText, Doc: "what the client does, in one sentence", Required: true},
		{Name: "covers", Kind: KindRules, Empty: true, Doc: "ids of the statements and clauses that a client breaks when it fails, at levels may and policy also of promises; at must and should at least one"},
		word("level", "how binding the behaviour is: must (a statement rules it), should (recommended), may (free: the choice is recorded), policy (somebody else's demand)",
			true, nil, string(Must), string(Should), string(May), string(Policy)),
		word("profile", "whose demand it is, at the level policy and at no other", false, nil, profileNames()...),
		{Name: "why", Kind: KindText, Doc: "what the standard says, in your own words, with its section"},
		{Name: "tags", Kind: KindTexts, Empty: true, Pattern: CaseNamePattern, Doc: "words by which a run can choose scenarios: lower case, digits and hyphens"},
		{Name: "needs", Kind: KindTexts, Empty: true, Doc: "features that the subject must have", Enum: features},
		word("peer", "what the subject talks to: script (the scenario plays the server byte for byte) or broker (the embedded one)",
			true, nil, string(Script), string(Broker)),
		word("transport", "what lies between MQTT and TCP; tls and websocket need the feature of that name", false, string(transport.TCP), texted(transport.Kinds())...),
		word("world", "where the scenario plays; one world alone wants a reason", false, string(Both), string(Both), string(Simulated), string(Real)),
		word("oracle", "a model judges the whole run, and the steps only say what happens: strong where all faults are such as TCP and a conforming server make, weak for others",
			false, nil, string(Strong), string(Weak)),
		{Name: "reason", Kind: KindText, Doc: "why the scenario does not play in both worlds"},
		{Name: "note", Kind: KindText, Doc: "for the reader"},
		{Name: "allow", Kind: KindTexts, Empty: true, Doc: "packets that the subject may send at any time", Enum: typeNames(wire.ToServer)},
		{Name: "buffer", Kind: KindInt, Min: 1, Max: maxPayloadSize, Doc: "how many bytes that the subject has sent may wait in its connection until the peer reads them: a write beyond that waits, and fault stall, bandwidth and cut act on a packet while it is being written; no bound unless given"},
		{Name: "client", Kind: KindClient, Doc: "options of every connect of the subject", Fields: append(clientOptions(), clientLimits()...)},
		{Name: "cases", Kind: KindCases, Doc: "a table: each case is a scenario of its own, with its values in place of the variables in client and steps", Fields: caseFields()},
		{Name: "steps", Kind: KindSteps, Doc: "the script, one step a line", Required: true},
	}
}

// Parse parses the scenario of a file without cases. The error joins every mistake of the file, each an *Error. A
// file with cases is a mistake: use [ParseAll].
func Parse(file string, b []byte) (*Scenario, error) {
	all, err := ParseAll(file, b)
	if err != nil {
		return nil, err
	}
	if at := all[0].Case; at != (Pos{}) {
		return nil, &Error{File: file, Line: at.Line, Col: at.Col, Msg: "the file is a table of cases, which are scenarios of their own; here one scenario is wanted"}
	}
	return all[0], nil
}

// ParseAll parses the scenarios of a file: one, or one for each of its cases in their order. The error joins every
// mistake of the file, each an *Error.
func ParseAll(file string, b []byte) ([]*Scenario, error) {
	p := &parser{file: file}
	root := p.document(b)
	if root == nil {
		return nil, join(p.errs)
	}
	rows, ok := p.table(root)
	if n := find(root, "steps"); n != nil && len(n.Content)*max(len(rows), 1) > maxSteps {
		p.errorf(n, "steps: %d of them, in each of %d cases, are more than %d", len(n.Content), max(len(rows), 1), maxSteps)
		return nil, join(p.errs)
	}
	var all []*Scenario
	if ok {
		all = p.cases(root, rows)
	} else {
		all = []*Scenario{p.scenario(root, nil)}
	}
	if len(p.errs) > 0 {
		return nil, join(p.errs)
	}
	return all, nil
}

// scenario reads a file as one scenario: that of the case r, if there is one.
func (p *parser) scenario(root *yaml.Node, r *row) *Scenario {
	args, at := p.object(root, "a scenario", "", Header())
	if args == nil {
		return nil
	}
	s := &Scenario{Name: strings.TrimSuffix(p.file, ".yaml"), File: p.file, Client: DefaultConnect()}
	if r != nil {
		s.Name += "/" + r.name
		s.Case = p.pos(r.key)
		r.override(args, at)
	}
	set(&s.Title, args, "title")
	set(&s.Covers, args, "covers")
	s.Level, s.Peer, s.World = Level(text(args, "level")), Peer(text(args, "peer")), World(text(args, "world"))
	if k := transport.Kind(text(args, "transport")); k != transport.TCP {
		s.Transport = k
	}
	p.transport = s.Transport
	s.Profile = spec.Profile(text(args, "profile"))
	s.Oracle = Oracle(text(args, "oracle"))
	set(&s.Why, args, "why")
	for _, name := range texts(args, "needs") {
		s.Needs = append(s.Needs, Feature(name))
	}
	set(&s.Tags, args, "tags")
	set(&s.Reason, args, "reason")
	set(&s.Note, args, "note")
	for _, name := range texts(args, "allow") {
		t, _ := wire.ParseType(name)
		s.Allow = append(s.Allow, t)
	}
	set(&s.Buffer, args, "buffer")
	client, _ := get[Args](args, "client")
	s.Client = s.Client.With(client)
	p.checkHeader(s, at)

	script := &script{parser: p, scenario: s, anyNeeds: at["needs"] != nil && !args.Has("needs"), anyCovers: at["covers"] != nil && !args.Has("covers")}
	script.options(client, p.client)
	if n := at["steps"]; n != nil {
		steps := p.steps(n)
		script.partial = len(steps) < len(n.Content) || p.broken
		script.run(steps)
	}
	return s
}

func text(a Args, name string) string { s, _ := a.String(name); return s }

func texts(a Args, name string) []string { s, _ := a.Texts(name); return s }

// checkHeader checks what the fields of the header cannot say one by one.
func (p *parser) checkHeader(s *Scenario, at map[string]*yaml.Node) {
	for _, name := range []string{"title", "reason", "why"} {
		if n := at[name]; n != nil && n.Tag == "!!str" && strings.TrimSpace(n.Value) == "" {
			p.errorf(n, "%s is empty", name)
		}
	}
	for _, name := range []string{"covers", "tags", "needs", "allow"} {
		p.distinct(name, at[name])
	}
	if n := at["tags"]; n != nil && n.Kind == yaml.SequenceNode {
		for _, tag := range n.Content {
			if tag.Kind == yaml.ScalarNode && !caseNameForm.MatchString(tag.Value) {
				p.errorf(tag, "tag %q; a tag is a word of lower case letters, digits and hyphens, such as smoke", tag.Value)
			}
		}
	}
	covers := at["covers"]
	if binding(s.Level) {
		if covers == nil || covers.Kind == yaml.SequenceNode && len(covers.Content) == 0 {
			p.errorf(at["level"], "level %s needs covers: the statement or clause that requires the behaviour", s.Level)
		}
	}
	p.standard(s.Level, covers)
	switch policy := s.Level == Policy; {
	case policy && at["profile"] == nil:
		p.errorf(at["level"], "level policy needs profile: who expects the behaviour, %s", list(profileNames()))
	case !policy && s.Level != "" && at["profile"] != nil:
		p.errorf(at["profile"], "profile: it is for level policy; level %s tests what the standard says", s.Level)
	}
	if s.Level == Must && at["why"] == nil {
		p.errorf(at["level"], "level must needs why: what the standard says, in your own words, with its section")
	}
	if s.Oracle != "" && s.Peer == Script {
		p.errorf(at["oracle"], "oracle: it judges what a broker and a witness see; it needs peer: broker")
	}
	p.checkTransport(s, at)
	switch one := s.World == Simulated || s.World == Real; {
	case one && at["reason"] == nil:
		p.errorf(at["world"], "world %s alone needs a reason", s.World)
	case !one && s.World == Both && at["reason"] != nil:
		p.errorf(at["reason"], "reason: the scenario plays in both worlds; a reason is for one that does not")
	}
}

// profileNames returns the words that profile takes.
func profileNames() []string {
	var names []string
	for _, p := range spec.Profiles() {
		names = append(names, string(p.Name))
	}
	return names
}

// binding reports whether the standard rules behaviour at this level.
func binding(l Level) bool { return l == Must || l == Should }

// standard refuses promises in a list of ids, at a level where the standard is to rule.
func (p *parser) standard(level Level, covers *yaml.Node) {
	if !binding(level) || covers == nil || covers.Kind != yaml.SequenceNode {
		return
	}
	for i, c := range covers.Content {
		if r, ok := spec.Lookup(c.Value); ok && r.Kind == spec.Promise {
			p.errorf(c, "covers[%d]: %s is a promise, which the standard leaves free; it goes with the levels may and policy", i, c.Value)
		}
	}
}

// distinct refuses a list that names something twice.
func (p *parser) distinct(name string, n *yaml.Node) {
	if n == nil || n.Kind != yaml.SequenceNode {
		return
	}
	seen := map[string]bool{}
	for _, c := range n.Content {
		if seen[c.Value] {
			p.errorf(c, "%s: %s is given twice", name, c.Value)
		}
		seen[c.Value] = true
	}
}
