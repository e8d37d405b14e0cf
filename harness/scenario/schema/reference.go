package schema

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
)

// Reference returns the reference of the scenario language in Markdown, made from [scenario.Header],
// [scenario.Table], [scenario.Modifiers] and the features and profiles of package spec. The file README.md holds it.
func Reference() []byte {
	m := &manual{}
	m.text(referenceBegin)
	m.text("## Header\n\nThe keys of a file at its top level, in the usual order.")
	header := scenario.Header()
	m.fields(header, false)
	for _, f := range header {
		switch f.Kind {
		case scenario.KindClient:
			m.text("### client\n\nThe options of every connect of the subject. A step `client connect` may change those that it has too.")
			m.fields(f.Fields, false)
		case scenario.KindCases:
			m.text(referenceCases)
			m.fields(f.Fields, false)
		}
	}
	m.text("## Features\n\nWhat `needs` may name. A scenario that needs a feature which the subject lacks is skipped, and the skip is reported.")
	var features [][]string
	for _, f := range spec.Features() {
		features = append(features, []string{"`" + string(f.Name) + "`", f.Doc})
	}
	m.table([]string{"feature", "the subject …"}, features)
	m.text("## Profiles\n\nWhat `profile` may name: who expects the behaviour that scenarios at level policy test.")
	var profiles [][]string
	for _, p := range spec.Profiles() {
		profiles = append(profiles, []string{"`" + string(p.Name) + "`", p.Doc})
	}
	m.table([]string{"profile", "what it is"}, profiles)
	m.text(referenceValues)
	m.text("## Modifiers\n\nKeys beside the verb of a step. `when` and `note` are for every verb, the others for verbs that wait: `optional` not for calls, `unordered` only for packets and messages of the subject, `or` only for verbs that begin with expect. `covers` is also for `expect silence` and `client pending`.")
	m.fields(scenario.Modifiers(), false)
	m.text(referenceRepeat)
	m.text("## Verbs\n\nEach step is a verb with its object and its arguments.")
	m.verbs(scenario.Table())
	return m.Bytes()
}

// A manual is a page of Markdown.
type manual struct{ bytes.Buffer }

// text writes a paragraph or more.
func (m *manual) text(s string) { fmt.Fprintf(m, "%s\n\n", s) }

// table writes a table, unless it has no rows.
func (m *manual) table(head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	line := func(cells []string) {
		m.WriteString("|")
		for _, c := range cells {
			m.WriteString(strings.TrimRight(" "+strings.ReplaceAll(c, "|", `\|`), " ") + " |")
		}
		m.WriteString("\n")
	}
	line(head)
	m.WriteString(strings.Repeat("|---", len(head)) + "|\n")
	for _, r := range rows {
		line(r)
	}
	m.WriteString("\n")
}

// fields writes a table of fields, and below it those of the mappings among them.
func (m *manual) fields(fields []scenario.Field, nested bool) {
	var rows [][]string
	for _, f := range fields {
		base, _, isForm := strings.Cut(f.Name, "_hex")
		if !isForm {
			base, _, isForm = strings.Cut(f.Name, "_size")
		}
		if _, ok := scenario.FieldNamed(fields, base); ok && isForm {
			continue // stands with the field itself
		}
		values := values(f)
		if size, ok := scenario.FieldNamed(fields, f.Name+"_size"); ok {
			values += fmt.Sprintf("; or `%s_hex`; or `%s`, up to %d", f.Name, size.Name, size.Max)
		}
		rows = append(rows, []string{"`" + f.Name + "`", values, otherwise(f), remark(f)})
	}
	head := []string{"field", "value", "if left out", "meaning"}
	if nested {
		head[0] = "field in it"
	}
	m.table(head, rows)
	for _, f := range fields {
		if f.Kind == scenario.KindWill || f.Kind == scenario.KindFilters || f.Kind == scenario.KindTexts && len(f.Fields) > 0 {
			m.text(fmt.Sprintf("In `%s`:", f.Name))
			m.fields(f.Fields, true)
		}
	}
}

// values says what a field takes.
func values(f scenario.Field) string {
	want := f.Takes()
	switch {
	case f.Kind == scenario.KindTexts && f.Name == "needs":
		want = "a list of [features](#features)"
	case f.Kind == scenario.KindClient:
		want = "a mapping of [options](#client)"
	case f.Kind == scenario.KindCases:
		want = "a mapping of [cases](#cases)"
	case f.Kind == scenario.KindSteps:
		want = "a list of [steps](#verbs)"
	case f.Kind == scenario.KindChanges:
		want = "a mapping of fields of the packet"
	case f.Kind == scenario.KindAlternatives:
		want = "a list of [steps](#verbs)"
	case f.Kind == scenario.KindVariable:
		return "a variable"
	case f.Kind == scenario.KindValues:
		want = "a mapping of variables to values"
	}
	if f.Null {
		want += ", or null"
	}
	if f.Var {
		want += " *$*"
	}
	if f.Not {
		want += " *not*"
	}
	return want
}

// otherwise says what holds without the field.
func otherwise(f scenario.Field) string {
	switch {
	case f.Required:
		return "**required**"
	case f.Default != nil:
		return "`" + scenario.FormatValue(f.Default) + "`"
	}
	return ""
}

// remark is what the field means, and the feature that it wants.
func remark(f scenario.Field) string {
	if f.Needs == "" {
		return f.Doc
	}
	return fmt.Sprintf("%s; needs `%s`", f.Doc, f.Needs)
}

// groups are the first words of verbs, with what those are about.
var groups = [][2]string{
	{"client", "A call of the subject's API, what became of one that was named with `as`, or its message callback."},
	{"expect", "What the subject does next on the wire."},
	{"deliver", "What the subject is handed, from the broker or the script."},
	{"receive", "What the subject's callback gets."},
	{"send", "What the script does, in place of a server."},
	{"witness", "The harness's own client of the broker, beside the subject."},
	{"fault", "What the proxy does to packets and connections. Where a fault takes a matcher, the fields of that say which packets it is about."},
	{"measure", "What the subject holds."},
	{"wait", "Nobody's doing."},
	{"repeat", "Steps that are played again and again."},
}

// verbs writes every verb, those that say the same in one.
func (m *manual) verbs(table []scenario.Verb) {
	for _, g := range groups {
		m.text("### " + g[0] + "\n\n" + g[1])
		if g[0] == "fault" {
			m.text("The matcher:")
			m.fields(scenario.Matcher(), false)
		}
		var same []scenario.Verb
		for _, v := range table {
			if word, _, _ := strings.Cut(v.Key, " "); word != g[0] {
				continue
			}
			if len(same) > 0 && !alike(same[0], v) {
				m.verb(same)
				same = nil
			}
			same = append(same, v)
		}
		m.verb(same)
	}
}

// alike tells whether two verbs differ in nothing but what they are about.
func alike(a, b scenario.Verb) bool {
	return a.Doc == b.Doc && a.Scalar == b.Scalar && a.Peer == b.Peer && a.Waits == b.Waits &&
		reflect.DeepEqual(a.Needs, b.Needs) && reflect.DeepEqual(a.Fields, b.Fields)
}

// verb writes verbs that are alike.
func (m *manual) verb(same []scenario.Verb) {
	var keys []string
	for _, v := range same {
		keys = append(keys, "`"+v.Key+"`")
	}
	v := same[0]
	doc := v.Doc
	if v.Scalar != "" {
		doc += fmt.Sprintf("; a bare value is `%s`", v.Scalar)
	}
	for _, f := range v.Needs {
		doc += fmt.Sprintf("; needs `%s`", f)
	}
	if v.Peer != "" {
		doc += fmt.Sprintf("; only with `peer: %s`", v.Peer)
	}
	own, matcher := ownFields(v.Fields)
	if matcher {
		doc += "; takes a matcher"
	}
	if v.Waits {
		doc += "; waits"
	}
	m.text("#### " + strings.Join(keys, ", ") + "\n\n" + strings.ToUpper(doc[:1]) + doc[1:] + ".")
	m.fields(own, false)
}

// ownFields returns the fields of a verb without those of the matcher, if it takes one.
func ownFields(fields []scenario.Field) (own []scenario.Field, matcher bool) {
	matches := scenario.Matcher()
	for _, f := range matches {
		if _, ok := scenario.FieldNamed(fields, f.Name); !ok {
			return fields, false
		}
	}
	return slices.DeleteFunc(slices.Clone(fields), func(f scenario.Field) bool {
		of, ok := scenario.FieldNamed(matches, f.Name)
		return ok && reflect.DeepEqual(of, f)
	}), true
}
