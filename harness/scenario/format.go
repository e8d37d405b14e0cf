package scenario

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// formatWidth is where lines of a formatted scenario are broken if they can be.
const formatWidth = 120

// Format returns a scenario as a file in the layout of the suite: the header in the order of [Header], then one step
// a line, with its modifiers below. It omits defaults, and writes payloads as text, hex or size, whichever is most
// readable. A case becomes a file of its own. Comments are lost, since a Scenario does not hold them.
//
// For a scenario that [Parse] or package draft returned, Parse of the result returns the same scenario, except for
// its name and positions.
func Format(s *Scenario) []byte {
	f := &formatter{}
	f.WriteString("# yaml-language-server: $schema=../scenario.schema.json\n")
	args := s.header()
	for _, h := range Header() {
		v, ok := args[h.Name]
		list, isList := v.([]string)
		switch {
		case !ok:
		case isList:
			f.fill(h.Name+": [", "  ", flows(list), ", ", "]")
		case h.Kind == KindText:
			f.text("", h.Name, v.(string))
		case h.Kind == KindClient:
			f.mapping("", h.Name, entries(h.Fields, v.(Args)))
		default:
			f.line("", h.Name, FormatValue(v))
		}
	}
	f.WriteString("steps:\n")
	for _, step := range s.Steps {
		f.step("  ", step)
	}
	return f.Bytes()
}

// header returns what the file's header says, by its names.
func (s *Scenario) header() Args {
	a := Args{"title": s.Title, "level": string(s.Level), "peer": string(s.Peer)}
	if s.Transport != "" {
		a["transport"] = string(s.Transport)
	}
	if s.World != Both {
		a["world"] = string(s.World)
	}
	for name, list := range map[string][]string{"covers": s.Covers, "tags": s.Tags, "needs": texted(s.Needs), "allow": texted(s.Allow)} {
		if len(list) > 0 {
			a[name] = list
		}
	}
	for name, text := range map[string]string{"reason": s.Reason, "note": s.Note, "why": s.Why, "profile": string(s.Profile), "oracle": string(s.Oracle)} {
		if text != "" {
			a[name] = text
		}
	}
	if s.Buffer > 0 {
		a["buffer"] = s.Buffer
	}
	if client := s.Client.Changes(DefaultConnect()); len(client) > 0 {
		a["client"] = client
	}
	return a
}

// texted returns a list of names as text.
func texted[T any](list []T) []string {
	var out []string
	for _, v := range list {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

// A formatter writes the lines of a scenario.
type formatter struct{ bytes.Buffer }

// line writes a key with a value behind it.
func (f *formatter) line(indent, key, value string) {
	f.WriteString(strings.TrimSuffix(indent+key+": "+value, " ") + "\n")
}

// text writes a text, over several lines if it is long and nothing but words.
func (f *formatter) text(indent, key, s string) {
	words := strings.Fields(s)
	value := quoted(s, "a: %s")
	if utf8.RuneCountInString(indent+key+value) <= formatWidth || key == "title" || !printable(s) || s != strings.Join(words, " ") {
		f.line(indent, key, value)
		return
	}
	f.line(indent, key, ">-")
	f.fill(indent+"  ", indent+"  ", words, " ", "")
}

// mapping writes a flow mapping, over several lines if it is long.
func (f *formatter) mapping(indent, key string, entries []entry) {
	f.fill(indent+key+": {", strings.Repeat(" ", len(indent)+2), texted(entries), ", ", "}")
}

// fill writes pieces with sep between them behind begin, and end behind the last one. A line that is full
// goes on in the next one behind indent.
func (f *formatter) fill(begin, indent string, pieces []string, sep, end string) {
	line := begin
	for i, p := range pieces {
		if i < len(pieces)-1 {
			p += sep
		} else {
			p += end
		}
		if i > 0 && utf8.RuneCountInString(line+strings.TrimRight(p, " ")) > formatWidth {
			f.WriteString(strings.TrimRight(line, " ") + "\n")
			line = indent
		}
		line += p
	}
	f.WriteString(line + "\n")
}

// step writes one step. indent is what its dash stands behind.
func (f *formatter) step(indent string, s Step) {
	f.verb(indent+"- ", s)
	indent += "  "
	for _, m := range Modifiers() {
		switch {
		case m.Name == "or" && len(s.Or) > 0:
			f.line(indent, m.Name, "")
			for _, alternative := range s.Or {
				f.verb(indent+"  - ", alternative)
			}
		case m.Name == "given" && s.Given, m.Name == "optional" && s.Optional, m.Name == "unordered" && s.Unordered:
			f.line(indent, m.Name, FormatValue(true))
		case m.Name == "when" && s.When != "":
			f.line(indent, m.Name, s.When.String())
		case m.Name == "within" && s.Within > 0:
			f.line(indent, m.Name, span(s.Within))
		case m.Name == "after" && s.HasAfter:
			f.line(indent, m.Name, FormatValue(s.After))
		case m.Name == "covers" && len(s.Covers) > 0:
			f.fill(indent+"covers: [", indent+"  ", flows(s.Covers), ", ", "]")
		case m.Name == "note" && s.Note != "":
			f.text(indent, m.Name, s.Note)
		case m.Name == "steps" && len(s.Steps) > 0:
			f.line(indent, m.Name, "")
			for _, inner := range s.Steps {
				f.step(indent+"  ", inner)
			}
		}
	}
}

// verb writes a step without its modifiers.
func (f *formatter) verb(indent string, s Step) {
	v, _ := Find(s.Key)
	said := entries(v.Fields, s.Args)
	scalar, has := s.Args[v.Scalar]
	switch {
	case has && (len(said) == 0 || len(said) == 1 && said[0].name == v.Scalar):
		f.line(indent, s.Key, FormatValue(scalar))
	case len(said) == 0:
		f.line(indent, s.Key, "")
	default:
		f.mapping(indent, s.Key, said)
	}
}
