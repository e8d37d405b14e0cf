// Package schema generates, from the step table of package scenario, the JSON schema of a scenario file and the
// reference of the language in Markdown. The folder scenarios holds both. Its test fails if one of them is not
// current, and go test ./scenarios -update rewrites them.
package schema

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
)

// JSON returns the JSON schema (draft 7) of a scenario file, made from [scenario.Header], [scenario.Table] and
// [scenario.Modifiers], for editors, which complete and explain verbs and fields. It accepts all that ParseAll
// accepts. Only ParseAll checks rules between steps and the values of a table's variables. The file
// scenario.schema.json holds it.
func JSON() []byte {
	step, alternatives := object{}, object{}
	for _, v := range scenario.Table() {
		step = append(step, member{v.Key, verbSchema(v)})
		if v.Takes("or") {
			alternatives = append(alternatives, member{v.Key, object{{"$ref", "#/definitions/step/properties/" + strings.ReplaceAll(v.Key, " ", "%20")}}})
		}
	}
	step = append(step, properties(scenario.Modifiers(), true)...)
	root := append(object{
		{"$schema", "http://json-schema.org/draft-07/schema#"},
		{"title", "MQTT 3.1.1 client scenario"},
		{"description", "One behaviour of an MQTT 3.1.1 client, as a linear script."},
	}, objectSchema(scenario.Header(), false)...)
	var ids []string
	for _, r := range spec.All() {
		ids = append(ids, r.ID)
	}
	root = append(root, member{"definitions", object{
		{"rule", object{{"enum", words(ids)}}},
		{"variable", object{
			{"description", "a $variable of the table"},
			{"type", "string"},
			{"pattern", "^" + scenario.VariablePattern + "$"},
		}},
		{"alternative", object{
			{"description", "What may come in place of what a step expects."},
			{"type", "object"},
			{"minProperties", 1},
			{"maxProperties", 1},
			{"additionalProperties", false},
			{"properties", alternatives},
		}},
		{"step", object{
			{"description", "One line of the script: a verb with its arguments, and what modifies it."},
			{"type", "object"},
			{"minProperties", 1},
			{"additionalProperties", false},
			{"properties", step},
		}},
	}})
	var b bytes.Buffer
	write(&b, root, "", 0)
	b.WriteByte('\n')
	return b.Bytes()
}

// verbSchema describes what stands behind a verb.
func verbSchema(v scenario.Verb) object {
	doc := v.Doc
	for _, f := range v.Needs {
		doc += fmt.Sprintf("; needs the feature %s", f)
	}
	if v.Peer != "" {
		doc += fmt.Sprintf("; only with peer: %s", v.Peer)
	}
	s := object{{"description", doc}}
	mapping := objectSchema(v.Fields, true)
	switch scalar, ok := v.Field(v.Scalar); {
	case ok:
		forms := []any{fieldSchema(scalar, true), mapping}
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
func needsArguments(v scenario.Verb) bool {
	for _, f := range v.Fields {
		if f.Required {
			return true
		}
	}
	return false
}

// objectSchema describes a mapping of fields, in which variables of a table may stand or not.
func objectSchema(fields []scenario.Field, vars bool) object {
	s := object{{"type", "object"}, {"additionalProperties", false}}
	var required []any
	var oneOf []any
	for _, f := range fields {
		forms := f.Forms(fields)
		switch {
		case f.Required && len(forms) > 1:
			for _, form := range forms {
				oneOf = append(oneOf, object{{"required", []any{form}}})
			}
		case f.Required:
			required = append(required, f.Name)
		}
	}
	if oneOf != nil { // no mapping has two such fields
		s = append(s, member{"oneOf", oneOf})
	}
	if required != nil {
		s = append(s, member{"required", required})
	}
	return append(s, member{"properties", properties(fields, vars)})
}

func properties(fields []scenario.Field, vars bool) object {
	var s object
	for _, f := range fields {
		s = append(s, member{f.Name, fieldSchema(f, vars)})
	}
	return s
}

// fieldSchema describes the values of a field.
func fieldSchema(f scenario.Field, vars bool) object {
	doc := f.Doc
	if f.Needs != "" {
		doc += fmt.Sprintf("; needs the feature %s", f.Needs)
	}
	if f.Var {
		doc += "; may be a $variable"
	}
	if f.Not {
		doc += "; may be not and a value"
	}
	if f.Null {
		doc += "; null: the packet has none"
	}
	s := object{{"description", doc}}
	types, rest := kindSchema(f, vars)
	if f.Null {
		types = append(types, "null")
	}
	s = append(s, typed(types, rest)...)
	switch f.Default.(type) {
	case nil, time.Duration:
	default:
		s = append(s, member{"default", f.Default})
	}
	return s
}

// kindSchema returns the JSON types of a field, and what bounds its values. With vars a variable may
// stand in their place.
func kindSchema(f scenario.Field, vars bool) (types []any, rest object) {
	pattern := func(s string) member {
		if vars && s != scenario.VariablePattern {
			s += "|" + scenario.VariablePattern
		}
		if f.Not {
			s += "|" + scenario.UnlikePattern
		}
		return member{"pattern", "^(" + s + ")$"}
	}
	orVariable := func(kind string, rest ...member) ([]any, object) {
		if !vars {
			return []any{kind}, rest
		}
		if f.Not {
			return []any{kind, "string"}, append(rest, pattern(scenario.VariablePattern))
		}
		return []any{kind, "string"}, append(rest, member{"pattern", "^" + scenario.VariablePattern + "$"})
	}
	choice := func(s object) ([]any, object) {
		if !vars {
			return nil, s
		}
		return nil, object{{"anyOf", []any{s, object{{"$ref", "#/definitions/variable"}}}}}
	}
	list := func(item object) ([]any, object) {
		bound := member{"minItems", 1}
		switch {
		case f.Empty && len(f.Fields) > 0:
			return orVariable("array", member{"items", item})
		case f.Empty:
			bound = member{"uniqueItems", true}
		}
		return orVariable("array", bound, member{"items", item})
	}
	switch f.Kind {
	case scenario.KindText:
		return []any{"string"}, nil
	case scenario.KindBool:
		return orVariable("boolean")
	case scenario.KindInt:
		return orVariable("integer", member{"minimum", f.Min}, member{"maximum", f.Max})
	case scenario.KindShare:
		return orVariable("number", member{"exclusiveMinimum", 0}, member{"maximum", 1})
	case scenario.KindDuration, scenario.KindSeconds: // a bare 0 is a number
		return []any{"string", "integer"}, object{{"minimum", 0}, {"maximum", 0}, pattern(scenario.DurationPattern)}
	case scenario.KindRange:
		return []any{"string"}, object{pattern("(" + scenario.DurationPattern + ")(~(" + scenario.DurationPattern + "))?")}
	case scenario.KindHex: // 36 and 1e10 are numbers
		return []any{"string", "number"}, object{pattern(scenario.HexPattern)}
	case scenario.KindEnum, scenario.KindType:
		return choice(object{{"enum", words(f.Enum)}})
	case scenario.KindTexts:
		of := scenario.Field{Kind: scenario.KindText, Enum: f.Enum}
		if len(f.Enum) > 0 {
			of.Kind = scenario.KindEnum
		}
		if f.Pattern != "" {
			return list(object{{"type", "string"}, pattern(f.Pattern)})
		}
		item := typed(kindSchema(of, vars))
		if len(f.Fields) > 0 {
			item = object{{"anyOf", []any{item, objectSchema(f.Fields, vars)}}}
		}
		return list(item)
	case scenario.KindRules:
		types, rest := list(object{{"$ref", "#/definitions/rule"}})
		if !f.Empty {
			rest = append(rest, member{"uniqueItems", true})
		}
		return types, rest
	case scenario.KindInts:
		return list(typed(kindSchema(scenario.Field{Kind: scenario.KindInt, Min: f.Min, Max: f.Max}, vars)))
	case scenario.KindFilters:
		return list(objectSchema(f.Fields, vars))
	case scenario.KindWill:
		return choice(objectSchema(f.Fields, vars))
	case scenario.KindClient:
		return nil, objectSchema(f.Fields, true)
	case scenario.KindChanges:
		return orVariable("object", member{"minProperties", 1})
	case scenario.KindCases:
		return nil, mappingSchema(scenario.CaseNamePattern, objectSchema(f.Fields, false))
	case scenario.KindValues:
		return nil, mappingSchema(scenario.VariablePattern[len(`\$`):], nil)
	case scenario.KindVariable:
		return []any{"string"}, object{{"pattern", "^" + scenario.VariablePattern + "$"}}
	case scenario.KindAlternatives:
		types, rest := list(object{{"$ref", "#/definitions/alternative"}})
		return types, rest
	case scenario.KindSteps:
		return list(object{{"$ref", "#/definitions/step"}})
	}
	panic(fmt.Sprintf("schema: field %s has no kind", f.Name))
}

// typed puts types before what bounds their values.
func typed(types []any, rest object) object {
	switch len(types) {
	case 0:
		return rest
	case 1:
		return append(object{{"type", types[0]}}, rest...)
	}
	return append(object{{"type", types}}, rest...)
}

// mappingSchema describes a mapping with names of the author's, which have a form, and values of one kind.
func mappingSchema(form string, value object) object {
	s := object{{"type", "object"}, {"minProperties", 1}, {"propertyNames", object{{"pattern", "^" + form + "$"}}}}
	if value != nil {
		s = append(s, member{"additionalProperties", value})
	}
	return s
}

func words(list []string) []any {
	all := make([]any, len(list))
	for i, s := range list {
		all[i] = s
	}
	return all
}
