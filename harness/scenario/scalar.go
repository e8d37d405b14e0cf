package scenario

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"umqtt/harness/near"
	"umqtt/harness/wire"
)

// The forms of scalars, as regular expressions without anchors. The schema has them too.
const (
	// VariablePattern is the form of a variable, with its $.
	VariablePattern = `\$[a-z][a-z0-9_]*`
	// DurationPattern is the form of a duration, such as 1500ms or 1m30s.
	DurationPattern = `0|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+`
	// HexPattern is the form of bytes as spaced hex.
	HexPattern = `\s*([0-9a-fA-F]{2}\s*)+`
)

var (
	variableForm = regexp.MustCompile(`^` + VariablePattern + `$`)
	durationForm = regexp.MustCompile(`^(` + DurationPattern + `)$`)
	hexForm      = regexp.MustCompile(`^` + HexPattern + `$`)
	numberForm   = regexp.MustCompile(`^-?(0(x[0-9a-fA-F]+)?|[1-9][0-9]*)$`) // one pass, without backtracking
	shareForm    = regexp.MustCompile(`^(0?\.[0-9]+|1(\.0+)?)$`)
)

// scalar reads a scalar that is no variable.
func (f Field) scalar(n *yaml.Node) (any, error) {
	s := n.Value
	wrong := f.mistaken(n)
	switch f.Kind {
	case KindText:
		if n.Tag == "!!null" || n.Tag == "!!merge" {
			return nil, wrong
		}
		if n.Tag != "!!str" {
			return nil, fmt.Errorf("want text, not %s; for the text write %q", describe(n), s)
		}
		return s, nil
	case KindVariable:
		if variableForm.MatchString(s) {
			return nil, fmt.Errorf("%s is written without quotes here", s)
		}
		return nil, wrong
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
	panic(fmt.Sprintf("scenario: field %s has no kind", f.Name))
}

// unknownWord names the words there are, unless they are many and one of them is near.
func unknownWord(s string, words []string) error {
	hint := perhaps(s, words)
	if hint != "" && len(words) > 6 {
		return fmt.Errorf("%q is not known%s", s, hint)
	}
	return fmt.Errorf("%q is not one of %s%s", s, list(words), hint)
}

// perhaps names the nearest word where one is near.
func perhaps(s string, words []string) string {
	if word := near.Word(s, words); word != "" {
		return fmt.Sprintf("; did you mean %q?", word)
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
		return 0, fmt.Errorf("%q is not a duration", s)
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
		return nil, fmt.Errorf("%q is not a range; write 1s~1500ms, or 1s for at least that", s)
	case r == Range{}:
		return nil, fmt.Errorf("%q is true at any time, or never", s)
	}
	return r, nil
}

// mistaken says that a value is not of the field's kind.
func (f Field) mistaken(n *yaml.Node) error {
	want := f.Takes()
	if f.Null {
		want += ", or null for none"
	}
	return fmt.Errorf("want %s, not %s", want, describe(n))
}

// Takes describes in words the values of the field.
func (f Field) Takes() string {
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
		switch n := len(f.Enum); {
		case n > 16:
			return fmt.Sprintf("a list such as [%s, %s]", f.Enum[0], f.Enum[1])
		case n > 0:
			return "a list of " + list(f.Enum)
		}
		return "a list of texts with at least one"
	case KindRules:
		return "a list of ids such as MQTT-4.4.0-1"
	case KindVariable:
		return "a variable such as $id"
	case KindAlternatives:
		return "a list such as [{expect close: {how: fin}}]"
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
	case n.Kind == yaml.MappingNode && len(n.Content) == 0:
		return "an empty mapping"
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
