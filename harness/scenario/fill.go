package scenario

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A use is where a variable of a table stands in the script. What is wrong with its value is reported
// at the value, and says where it is used.
type use struct {
	name      string // with its $
	by        string // the verb of the step, or client
	line, col int
}

// A filler puts the values of a case in place of the variables in the options of the client and in the
// steps. The nodes of a value are copied for each use.
type filler struct {
	with map[string]*yaml.Node
	uses map[*yaml.Node]use
	used map[string]bool
	left *int // how many nodes may still be copied, over all cases
	by   string
}

// file returns the tree of a file with the values filled in.
func (f *filler) file(root *yaml.Node) *yaml.Node {
	if root.Kind != yaml.MappingNode {
		return root
	}
	out := copied(root)
	for i := 0; i < len(out.Content); i += 2 {
		n := out.Content[i+1]
		switch key := out.Content[i].Value; {
		case key == "client" && n.Kind == yaml.MappingNode:
			f.by = key
			out.Content[i+1] = f.value(n)
		case key == "steps" && n.Kind == yaml.SequenceNode:
			out.Content[i+1] = f.steps(n)
		}
	}
	return out
}

// steps fills in a list of steps.
func (f *filler) steps(n *yaml.Node) *yaml.Node {
	out := copied(n)
	for i, s := range out.Content {
		if s.Kind == yaml.MappingNode {
			out.Content[i] = f.step(s)
		}
	}
	return out
}

// step fills in the modifiers and the arguments of one step. A variable that stands right behind the
// verb is the field that a bare scalar sets; where there is no such field it is left, and refused.
func (f *filler) step(n *yaml.Node) *yaml.Node {
	out := copied(n)
	f.by = "a step"
	for i := 0; i < len(out.Content); i += 2 {
		if _, ok := FieldNamed(Modifiers(), out.Content[i].Value); !ok {
			f.by = out.Content[i].Value
			break
		}
	}
	for i := 0; i < len(out.Content); i += 2 {
		key, val := out.Content[i], out.Content[i+1]
		if v, ok := Find(key.Value); ok && v.Scalar == "" && val.Kind == yaml.ScalarNode {
			continue
		}
		if key.Value == "steps" && val.Kind == yaml.SequenceNode {
			out.Content[i+1] = f.steps(val)
			continue
		}
		out.Content[i+1] = f.value(val)
	}
	return out
}

// value returns a value with the variables in it filled in.
func (f *filler) value(n *yaml.Node) *yaml.Node {
	if name, ok := variableIn(n); ok && f.with[name] != nil {
		f.used[name] = true
		return f.copy(f.with[name], use{n.Value, f.by, n.Line, n.Column})
	}
	if n.Kind == yaml.ScalarNode {
		return f.unlike(n)
	}
	out := copied(n)
	for i, c := range out.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			out.Content[i] = f.value(c)
		}
	}
	return out
}

// unlike returns a scalar with the variables filled in that stand behind not.
func (f *filler) unlike(n *yaml.Node) *yaml.Node {
	out := n
	for _, name := range unlikeVars(n) {
		v := f.with[name]
		if v == nil || v.Kind != yaml.ScalarNode {
			continue
		}
		f.used[name] = true
		if out == n {
			out = copied(n)
		}
		value := v.Value
		if v.ShortTag() == "!!str" && !variableForm.MatchString(value) {
			value = strconv.Quote(value)
		}
		out.Value = regexp.MustCompile(`not\s+\$`+name+`(\s|$)`).ReplaceAllLiteralString(out.Value+" ", "not "+value+" ")
		out.Value = strings.TrimSpace(out.Value)
	}
	return out
}

// copy returns a value with all that is in it, for one use.
func (f *filler) copy(n *yaml.Node, u use) *yaml.Node {
	if *f.left--; *f.left < 0 {
		return n
	}
	out := copied(n)
	f.uses[out] = u
	for i, c := range out.Content {
		out.Content[i] = f.copy(c, u)
	}
	return out
}

// copied returns a node that shares what is in it.
func copied(n *yaml.Node) *yaml.Node {
	out := *n
	out.Content = slices.Clone(n.Content)
	return &out
}
