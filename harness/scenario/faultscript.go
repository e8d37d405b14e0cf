package scenario

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// ParseFaults parses a script of faults for a proxy outside of a scenario: a list of fault and wait steps. Variables,
// fault flap and fault clock are mistakes, since there is no subject. The error joins every mistake of the file, each
// an *Error.
//
//   - fault drop: {packet: PUBACK, nth: 3}
//   - wait: 10s
//   - fault cut: rst
func ParseFaults(file string, b []byte) ([]Step, error) {
	p := &parser{file: file}
	if len(strings.TrimSpace(string(b))) == 0 {
		p.errorAt(1, 1, "the file is empty; a script of faults is a list of steps such as fault drop: {packet: PUBACK}")
		return nil, join(p.errs)
	}
	root := p.document(b)
	if root == nil {
		return nil, join(p.errs)
	}
	if n := len(root.Content); root.Kind == yaml.SequenceNode && n > maxSteps {
		p.errorf(root, "%d steps are more than %d", n, maxSteps)
		return nil, join(p.errs)
	}
	var steps []Step
	if root.Kind != yaml.SequenceNode {
		p.errorf(root, "a script of faults is a list of steps, not %s", describe(root))
		return nil, join(p.errs)
	}
	for _, s := range p.steps(root) {
		p.faultOnly(s)
		steps = append(steps, *s.Step)
	}
	if len(p.errs) > 0 {
		return nil, join(p.errs)
	}
	return steps, nil
}

// notInScripts are faults that need a subject.
var notInScripts = []string{"fault flap", "fault clock", "fault tls", "fault websocket"}

// faultOnly refuses a step that has no place in a script of faults.
func (p *parser) faultOnly(s *step) {
	word, _, _ := strings.Cut(s.Key, " ")
	if word != "fault" && s.Key != "wait" || slices.Contains(notInScripts, s.Key) {
		p.errorf(s.key, "%s: a script of faults has the faults on packets and connections, and wait", s.Key)
		return
	}
	if s.mods["when"] != nil {
		p.errorf(s.mods["when"], "when: there are no variables in a script of faults")
	}
	before := len(p.errs)
	if s.has("forget") {
		s.errorf("forget", "forget: a proxy cannot make a broker lose its sessions")
	}
	for name, v := range s.Args {
		if v, ok := v.(Var); ok {
			s.errorf(name, "%s: there are no variables in a script of faults, such as %v", name, v)
		}
	}
	if len(p.errs) > before || s.Key == "wait" || AtOnce(*s.Step) || !s.rule() {
		return
	}
	if _, err := Rule(*s.Step, func(v Var) (any, error) { return nil, fmt.Errorf("there are no variables here, such as %v", v) }); err != nil {
		msg := strings.TrimPrefix(err.Error(), s.Pos.String()+": ")
		p.errorf(s.key, "%s: %s", s.Key, strings.TrimPrefix(msg, "fault: "))
	}
}

// rule reports whether the step adds a rule.
func (s *step) rule() bool {
	switch s.Key {
	case "fault release", "fault heal", "fault down", "fault up":
		return false
	}
	return true
}
