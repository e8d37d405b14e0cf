package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"umqtt/harness/near"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
)

// A selection chooses scenarios. One is chosen when each flag that was given chooses it; of the values of a
// flag, one is enough.
type selection struct {
	filters, exclude         globs
	tags, levels, statements []string
}

// levels are what --level takes.
var levels = []string{string(scenario.Must), string(scenario.Should), string(scenario.May), string(scenario.Policy)}

// add adds the flags that choose scenarios.
func (s *selection) add(f *pflag.FlagSet) {
	filterFlag(f, &s.filters)
	f.Var(&s.exclude, "exclude", "not the scenarios that match this `GLOB`, as for --filter")
	f.StringSliceVar(&s.tags, "tag", nil, "only scenarios with one of these `TAGS`, such as smoke")
	f.StringSliceVar(&s.levels, "level", nil, "only scenarios of these `LEVELS`: "+strings.Join(levels, ", "))
	f.StringSliceVar(&s.statements, "statement", nil, "only scenarios that cover one of these rules, by `ID` or pattern: MQTT-4.4.0-1, MQTT-3.8.*")
}

// of returns the scenarios that are chosen. It is a mistake if there are none.
func (s *selection) of(all []*scenario.Scenario) ([]*scenario.Scenario, error) {
	if err := s.check(all); err != nil {
		return nil, err
	}
	some, err := filtered(all, s.filters)
	if err != nil {
		return nil, err
	}
	overlap := func(want, have []string) bool {
		return len(want) == 0 || slices.ContainsFunc(have, func(h string) bool {
			return slices.ContainsFunc(want, func(w string) bool { ok, _ := scenario.Match(w, h); return ok })
		})
	}
	some = slices.DeleteFunc(slices.Clone(some), func(sc *scenario.Scenario) bool {
		excluded := slices.ContainsFunc(s.exclude, func(glob string) bool { ok, _ := sc.Matches(glob); return ok })
		return excluded || !overlap(s.tags, sc.Tags) || !overlap(s.levels, []string{string(sc.Level)}) || !overlap(s.statements, sc.Covers)
	})
	if len(some) == 0 {
		return nil, &nothingError{fmt.Sprintf("no scenario is left of %d by %s", len(all), s)}
	}
	return some, nil
}

// check returns what is wrong with the words of the flags.
func (s *selection) check(all []*scenario.Scenario) error {
	for _, level := range s.levels {
		if !slices.Contains(levels, level) {
			return usagef("--level %q: it may be %s", level, strings.Join(levels, ", "))
		}
	}
	tags := tagsOf(all)
	for _, tag := range s.tags {
		if !slices.Contains(tags, tag) {
			return usagef("--tag %q: no scenario has it; %sthere are %s", tag, didYouMean(tag, tags), orNone(tags))
		}
	}
	for _, id := range s.statements {
		if !slices.ContainsFunc(spec.All(), func(r spec.Rule) bool { ok, _ := scenario.Match(id, r.ID); return ok }) {
			meant := ""
			if word := spec.Nearest(id); word != "" {
				meant = "; did you mean " + word + "?"
			}
			return usagef("--statement %q: there is no such rule%s", id, meant)
		}
	}
	return nil
}

// String returns the flags as they were given.
func (s *selection) String() string {
	var words []string
	for _, flag := range []struct {
		name   string
		values []string
	}{{"filter", s.filters}, {"exclude", s.exclude}, {"tag", s.tags}, {"level", s.levels}, {"statement", s.statements}} {
		for _, v := range flag.values {
			words = append(words, "--"+flag.name+" "+v)
		}
	}
	return strings.Join(words, " ")
}

func orNone(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// A featureFlag is the value of --features: what the client can do, in place of what it declares, or what is
// to be added and taken away.
type featureFlag struct{ set, add, remove []spec.Feature }

// String implements [pflag.Value].
func (f *featureFlag) String() string {
	var words []string
	for _, part := range []struct {
		sign string
		list []spec.Feature
	}{{"", f.set}, {"+", f.add}, {"-", f.remove}} {
		for _, name := range part.list {
			words = append(words, part.sign+string(name))
		}
	}
	return strings.Join(words, ",")
}

// Type implements [pflag.Value].
func (f *featureFlag) Type() string { return "FEATURES" }

// Set implements [pflag.Value].
func (f *featureFlag) Set(text string) error {
	var names []string
	for _, feature := range spec.Features() {
		names = append(names, string(feature.Name))
	}
	for word := range strings.SplitSeq(text, ",") {
		list, name := &f.set, strings.TrimSpace(word)
		switch {
		case strings.HasPrefix(name, "+"):
			list, name = &f.add, name[1:]
		case strings.HasPrefix(name, "-"):
			list, name = &f.remove, name[1:]
		}
		if !slices.Contains(names, name) {
			meant := ""
			if word := near.Word(name, names); word != "" {
				meant = "; did you mean " + word + "?"
			}
			return fmt.Errorf("there is no feature %q%s (see mqttconform features)", name, meant)
		}
		*list = append(*list, spec.Feature(name))
	}
	if len(f.set) > 0 && len(f.add)+len(f.remove) > 0 {
		return fmt.Errorf("features are either listed, or each has + or - before it")
	}
	return nil
}

// of returns the features of a client that declares these.
func (f *featureFlag) of(declared []spec.Feature) []spec.Feature {
	if len(f.set) > 0 {
		return slices.Clone(f.set)
	}
	kept := slices.DeleteFunc(slices.Clone(declared), func(have spec.Feature) bool { return slices.Contains(f.remove, have) })
	for _, more := range f.add {
		if !slices.Contains(kept, more) {
			kept = append(kept, more)
		}
	}
	return kept
}
