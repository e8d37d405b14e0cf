// Package spec holds the rules of MQTT 3.1.1 as data: the 141 numbered conformance statements, and the
// clauses that the standard states without a number. Beside them stand the promises, which the standard
// leaves free and a client may make nevertheless. Everything in the harness that names a rule (a refusal
// of the codec, a scenario's covers list, a monitor, a report) names it by an id that Lookup knows.
//
// A statement's id is the standard's own, MQTT-3.3.1-2. A clause's id is ours: the section it comes
// from, how binding it is, and a running number, as in 3.1.2.10-should-1. A promise's id says whose it is
// and what it is about: umqtt-backoff-1 is one of this module's client, tls-verify-1 one that users of TLS count on, api-delivery-1 one that the users
// of any client's API count on: the standard rules no API, so that breaking it is no failure of conformance.
// Clauses and promises never count towards the coverage of the statements.
// The texts of statements and clauses are paraphrases; the standard itself is the authority.
//
//	if _, ok := spec.Lookup(id); !ok {
//		return fmt.Errorf("unknown statement %q; did you mean %q?", id, spec.Nearest(id))
//	}
package spec

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Kind tells statements, clauses and promises apart.
type Kind byte

const (
	// Statement is a rule that has a number in the standard, such as MQTT-3.3.1-2.
	Statement Kind = iota + 1
	// Clause is a rule of the standard's text that has no number there, under an id of ours.
	Clause
	// Promise is a behaviour that the standard leaves free and a client promises, under an id of ours.
	// Breaking one is no failure of conformance.
	Promise
)

// String returns "statement", "clause" or "promise".
func (k Kind) String() string {
	switch k {
	case Statement:
		return "statement"
	case Clause:
		return "clause"
	case Promise:
		return "promise"
	}
	return fmt.Sprintf("kind %d", byte(k))
}

// Rule is one statement, clause or promise.
type Rule struct {
	// ID is the rule's name: MQTT-x.y.z-n, <section>-<must|should|may>-<n> for a clause, or
	// <api|tls|umqtt>-<subject>-<n> for a promise.
	ID string
	// Kind tells which of the three it is.
	Kind Kind
	// Applies names who is bound by the rule: client, server or both.
	Applies string
	// Text says in our own words what the rule asks.
	Text string
	// Testable tells whether bytes sent by a client can show that the rule is broken: yes, no, or
	// indirect (only through what the peer does, or at the client's API).
	Testable string
}

//go:embed statements.tsv
var statementsTSV string

//go:embed clauses.tsv
var clausesTSV string

//go:embed promises.tsv
var promisesTSV string

// tables is the parsed form of the embedded files.
type tables struct {
	statements, clauses, promises []Rule
	byID                          map[string]Rule
}

var load = sync.OnceValue(func() *tables {
	t := &tables{
		statements: parse("statements.tsv", statementsTSV, Statement),
		clauses:    parse("clauses.tsv", clausesTSV, Clause),
		promises:   parse("promises.tsv", promisesTSV, Promise),
		byID:       make(map[string]Rule),
	}
	for _, r := range slices.Concat(t.statements, t.clauses, t.promises) {
		t.byID[r.ID] = r
	}
	return t
})

// parse reads a table of tab-separated columns under one heading line. The files are compiled in, so a
// bad line is a fault in this package and panics.
func parse(file, text string, kind Kind) []Rule {
	var rules []Rule
	n := 0
	for line := range strings.Lines(text) {
		n++
		if n == 1 {
			continue
		}
		col := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(col) != 4 {
			panic(fmt.Sprintf("%s:%d: %d columns, want 4", file, n, len(col)))
		}
		rules = append(rules, Rule{ID: col[0], Kind: kind, Applies: col[1], Text: col[2], Testable: col[3]})
	}
	return rules
}

// Statements returns the 141 numbered statements in the standard's order. The slice is the caller's.
func Statements() []Rule { return slices.Clone(load().statements) }

// Clauses returns the rules without a number, ordered by section. The slice is the caller's.
func Clauses() []Rule { return slices.Clone(load().clauses) }

// Promises returns what the standard leaves free and clients promise, ordered by id. The slice is the
// caller's.
func Promises() []Rule { return slices.Clone(load().promises) }

// All returns the statements, the clauses and the promises. The slice is the caller's.
func All() []Rule {
	t := load()
	return slices.Concat(t.statements, t.clauses, t.promises)
}

// Lookup returns the statement, clause or promise with exactly this id.
func Lookup(id string) (Rule, bool) {
	r, ok := load().byID[id]
	return r, ok
}
