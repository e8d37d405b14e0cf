package wire

import (
	"bytes"
	"unicode/utf8"
)

// textField is what the decoders know of a text field beyond its bytes.
type textField struct {
	name string
	own  string // the statement of the field's own section that makes it UTF-8
	path bool   // a topic name or filter, for which chapter 4.7 repeats the ban on U+0000
}

// text reads a UTF-8 string. MQTT-1.5.3-1 rules its encoding and MQTT-1.5.3-2 keeps U+0000 out; a byte
// order mark is ordinary text (MQTT-1.5.3-3).
func (r *reader) text(f textField) string {
	start := r.at
	b := r.bytes(f.name)
	if r.bad != nil {
		return ""
	}
	if i := invalidUTF8(b); i >= 0 {
		r.fail(start+2+i, "MQTT-1.5.3-1", []string{f.own}, "%s with byte %#02x, not UTF-8", f.name, b[i])
		return ""
	}
	if i := bytes.IndexByte(b, 0); i >= 0 {
		also := []string{f.own}
		if f.path {
			also = append(also, "MQTT-4.7.3-2")
		}
		r.fail(start+2+i, "MQTT-1.5.3-2", also, "%s with U+0000", f.name)
		return ""
	}
	return string(b)
}

// invalidUTF8 returns where b stops being UTF-8, -1 if it never does. Surrogates are not UTF-8.
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; i < len(b); {
		c, n := utf8.DecodeRune(b[i:])
		if c == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// path reads what topic names and topic filters have in common: a text that is not empty. It is empty after a
// failure.
func (r *reader) path(f textField) string {
	start := r.at
	s := r.text(f)
	if r.bad == nil && s == "" {
		r.fail(start, "MQTT-4.7.3-1", nil, "empty %s", f.name)
	}
	return s
}

// topicName reads a topic name, which is not empty and has no wildcards. id is the statement that rules
// out wildcards here, and also what says so besides.
func (r *reader) topicName(f textField, id string, also ...string) string {
	start := r.at
	s := r.path(f)
	for i := range len(s) {
		if s[i] == '+' || s[i] == '#' {
			r.fail(start+2+i, id, also, "wildcard %c in %s %s", s[i], f.name, show([]byte(s)))
			return ""
		}
	}
	return s
}

// topicFilter reads a topic filter, which is not empty and has its wildcards in the places where
// MQTT-4.7.1-2 and MQTT-4.7.1-3 want them.
func (r *reader) topicFilter(f textField) string {
	start := r.at
	s := r.path(f)
	for i := range len(s) {
		opens := i == 0 || s[i-1] == '/'
		last := i == len(s)-1
		switch {
		case s[i] == '#' && !(opens && last):
			r.fail(start+2+i, "MQTT-4.7.1-2", nil, "misplaced # in %s %s", f.name, show([]byte(s)))
		case s[i] == '+' && !(opens && (last || s[i+1] == '/')):
			r.fail(start+2+i, "MQTT-4.7.1-3", nil, "misplaced + in %s %s", f.name, show([]byte(s)))
		}
	}
	return s
}
