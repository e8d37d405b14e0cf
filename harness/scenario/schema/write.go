package schema

import (
	"bytes"
	"encoding/json"
	"strings"
)

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

// width is where lines of the schema are broken. A mapping without inner ones, such as most fields, has
// more room: it is read like a sentence.
const (
	width      = 120
	widthField = 240
)

// write appends v to b as JSON: on one line where it fits, else one member or item a line, and words in
// lines that are filled. The line holds column characters already.
func write(b *bytes.Buffer, v any, indent string, column int) {
	line := compact(v)
	room := width
	if flat(v) {
		room = widthField
	}
	o, isObject := v.(object)
	items, isList := v.([]any)
	if len(indent)+column+len(line) <= room || !isObject && !isList {
		b.WriteString(line)
		return
	}
	if isList && flat(v) {
		fill(b, items, indent)
		return
	}
	open, end, n := "{", "}", len(o)
	if isList {
		open, end, n = "[", "]", len(items)
	}
	b.WriteString(open + "\n")
	for i := range n {
		b.WriteString(indent + "  ")
		if isList {
			write(b, items[i], indent+"  ", 0)
		} else {
			name := compact(o[i].name) + ": "
			b.WriteString(name)
			write(b, o[i].value, indent+"  ", len(name))
		}
		if i < n-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString(indent + end)
}

// flat tells whether v holds no mapping but perhaps itself.
func flat(v any) bool {
	var inner []any
	switch v := v.(type) {
	case object:
		for _, m := range v {
			inner = append(inner, m.value)
		}
	case []any:
		inner = v
	}
	for _, x := range inner {
		if _, ok := x.(object); ok || !flat(x) {
			return false
		}
	}
	return true
}

// fill appends a list of words.
func fill(b *bytes.Buffer, items []any, indent string) {
	b.WriteString("[\n" + indent + " ")
	column := len(indent) + 1
	for i, x := range items {
		word := " " + compact(x)
		if i < len(items)-1 {
			word += ","
		}
		if column+len(word) > width {
			b.WriteString("\n" + indent + " ")
			column = len(indent) + 1
		}
		b.WriteString(word)
		column += len(word)
	}
	b.WriteString("\n" + indent + "]")
}

// compact returns v as JSON on one line.
func compact(v any) string {
	var parts []string
	switch v := v.(type) {
	case object:
		for _, m := range v {
			parts = append(parts, compact(m.name)+": "+compact(m.value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, x := range v {
			parts = append(parts, compact(x))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("schema: " + err.Error())
	}
	return strings.TrimSpace(b.String())
}
