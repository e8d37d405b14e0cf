package scenario

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

// object reads a mapping of fields. what names it in messages, path is put before the names of its
// fields. It returns the values, and the nodes of the fields that are there, right or wrong.
func (p *parser) object(n *yaml.Node, what, path string, fields []Field) (Args, map[string]*yaml.Node) {
	args, at := Args{}, map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		p.errorf(n, "%s needs a mapping such as {%s: …}, not %s", what, fields[0].Name, describe(n))
		return nil, nil
	}
	for i := 0; i < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		f, ok := FieldNamed(fields, key.Value)
		switch {
		case key.Kind != yaml.ScalarNode:
			p.errorf(key, "a field's name is a word, not %s", describe(key))
		case at[key.Value] != nil:
			p.errorf(key, "%s%s is given twice; first at line %d", path, key.Value, at[key.Value].Line)
		case !ok:
			p.errorf(key, "%s has no field %q%s", what, key.Value, suggest(key.Value, names(fields)))
			at[key.Value] = val
		default:
			at[key.Value] = val
			if v, ok := p.value(f, val, path+f.Name); ok {
				args[f.Name] = v
			}
		}
	}
	p.missing(n, what, path, fields, args, at)
	return args, at
}

// missing fills in defaults, and notes required fields that are not there.
func (p *parser) missing(n *yaml.Node, what, path string, fields []Field, args Args, at map[string]*yaml.Node) {
	for _, f := range fields {
		switch {
		case at[f.Name] != nil:
		case f.Required && !slices.ContainsFunc(f.Forms(fields), func(form string) bool { return at[form] != nil }):
			p.errorf(n, "%s needs %s%s: %s", what, path, f.Name, f.Doc)
		case f.Default != nil:
			args[f.Name] = f.Default
		}
	}
}

// value reads one value. path names it in messages.
func (p *parser) value(f Field, n *yaml.Node, path string) (any, bool) {
	if f.Null && n.Tag == "!!null" && n.Value != "" {
		return nil, true
	}
	if name, ok := variableIn(n); ok {
		return p.variable(f, n, name, path)
	}
	if f.isUnlike(n) {
		return p.unlike(f, n, path)
	}
	var v any
	var err error
	switch f.Kind {
	case KindTexts, KindRules, KindInts, KindFilters:
		return p.items(f, n, path)
	case KindWill:
		args, at := p.object(n, path, path+".", f.Fields)
		p.fold(f.Fields, args, at)
		w := Will{}
		set(&w.Topic, args, "topic")
		set(&w.Payload, args, "payload")
		set(&w.QoS, args, "qos")
		set(&w.Retain, args, "retain")
		return w, args != nil
	case KindClient:
		args, at := p.object(n, path, path+".", f.Fields)
		p.fold(f.Fields, args, at)
		p.client = at
		return args, args != nil
	case KindChanges, KindSteps, KindCases, KindValues, KindAlternatives:
		return nil, false // read by checkFault, ParseAll, row and modifiers, which know more
	}
	if n.Kind != yaml.ScalarNode {
		err = f.mistaken(n)
	} else if v, err = f.scalar(n); err != nil && f.Var && !variableForm.MatchString(n.Value) && variableForm.MatchString(strings.ToLower(n.Value)) {
		err = fmt.Errorf("%s is not a variable: the names of variables are in lower case", n.Value)
	}
	if err != nil {
		p.errorf(n, "%s: %v", path, err)
	}
	return v, err == nil
}

// variable reads a variable that no case has given a value.
func (p *parser) variable(f Field, n *yaml.Node, name, path string) (any, bool) {
	switch {
	case p.rounds > 0 && Var(name) == Counter:
		v, problem := p.counter(f)
		if problem != "" {
			p.errorf(n, "%s: %s %s", path, n.Value, problem)
		}
		return v, problem == ""
	case f.Var:
		return Var(name), true
	case p.broken:
	case slices.Contains(p.tabled, n.Value):
		p.errorf(n, "%s: the variables of the cases stand in client and in steps only", path)
	case len(p.tabled) > 0:
		p.errorf(n, "%s: the cases have no variable %s%s", path, n.Value, suggest(n.Value, p.tabled))
	case f.Kind == KindText:
		p.errorf(n, "%s: no variable may stand here; for the text write %q", path, n.Value)
	default:
		p.errorf(n, "%s: no variable may stand here", path)
	}
	return nil, false
}

// items reads a list.
func (p *parser) items(f Field, n *yaml.Node, path string) (any, bool) {
	if n.Kind != yaml.SequenceNode || (len(n.Content) == 0 && !f.Empty) {
		p.errorf(n, "%s: want %s, not %s", path, f.Takes(), describe(n))
		return nil, false
	}
	switch f.Kind {
	case KindInts:
		item := Field{Kind: KindInt, Min: f.Min, Max: f.Max}
		return collect(n, path, func(c *yaml.Node, path string) (int, bool) { return as[int](p.value(item, c, path)) })
	case KindFilters:
		return collect(n, path, func(c *yaml.Node, path string) (sub wire.Subscription, ok bool) {
			args, at := p.object(c, path, path+".", f.Fields)
			p.fold(f.Fields, args, at)
			set(&sub.Filter, args, "filter")
			set(&sub.QoS, args, "qos")
			return sub, args != nil
		})
	}
	item := Field{Kind: KindText, Enum: f.Enum}
	if len(f.Enum) > 0 {
		item.Kind = KindEnum
	}
	return collect(n, path, func(c *yaml.Node, path string) (string, bool) {
		if c.Kind == yaml.MappingNode && len(f.Fields) > 0 {
			args, at := p.object(c, path, path+".", f.Fields)
			p.fold(f.Fields, args, at)
			return text(args, f.Fields[0].Name), args != nil
		}
		s, ok := as[string](p.value(item, c, path))
		if _, known := spec.Lookup(s); ok && !known && f.Kind == KindRules {
			p.errorf(c, "%s: no statement, clause or promise %s%s", path, s, perhapsRule(s))
			return "", false
		}
		return s, ok
	})
}

// collect reads each item of a list. It returns false if one of them is wrong.
func collect[T any](n *yaml.Node, path string, read func(*yaml.Node, string) (T, bool)) ([]T, bool) {
	all, list := true, []T(nil)
	for i, c := range n.Content {
		v, ok := read(c, fmt.Sprintf("%s[%d]", path, i))
		list, all = append(list, v), all && ok
	}
	return list, all
}

// as returns a value as what its kind makes it.
func as[T any](v any, ok bool) (T, bool) {
	t, is := v.(T)
	return t, ok && is
}

func perhapsRule(id string) string {
	if near := spec.Nearest(id); near != "" {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	return ""
}

// names returns the names of fields, those of other ways to write one last.
func names(fields []Field) []string {
	var own, forms []string
	for _, f := range fields {
		if strings.HasSuffix(f.Name, "_hex") || strings.HasSuffix(f.Name, "_size") {
			forms = append(forms, f.Name)
		} else {
			own = append(own, f.Name)
		}
	}
	return append(own, forms...)
}
