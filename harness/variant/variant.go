// Package variant holds clients that keep the standard in their own way: a built-in subject with one habit
// that MQTT 3.1.1 leaves free, so that a suite of scenarios can be shown to accuse nobody wrongly. It is
// the mirror of package mutant.
//
// A [Variant] says what the client does and which sentence allows it. Most are rows over [ref.Habits]; others
// change what goes over the wire, or wrap the adapter, by the machinery of package mutant.
//
//	v, ok := variant.Find("ref-window-1")
//	f := v.Factory()
//	res := play.Simulated(t, sc, f, play.Options{Foreign: true})
//
// No must or should case may fail, warn or be inconclusive for a variant. A case that needs a feature which
// the habit takes away is skipped.
package variant

import (
	"fmt"
	"slices"

	"umqtt/harness/mutant"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/subject/ref"
)

// Variant is a built-in subject with a habit.
type Variant struct {
	// Name identifies it: the base, a hyphen, and the habit, in lower case with hyphens.
	Name string
	// Base names the built-in subject.
	Base string
	// Does says in one sentence what the client does.
	Does string
	// Allows says in one sentence why it may, with the section or the id of the rule.
	Allows string
	// Without lists features of the base that the habit takes away, With those that it adds.
	Without, With []spec.Feature

	// TellsOtherwise is a habit of the API that fails cases whose verdict rests on what an API reports.
	TellsOtherwise bool

	// Habits are those of the subject ref.
	Habits ref.Habits
	// Robust are those of the subject robust.
	Robust subject.Habits
	// Change tampers with packets and wraps the adapter.
	Change mutant.Mutant
	// Make makes another factory of the base's; nil leaves it.
	Make func(subject.Factory) subject.Factory
}

// All returns every variant. The slice is the caller's.
func All() []Variant {
	return slices.Concat(identifiers(), pings(), endings(), subscriptions(), sendings(), acknowledgements(), reconnects(), limits(), interfaces(), umqtt())
}

// Find returns the variant of that name.
func Find(name string) (Variant, bool) {
	all := All()
	i := slices.IndexFunc(all, func(v Variant) bool { return v.Name == name })
	if i < 0 {
		return Variant{}, false
	}
	return all[i], true
}

// base returns the built-in subject of that name.
func base(name string) (subject.Factory, bool) {
	all := subject.Builtin()
	i := slices.IndexFunc(all, func(f subject.Factory) bool { return f.Name == name })
	if i < 0 {
		return subject.Factory{}, false
	}
	return all[i], true
}

// features returns what the variant can do.
func (v Variant) features(base []spec.Feature) []spec.Feature {
	kept := slices.DeleteFunc(slices.Clone(base), func(f spec.Feature) bool { return slices.Contains(v.Without, f) })
	for _, f := range v.With {
		if !slices.Contains(kept, f) {
			kept = append(kept, f)
		}
	}
	return kept
}

// Factory returns a factory of the variant. What keeps the variant from being made is an error of its New.
func (v Variant) Factory() subject.Factory {
	f, ok := base(v.Base)
	if !ok {
		err := fmt.Errorf("variant %s: there is no built-in subject %q", v.Name, v.Base)
		return subject.Factory{Name: v.Name, New: func(subject.Env) (subject.Subject, error) { return nil, err }}
	}
	features := v.features(f.Features)
	if v.Base == subject.Ref().Name {
		f = subject.RefWith(v.Name, v.Habits, features)
	}
	if v.changes() {
		f = v.Change.Apply(f)
	}
	if v.Make != nil {
		f = v.Make(f)
	}
	f.Name, f.Features = v.Name, features
	made := f.New
	f.New = func(env subject.Env) (subject.Subject, error) {
		s, err := made(env)
		if err == nil {
			subject.SetHabits(s, v.Robust)
		}
		return s, err
	}
	return f
}

// changes reports whether the variant tampers with packets or wraps the adapter.
func (v Variant) changes() bool {
	return len(v.Change.Rules) > 0 || v.Change.Rewrite != nil || v.Change.Wrap != nil
}
