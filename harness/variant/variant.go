// Package variant holds conforming clients: each is a built-in subject with one behaviour that MQTT 3.1.1 allows. A
// suite of scenarios is shown not to fail for any of them. Package mutant is the counterpart, with clients for which
// it must fail.
//
// A [Variant] says what the client does and which rule allows it. Most set [ref.Habits]; others change packets or
// wrap the adapter, as mutants do.
//
//	v, ok := variant.Find("ref-window-1")
//	f := v.Factory()
//	res := play.Simulated(t, sc, f, play.Options{Foreign: true})
//
// No case at level must or should may fail, warn or be inconclusive for a variant. A case that needs a feature that
// the variant lacks is skipped.
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
	// Allows says in one sentence why the standard allows it, with the section or the id of the rule.
	Allows string
	// Without lists features of the base that the variant lacks, With those that it adds.
	Without, With []spec.Feature

	// TellsOtherwise says that the API reports results in a different way, so that cases that judge the API fail.
	TellsOtherwise bool

	// Habits are those of the subject ref.
	Habits ref.Habits
	// Robust are those of the subject robust.
	Robust subject.Habits
	// Change changes packets or wraps the adapter.
	Change mutant.Mutant
	// Make, if not nil, returns the factory to use in place of the base's.
	Make func(subject.Factory) subject.Factory
}

// All returns every variant. The slice is the caller's.
func All() []Variant {
	return slices.Concat(identifiers(), pings(), endings(), subscriptions(), sendings(), acknowledgements(), reconnects(), limits(), interfaces(), umqtt())
}

// Find returns the variant with this name.
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

// Factory returns a factory of the variant. If the variant is invalid, the factory's New returns the error.
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
