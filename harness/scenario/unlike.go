package scenario

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Unlike is the value of a field, in an expect or a deliver, that excludes some values.
type Unlike struct {
	// As is a variable that is also bound or compared; it may be empty.
	As Var
	// Not lists the excluded values: values of the field's kind, variables, or nil, which requires that the packet
	// has the field.
	Not []any
}

// UnlikePattern is the form of an [Unlike] value, as a regular expression without anchors: an optional variable, then
// not before each excluded value. The schema has it, too.
const UnlikePattern = `(` + VariablePattern + `\s+)?not\s+` + unlikeOperand + `(\s+not\s+` + unlikeOperand + `)*`

const unlikeOperand = `("([^"\\]|\\.)*"|[^"\s]+)`

var (
	unlikeForm = regexp.MustCompile(`^` + UnlikePattern + `$`)
	unlikeEach = regexp.MustCompile(`not\s+` + unlikeOperand)
	unlikeText = regexp.MustCompile(`^(` + VariablePattern + `\s+)?not\s+(` + VariablePattern + `|"([^"\\]|\\.)*")(\s+not\s+(` + VariablePattern + `|"([^"\\]|\\.)*"))*$`)
)

// String returns the value as scenarios write it.
func (u Unlike) String() string {
	var parts []string
	if u.As != "" {
		parts = append(parts, u.As.String())
	}
	for _, v := range u.Not {
		text := FormatValue(v)
		if s, ok := v.(string); ok {
			text = strconv.Quote(s)
		}
		parts = append(parts, "not "+text)
	}
	return strings.Join(parts, " ")
}

// isUnlike reports whether a node says what a field must not be. In place of a text only variables and texts in
// quotes can stand behind not: all other is text itself.
func (f Field) isUnlike(n *yaml.Node) bool {
	if !f.Not || n.Kind != yaml.ScalarNode || n.Style != 0 {
		return false
	}
	if f.Kind == KindText {
		return unlikeText.MatchString(n.Value)
	}
	return unlikeForm.MatchString(n.Value)
}

// unlike reads what a field must not be.
func (p *parser) unlike(f Field, n *yaml.Node, path string) (any, bool) {
	u := Unlike{}
	head, _, _ := strings.Cut(n.Value, "not")
	if head = strings.TrimSpace(head); head != "" {
		u.As = Var(head[1:])
	}
	for _, operand := range unlikeEach.FindAllStringSubmatch(n.Value, -1) {
		v, err := f.operand(operand[1], n)
		if name, ok := v.(Var); ok && name == Counter && p.rounds > 0 {
			var problem string
			if v, problem = p.counter(f); problem != "" {
				err = fmt.Errorf("%v %s", Counter, problem)
			}
		}
		if err != nil {
			p.errorf(n, "%s: not: %v", path, err)
			return nil, false
		}
		u.Not = append(u.Not, v)
	}
	if u.As == Counter && p.rounds > 0 {
		p.errorf(n, "%s: %v is the number of the round; no step binds it", path, Counter)
		return nil, false
	}
	return u, true
}

// operand reads one value that stands behind not.
func (f Field) operand(s string, at *yaml.Node) (any, error) {
	one := *at
	one.Value, one.Tag = s, map[Kind]string{KindBool: "!!bool", KindInt: "!!int"}[f.Kind]
	switch {
	case variableForm.MatchString(s):
		return Var(s[1:]), nil
	case s == "null" && f.Null:
		return nil, nil
	case f.Kind == KindText:
		text, err := strconv.Unquote(s)
		if err != nil {
			return nil, fmt.Errorf("%s is not text in quotes", s)
		}
		return text, nil
	}
	return f.scalar(&one)
}

// unlikeVars returns the names of the variables in a node that says what a field must not be.
func unlikeVars(n *yaml.Node) []string {
	if n.Kind != yaml.ScalarNode || n.Style != 0 || !unlikeForm.MatchString(n.Value) {
		return nil
	}
	var names []string
	for _, word := range strings.Fields(n.Value) {
		if variableForm.MatchString(word) {
			names = append(names, word[1:])
		}
	}
	return names
}
