package scenarios

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

// Forms of scalars. The schema reads them too.
const (
	variable = `\$[a-z][a-z0-9_]*`
	duration = `0|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+`
	hexBytes = `\s*([0-9a-fA-F]{2}\s*)+`
)

var (
	variableForm = regexp.MustCompile(`^` + variable + `$`)
	durationForm = regexp.MustCompile(`^(` + duration + `)$`)
	hexForm      = regexp.MustCompile(`^` + hexBytes + `$`)
	numberForm   = regexp.MustCompile(`^-?(0|[1-9][0-9]*|0x[0-9a-fA-F]+)$`)
	shareForm    = regexp.MustCompile(`^(0?\.[0-9]+|1(\.0+)?)$`)
)

// object reads a mapping of fields. what names it in messages, path is put before the names of its
// fields. It returns the values, and the nodes of the fields that are there, right or wrong.
func (p *parser) object(n *yaml.Node, what, path string, fields []Field) (Args, map[string]*yaml.Node) {
	args, at := Args{}, map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		p.errorf(n, "%s wants a mapping such as {%s: …}, not %s", what, fields[0].Name, describe(n))
		return nil, nil
	}
	for i := 0; i < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		f, ok := fieldOf(fields, key.Value)
		switch {
		case key.Kind != yaml.ScalarNode:
			p.errorf(key, "a field's name is a word, not %s", describe(key))
		case at[key.Value] != nil:
			p.errorf(key, "%s%s is there twice; first at line %d", path, key.Value, at[key.Value].Line)
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
		case f.Required:
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
	if n.Kind == yaml.ScalarNode && n.Style == 0 && variableForm.MatchString(n.Value) {
		if f.Var {
			return Var(n.Value[1:]), true
		}
		hint := ""
		if f.Kind == KindText {
			hint = fmt.Sprintf("; for the text write %q", n.Value)
		}
		p.errorf(n, "%s: no variable may stand here%s", path, hint)
		return nil, false
	}
	var v any
	var err error
	switch f.Kind {
	case KindTexts, KindRules, KindInts, KindFilters:
		return p.items(f, n, path)
	case KindWill:
		args, _ := p.object(n, path, path+".", f.Fields)
		w := Will{}
		set(&w.Topic, args, "topic")
		set(&w.Payload, args, "payload")
		set(&w.QoS, args, "qos")
		set(&w.Retain, args, "retain")
		return w, args != nil
	case KindClient:
		args, at := p.object(n, path, path+".", f.Fields)
		p.client = at
		return args, args != nil
	case KindChanges, KindSteps:
		return nil, false // read by checkFault, and by Parse: both need to know more
	}
	if n.Kind != yaml.ScalarNode {
		err = f.unlike(n)
	} else if v, err = f.scalar(n); err != nil && variableForm.MatchString(strings.ToLower(n.Value)) && f.Var {
		err = fmt.Errorf("%s is no variable: their names are lower case", n.Value)
	}
	if err != nil {
		p.errorf(n, "%s: %v", path, err)
	}
	return v, err == nil
}

// scalar reads a scalar that is no variable.
func (f Field) scalar(n *yaml.Node) (any, error) {
	s := n.Value
	wrong := f.unlike(n)
	switch f.Kind {
	case KindText:
		if n.Tag == "!!null" || n.Tag == "!!merge" {
			return nil, wrong
		}
		if n.Tag != "!!str" {
			return nil, fmt.Errorf("want text, not %s; for the text write %q", describe(n), s)
		}
		return s, nil
	case KindBool:
		if n.Tag != "!!bool" || (s != "true" && s != "false") {
			return nil, wrong
		}
		return s == "true", nil
	case KindInt:
		if i, err := strconv.ParseInt(s, 0, 64); n.Style == 0 && numberForm.MatchString(s) && err == nil && f.holds(int(i)) {
			return int(i), nil
		}
		return nil, wrong
	case KindShare:
		if share, err := strconv.ParseFloat(s, 64); shareForm.MatchString(s) && err == nil && share > 0 {
			return share, nil
		}
		return nil, wrong
	case KindDuration, KindSeconds:
		return f.duration(s, wrong)
	case KindRange:
		return parseRange(s)
	case KindHex:
		if !hexForm.MatchString(s) {
			return nil, wrong
		}
		return hex.DecodeString(strings.Join(strings.Fields(s), ""))
	case KindEnum, KindType:
		if !slices.Contains(f.Enum, s) {
			return nil, unknownWord(s, f.Enum)
		}
		if f.Kind == KindType {
			t, _ := wire.ParseType(s)
			return t, nil
		}
		return s, nil
	}
	panic(fmt.Sprintf("scenarios: field %s has no kind", f.Name))
}

// unknownWord names the words there are, unless they are many and one of them is near.
func unknownWord(s string, words []string) error {
	near := perhaps(s, words)
	if near != "" && len(words) > 6 {
		return fmt.Errorf("%q is not known%s", s, near)
	}
	return fmt.Errorf("%q is none of %s%s", s, list(words), near)
}

// perhaps names the nearest word where one is near.
func perhaps(s string, words []string) string {
	if near := nearest(s, words); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// holds reports whether a number lies in the field's bounds.
func (f Field) holds(i int) bool { return f.Min <= i && i <= f.Max }

func (f Field) duration(s string, wrong error) (any, error) {
	d, err := parseDuration(s)
	switch {
	case err != nil && numberForm.MatchString(s):
		return nil, fmt.Errorf("%s has no unit; write %ss for seconds", s, s)
	case err != nil, d < time.Duration(f.Min):
		return nil, wrong
	case f.Kind == KindSeconds && (d%time.Second != 0 || d > 65535*time.Second):
		return nil, wrong
	}
	return d, nil
}

// parseDuration reads a duration of Go's, without a sign.
func parseDuration(s string) (time.Duration, error) {
	if !durationForm.MatchString(s) {
		return 0, fmt.Errorf("%q is no duration", s)
	}
	return time.ParseDuration(s)
}

// parseRange reads 1s~1500ms, or 1s for at least that.
func parseRange(s string) (any, error) {
	low, high, bounded := strings.Cut(s, "~")
	var r Range
	var err error
	if r.Min, err = parseDuration(low); err == nil && bounded {
		r.Max, err = parseDuration(high)
	}
	switch {
	case err != nil || (bounded && r.Max < r.Min):
		return nil, fmt.Errorf("%q is no range; write 1s~1500ms, or 1s for at least that", s)
	case r == Range{}:
		return nil, fmt.Errorf("%q holds at any time, or never", s)
	}
	return r, nil
}

// items reads a list.
func (p *parser) items(f Field, n *yaml.Node, path string) (any, bool) {
	if n.Kind != yaml.SequenceNode || (len(n.Content) == 0 && !f.Empty) {
		p.errorf(n, "%s: want %s, not %s", path, f.want(), describe(n))
		return nil, false
	}
	switch f.Kind {
	case KindInts:
		item := Field{Kind: KindInt, Min: f.Min, Max: f.Max}
		return collect(n, path, func(c *yaml.Node, path string) (int, bool) { return as[int](p.value(item, c, path)) })
	case KindFilters:
		return collect(n, path, func(c *yaml.Node, path string) (sub wire.Subscription, ok bool) {
			args, _ := p.object(c, path, path+".", f.Fields)
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
		s, ok := as[string](p.value(item, c, path))
		if _, known := spec.Lookup(s); ok && !known && f.Kind == KindRules {
			p.errorf(c, "%s: no statement or clause %s%s", path, s, perhapsRule(s))
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

// unlike says that a value is not of the field's kind.
func (f Field) unlike(n *yaml.Node) error {
	want := f.want()
	if f.Null {
		want += ", or null for none"
	}
	return fmt.Errorf("want %s, not %s", want, describe(n))
}

// want says in words what values a field takes.
func (f Field) want() string {
	switch f.Kind {
	case KindText:
		return "text"
	case KindBool:
		return "true or false"
	case KindInt:
		return fmt.Sprintf("a number from %d to %d", f.Min, f.Max)
	case KindShare:
		return "a share above 0, up to 1"
	case KindDuration:
		if f.Min > 1 {
			return fmt.Sprintf("a duration of at least %v", time.Duration(f.Min))
		}
		return "a duration such as 1500ms, 5s or 2m"
	case KindSeconds:
		return "whole seconds from 0s to 65535s"
	case KindRange:
		return "a range such as 1s~1500ms"
	case KindHex:
		return "bytes as spaced hex, such as c0 00"
	case KindEnum, KindType:
		return list(f.Enum)
	case KindTexts:
		if len(f.Enum) > 0 {
			return "a list of " + list(f.Enum)
		}
		return "a list of texts with at least one"
	case KindRules:
		return "a list of ids such as MQTT-4.4.0-1"
	case KindInts:
		return fmt.Sprintf("a list of numbers from %d to %d with at least one", f.Min, f.Max)
	case KindFilters:
		return "a list such as [{filter: t/#, qos: 1}]"
	}
	return "a mapping"
}

// describe says what stands in the file.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode && len(n.Content) == 0:
		return "an empty list"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Tag == "!!null":
		return "nothing"
	case n.Tag == "!!int" || n.Tag == "!!float":
		return "the number " + n.Value
	case n.Tag == "!!bool":
		return n.Value
	case n.Tag == "!!timestamp":
		return "the date " + n.Value
	}
	return fmt.Sprintf("%q", n.Value)
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
