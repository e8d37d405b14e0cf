package spec

import (
	"fmt"
	"strings"
)

// Explain describes the statement, clause or promise with this id in three lines: its id, its origin and whom
// it binds; what it requires; and what can show that it is broken. The error for an unknown id names the
// nearest known one.
func Explain(id string) (string, error) {
	r, ok := Lookup(id)
	if !ok {
		if n := Nearest(id); n != "" {
			return "", fmt.Errorf("unknown rule %q; did you mean %q?", id, n)
		}
		return "", fmt.Errorf("unknown rule %q", id)
	}
	return fmt.Sprintf("%s: a %s; it binds the %s\n  %s\n  %s\n", r.ID, r.Origin(), r.binds(), r.Text, r.evidence()), nil
}

// Origin returns in a few words where the rule comes from, such as "statement of section 4.4", or that the
// standard has no such id.
func (r Rule) Origin() string {
	switch {
	case r.Kind == Statement:
		return "statement of section " + r.Section()
	case r.Kind == Clause:
		return "clause of section " + r.Section() + ", which has no number in the standard"
	case strings.HasPrefix(r.ID, "api-"):
		return "promise, since the standard rules no API"
	}
	return "promise, since the standard leaves it open"
}

// binds names who is bound.
func (r Rule) binds() string {
	if r.Applies == "both" {
		return "client and the server"
	}
	return r.Applies
}

// evidence says what can show that the rule is broken.
func (r Rule) evidence() string {
	switch r.Testable {
	case "yes":
		return "What a client sends can show that it is broken."
	case "indirect":
		return "Only what the peer does, or the client's API, can show that it is broken."
	}
	return "Nothing that a client sends can show that it is broken."
}
