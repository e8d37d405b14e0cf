package scenarios

import (
	"bytes"
	"fmt"
	"time"

	"umqtt/harness/spec"
)

// Schema returns the JSON schema (draft 7) of a scenario file, made from [Header], [Table] and
// [Modifiers], for editors: they complete and explain verbs and fields. It refuses nothing that Parse
// accepts; what steps say to one another only Parse sees. The file scenario.schema.json holds it.
func Schema() []byte {
	step := object{}
	for _, v := range Table() {
		step = append(step, member{v.Key, verbSchema(v)})
	}
	step = append(step, properties(Modifiers())...)
	root := append(object{
		{"$schema", "http://json-schema.org/draft-07/schema#"},
		{"title", "MQTT 3.1.1 client scenario"},
		{"description", "One behaviour of an MQTT 3.1.1 client, as a linear script."},
	}, objectSchema(Header())...)
	root = append(root, member{"definitions", object{{"step", object{
		{"description", "One line of the script: a verb with its arguments, and what modifies it."},
		{"type", "object"},
		{"minProperties", 1},
		{"additionalProperties", false},
		{"properties", step},
	}}}})
	var b bytes.Buffer
	write(&b, root, "", 0)
	b.WriteByte('\n')
	return b.Bytes()
}

// verbSchema describes what stands behind a verb.
func verbSchema(v Verb) object {
	doc := v.Doc
	for _, f := range v.Needs {
		doc += fmt.Sprintf("; needs the feature %s", f)
	}
	if v.Peer != "" {
		doc += fmt.Sprintf("; only with peer: %s", v.Peer)
	}
	s := object{{"description", doc}}
	mapping := objectSchema(v.Fields)
	switch scalar, ok := v.field(v.Scalar); {
	case ok:
		forms := []any{fieldSchema(scalar), mapping}
		if !needsArguments(v) {
			forms = append(forms, object{{"type", "null"}})
		}
		return append(s, member{"anyOf", forms})
	case len(v.Fields) == 0:
		return append(s, member{"type", "null"})
	case !needsArguments(v):
		mapping[0].value = []any{"object", "null"}
	}
	return append(s, mapping...)
}

// needsArguments tells whether something must stand behind the verb.
func needsArguments(v Verb) bool {
	for _, f := range v.Fields {
		if f.Required {
			return true
		}
	}
	return false
}

// objectSchema describes a mapping of fields.
func objectSchema(fields []Field) object {
	s := object{{"type", "object"}, {"additionalProperties", false}}
	var required []any
	for _, f := range fields {
		if f.Required {
			required = append(required, f.Name)
		}
	}
	if required != nil {
		s = append(s, member{"required", required})
	}
	return append(s, member{"properties", properties(fields)})
}

func properties(fields []Field) object {
	var s object
	for _, f := range fields {
		s = append(s, member{f.Name, fieldSchema(f)})
	}
	return s
}

// fieldSchema describes the values of a field.
func fieldSchema(f Field) object {
	doc := f.Doc
	if f.Needs != "" {
		doc += fmt.Sprintf("; needs the feature %s", f.Needs)
	}
	if f.Var {
		doc += "; may be a $variable"
	}
	if f.Null {
		doc += "; null: the packet has none"
	}
	s := object{{"description", doc}}
	types, rest := kindSchema(f)
	if f.Null {
		types = append(types, "null")
	}
	switch len(types) {
	case 0:
	case 1:
		s = append(s, member{"type", types[0]})
	default:
		s = append(s, member{"type", types})
	}
	s = append(s, rest...)
	switch f.Default.(type) {
	case nil, time.Duration:
	default:
		s = append(s, member{"default", f.Default})
	}
	return s
}

// kindSchema returns the JSON types of a field, and what bounds its values.
func kindSchema(f Field) (types []any, rest object) {
	pattern := func(s string) member { return member{"pattern", "^(" + s + ")$"} }
	orVariable := func(types []any, rest ...member) ([]any, object) {
		if f.Var {
			types, rest = append(types, "string"), append(rest, pattern(variable))
		}
		return types, rest
	}
	list := func(item object) ([]any, object) {
		rest := object{}
		if !f.Empty {
			rest = append(rest, member{"minItems", 1})
		} else {
			rest = append(rest, member{"uniqueItems", true})
		}
		return []any{"array"}, append(rest, member{"items", item})
	}
	switch f.Kind {
	case KindText:
		return []any{"string"}, nil
	case KindBool:
		return orVariable([]any{"boolean"})
	case KindInt:
		return orVariable([]any{"integer"}, member{"minimum", f.Min}, member{"maximum", f.Max})
	case KindShare:
		return []any{"number"}, object{{"exclusiveMinimum", 0}, {"maximum", 1}}
	case KindDuration, KindSeconds: // a bare 0 is a number
		form, most := duration, member{"maximum", 0}
		if f.Var {
			form += "|" + variable
		}
		return []any{"string", "integer"}, object{{"minimum", 0}, most, pattern(form)}
	case KindRange:
		return []any{"string"}, object{pattern("(" + duration + ")(~(" + duration + "))?")}
	case KindHex: // 36 and 1e10 are numbers
		return []any{"string", "number"}, object{pattern(hexBytes)}
	case KindEnum, KindType:
		return nil, object{{"enum", words(f.Enum)}}
	case KindTexts:
		if len(f.Enum) > 0 {
			return list(object{{"enum", words(f.Enum)}})
		}
		return list(object{{"type", "string"}})
	case KindRules:
		var ids []string
		for _, r := range append(spec.Statements(), spec.Clauses()...) {
			ids = append(ids, r.ID)
		}
		return list(object{{"enum", words(ids)}})
	case KindInts:
		return list(object{{"type", "integer"}, {"minimum", f.Min}, {"maximum", f.Max}})
	case KindFilters:
		return list(objectSchema(f.Fields))
	case KindWill, KindClient:
		return nil, objectSchema(f.Fields)
	case KindChanges:
		return []any{"object"}, object{{"minProperties", 1}}
	case KindSteps:
		return list(object{{"$ref", "#/definitions/step"}})
	}
	panic(fmt.Sprintf("scenarios: field %s has no kind", f.Name))
}

func words(list []string) []any {
	all := make([]any, len(list))
	for i, s := range list {
		all[i] = s
	}
	return all
}
