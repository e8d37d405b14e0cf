package judge

import (
	"errors"
	"fmt"
	"path"
	"slices"

	"umqtt/harness/near"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
)

// requireAPI is the word that demands the API.
const requireAPI = "api"

// Required is what a run demands by name, beyond what the standard does. The zero value demands nothing more.
type Required struct{ words []string }

// Require returns what some words demand. A word is
//
//   - the name of a profile, such as umqtt: every scenario at the level policy that it asks for;
//   - a pattern, such as reconnect/*, as [scenario.Scenario.Matches] takes it: every scenario that it selects;
//   - api: that what the subject's API reports is right, in every scenario.
//
// A scenario that is demanded counts as one at the level must, and so does what the API reports in it if its own
// level is another.
func Require(words ...string) Required { return Required{slices.Clone(words)} }

// API reports whether the API is demanded in every scenario.
func (r Required) API() bool { return slices.Contains(r.words, requireAPI) }

// Profile reports whether a profile is demanded.
func (r Required) Profile(name spec.Profile) bool { return slices.Contains(r.words, string(name)) }

// Has reports whether a scenario is demanded.
func (r Required) Has(sc *scenario.Scenario) bool {
	return slices.ContainsFunc(r.words, func(word string) bool { return demands(word, sc) })
}

func demands(word string, sc *scenario.Scenario) bool {
	switch {
	case word == requireAPI:
		return false
	case isProfile(word):
		return sc.Profile == spec.Profile(word)
	}
	ok, _ := sc.Matches(word)
	return ok
}

func isProfile(word string) bool {
	return slices.ContainsFunc(spec.Profiles(), func(p spec.ProfileDoc) bool { return string(p.Name) == word })
}

// Check returns what is wrong with the words for a suite: patterns that are none, and words that are no profile
// and select no scenario of it. It says which name was most likely meant.
func (r Required) Check(suite []*scenario.Scenario) error {
	var errs []error
	for _, word := range r.words {
		if word == requireAPI || isProfile(word) {
			continue
		}
		_, err := scenario.Match(word, "")
		if err == nil && !slices.ContainsFunc(suite, func(sc *scenario.Scenario) bool { return demands(word, sc) }) {
			err = errors.New("it is no profile and selects no scenario" + hint(word, suite))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("require %q: %w", word, err))
		}
	}
	return errors.Join(errs...)
}

// hint asks whether another word was meant.
func hint(word string, suite []*scenario.Scenario) string {
	names := []string{requireAPI}
	for _, p := range spec.Profiles() {
		names = append(names, string(p.Name))
	}
	for _, sc := range suite {
		if all := path.Dir(sc.Name) + "/*"; !slices.Contains(names, all) {
			names = append(names, all)
		}
	}
	for _, sc := range suite {
		names = append(names, sc.Name)
	}
	if name := near.Word(word, names); name != "" {
		return fmt.Sprintf("; did you mean %s?", name)
	}
	return ""
}
