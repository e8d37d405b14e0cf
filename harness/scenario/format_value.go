package scenario

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"umqtt/harness/wire"
)

// An entry is one field of a flow mapping, with its value as the file has it.
type entry struct{ name, value string }

// The order in which fields are read best, where it is not that of the table: what a step is about comes
// first, names come last.
var (
	firstFields = []string{"call", "do", "how", "packet", "dir", "nth", "client_id", "topic", "filter", "qos", "dup", "retain", "payload", "packet_id"}
	lastFields  = []string{"conn", "name", "as"}
)

// ordered returns fields in the order in which they are written.
func ordered(fields []Field) []Field {
	place := func(f Field) int {
		if i := slices.Index(firstFields, f.Name); i >= 0 {
			return i - len(firstFields)
		}
		return slices.Index(lastFields, f.Name) + 1
	}
	fields = slices.Clone(fields)
	slices.SortStableFunc(fields, func(a, b Field) int { return place(a) - place(b) })
	return fields
}

// entries returns what is said of fields, but for defaults.
func entries(fields []Field, args map[string]any) []entry {
	var all []entry
	_, isCallback := FieldNamed(fields, "do")
	for _, f := range ordered(fields) {
		v, ok := args[f.Name]
		if !ok || f.Default != nil && reflect.DeepEqual(v, f.Default) || isCallback && f.Default == nil && isZero(v) {
			continue
		}
		if _, ok := FieldNamed(fields, "filter"); ok && f.Name == "filters" {
			all = append(all, filtered(v, fields)...)
		} else {
			all = append(all, formed(f, v, fields, args))
		}
	}
	return all
}

// filtered writes the filters of a call, in the short form where there is but one.
func filtered(v any, fields []Field) []entry {
	subs, _ := v.([]wire.Subscription)
	list, _ := v.([]string)
	one := func(text string) entry {
		f, _ := FieldNamed(fields, "filter")
		return formed(f, text, fields, nil)
	}
	switch {
	case len(list) == 1:
		return []entry{one(list[0])}
	case len(subs) == 1 && subs[0].QoS == 0:
		return []entry{one(subs[0].Filter)}
	case len(subs) == 1:
		return []entry{one(subs[0].Filter), {"qos", FormatValue(subs[0].QoS)}}
	}
	return []entry{{"filters", FormatValue(v)}}
}

// isZero tells a value that a callback has anyway.
func isZero(v any) bool { return v == "" || v == 0 || v == false }

// formed returns a field in the form that is read most easily: bytes have several.
func formed(f Field, v any, fields []Field, args map[string]any) entry {
	if _, ok := FieldNamed(fields, f.Name+"_hex"); ok {
		s, isText := v.(string)
		switch {
		case !isText:
		case len(s) >= 16 && s == Pattern(len(s)):
			return entry{f.Name + "_size", strconv.Itoa(len(s))}
		case !printable(s):
			return entry{f.Name + "_hex", FormatValue([]byte(s))}
		}
	}
	switch v := v.(type) {
	case map[string]any: // what a fault sets
		t, _ := Args(args).Type("packet")
		return entry{f.Name, braced(entries(packetFields(t, true), v))}
	case Will:
		return entry{f.Name, braced(entries(f.Fields, Args{"topic": v.Topic, "payload": v.Payload, "qos": v.QoS, "retain": v.Retain}))}
	}
	return entry{f.Name, FormatValue(v)}
}

// String returns the entry as the file has it.
func (e entry) String() string { return e.name + ": " + e.value }

// braced writes a flow mapping.
func braced(entries []entry) string { return "{" + strings.Join(texted(entries), ", ") + "}" }

// FormatValue returns a value of [Args] as a file has it inside a mapping in braces.
func FormatValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return quoted(v, "[%s]")
	case []byte:
		return fmt.Sprintf("% x", v)
	case time.Duration:
		return span(v)
	case Range:
		if v.Max == 0 {
			return span(v.Min)
		}
		return span(v.Min) + "~" + span(v.Max)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []string:
		return bracketed(v)
	case []int:
		return bracketed(v)
	case []wire.Subscription:
		return bracketed(v)
	case wire.Subscription:
		return braced([]entry{formed(Field{Name: "filter"}, v.Filter, filterForms(), nil), {"qos", strconv.Itoa(v.QoS)}})
	}
	return fmt.Sprint(v) // numbers, truths, packet types and variables
}

func bracketed[T any](list []T) string { return "[" + strings.Join(flows(list), ", ") + "]" }

// flows writes each item of a list.
func flows[T any](list []T) []string {
	var all []string
	for _, v := range list {
		text := FormatValue(v)
		if s, ok := any(v).(string); ok && (!utf8.ValidString(s) || len(s) >= 16 && s == Pattern(len(s))) { // a filter
			text = braced([]entry{formed(Field{Name: "filter"}, s, filterForms(), nil)})
		}
		all = append(all, text)
	}
	return all
}

// span writes a duration without the zeros at its end: 2m, not 2m0s.
func span(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// printable tells a text that an editor shows as it is.
func printable(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// quoted writes a text plainly where YAML takes it for nothing else in the place that the form gives, and
// in double quotes where it would not.
func quoted(s, form string) string {
	if printable(s) && !variableForm.MatchString(s) {
		var doc yaml.Node
		if yaml.Unmarshal(fmt.Appendf(nil, form, s), &doc) == nil && len(doc.Content) == 1 {
			in := doc.Content[0].Content // [s], or {a: s}
			if last := len(in) - 1; last == strings.Count(form, ":") && in[last].Kind == yaml.ScalarNode && in[last].Tag == "!!str" && in[last].Value == s {
				return s
			}
		}
	}
	return strconv.Quote(s)
}
