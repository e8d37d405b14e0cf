package scenario

import (
	"sync"

	"umqtt/harness/wire"
)

// A Verb is a kind of step. The player has one executor for each verb.
type Verb struct {
	// Key is the verb and its object, such as "client publish" or "expect PUBLISH".
	Key string
	// Doc says what the step does, or what it waits for.
	Doc string
	// Scalar is the name of the field that a bare scalar sets; it is empty if the step takes no scalar.
	Scalar string
	// Fields lists the fields of the step.
	Fields []Field
	// Needs lists the features that the step needs; the scenario's needs must name them.
	Needs []Feature
	// Peer is the only peer the step works with, or empty.
	Peer Peer
	// Packet is the packet type that an expect, deliver or send is about; 0 otherwise.
	Packet wire.Type
	// Waits says that the step waits for something, and so takes given, within and after.
	Waits bool

	// rules checks what the fields cannot say one by one.
	rules func(*step)
}

// A Field is a key that a step, a header or a nested mapping may have.
type Field struct {
	// Name is the key in the file.
	Name string
	// Kind is the kind of its values, and determines their Go type in [Args].
	Kind Kind
	// Doc says what it means.
	Doc string
	// Required says that it must not be left out.
	Required bool
	// Default is the canonical value of a field that is left out; nil is none.
	Default any
	// Var says that a $variable is allowed.
	Var bool
	// Enum lists the values of a KindEnum, or the items of a KindTexts.
	Enum []string
	// Pattern is the form of the items of a KindTexts; empty is any.
	Pattern string
	// Min and Max bound a KindInt or the items of a KindInts, both included. Min is also the least
	// KindDuration, in nanoseconds.
	Min, Max int
	// Fields lists the fields of a mapping, or of each item of a KindFilters.
	Fields []Field
	// Empty says that a list may be empty.
	Empty bool
	// Not says that not and a value is allowed: see [Unlike].
	Not bool
	// Null says that null is allowed: the packet must not have the field. Args then has a nil.
	Null bool
	// Needs is the feature that using the field requires, or empty.
	Needs Feature
}

// Kind is a kind of value.
type Kind byte

// The kinds, each with the Go type that it has in [Args].
const (
	KindText         Kind = iota + 1 // string; what YAML would take for something else is written in quotes
	KindBool                         // bool
	KindInt                          // int, decimal or 0x…
	KindShare                        // float64 above 0, up to 1
	KindDuration                     // time.Duration, not negative
	KindSeconds                      // time.Duration, whole seconds up to 65535
	KindRange                        // Range, as 1s~1500ms, or 1s for at least that
	KindHex                          // []byte, at least one, as spaced hex
	KindEnum                         // string, a word of Field.Enum
	KindType                         // wire.Type, by its name
	KindTexts                        // []string, at least one; words of Field.Enum where it has any
	KindRules                        // []string, ids of package spec
	KindInts                         // []int, at least one
	KindFilters                      // []wire.Subscription, at least one
	KindWill                         // Will
	KindClient                       // Args, what Connect.With takes
	KindChanges                      // map[string]any, fields of the packet type in the field packet
	KindVariable                     // Var, by its name with the $
	KindAlternatives                 // []Step, expect steps; not in Args
	KindSteps                        // the steps of a scenario; not in Args
	KindCases                        // the cases of a table; not in Args
	KindValues                       // the variables of a case with their values; not in Args
)

// Table returns every verb, in the order of the reference. The player and the schema use it.
func Table() []Verb {
	t, _ := table()
	return append([]Verb(nil), t...)
}

// Find returns the verb with this key.
func Find(key string) (Verb, bool) {
	t, index := table()
	i, ok := index[key]
	if !ok {
		return Verb{}, false
	}
	return t[i], true
}

var table = sync.OnceValues(func() ([]Verb, map[string]int) {
	var t []Verb
	for _, group := range [][]Verb{clientVerbs(), packetVerbs(), witnessVerbs(), faultVerbs(), transportVerbs(), measureVerbs(), waitVerbs(), {repeatVerb()}} {
		t = append(t, group...)
	}
	index := make(map[string]int, len(t))
	for i, v := range t {
		index[v.Key] = i
	}
	return t, index
})

// Field returns the field of v called name.
func (v Verb) Field(name string) (Field, bool) { return FieldNamed(v.Fields, name) }

// FieldNamed returns the one of fields that is called name.
func FieldNamed(fields []Field, name string) (Field, bool) {
	for _, f := range fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}
