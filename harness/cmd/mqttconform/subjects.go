package main

import (
	"slices"
	"strings"

	"umqtt/harness/mutant"
	"umqtt/harness/subject"
)

// subjects returns the subjects of these names, or all of them that are played by default, in the order of reports. With
// a mutant they are those that can show it, and misbehave as it says.
func subjects(names []string, mutantName string) ([]subject.Factory, error) {
	var m mutant.Mutant
	if mutantName != "" {
		var ok bool
		if m, ok = mutant.Find(mutantName); !ok {
			return nil, noMutant(mutantName)
		}
	}
	for _, name := range names {
		if !slices.Contains(subjectNames(), name) {
			return nil, usagef("--subject %q: it may be %s", name, strings.Join(subjectNames(), " or "))
		}
		if mutantName != "" && !m.For(name) {
			return nil, usagef("--subject %s cannot show the mutant %s; it may be %s", name, m.Name, strings.Join(m.Subjects, " or "))
		}
	}
	var some []subject.Factory
	choice := subject.Builtin()
	if len(names) > 0 {
		choice = subject.ByName()
	}
	for _, f := range choice {
		switch {
		case len(names) > 0 && !slices.Contains(names, f.Name):
		case mutantName == "":
			some = append(some, f)
		case m.For(f.Name):
			some = append(some, m.Apply(f))
		}
	}
	if len(some) == 0 {
		return nil, usagef("no built-in subject can show the mutant %s; it may be %s", m.Name, strings.Join(m.Subjects, " or "))
	}
	return some, nil
}

func subjectNames() []string {
	var names []string
	for _, f := range subject.ByName() {
		names = append(names, f.Name)
	}
	return names
}
