// Package spec holds the rules of MQTT 3.1.1 as data: the 141 numbered conformance statements, and clauses,
// which are rules of its text without a number. It also holds promises: behaviour that the standard does not
// require and that a client may promise. The codec, the covers list of a scenario, monitors and reports name
// each rule by an id that [Lookup] knows.
//
// The id of a statement is that of the standard, such as MQTT-3.3.1-2. The id of a clause is of this project:
// its section, its level and a number, such as 3.1.2.10-should-1. The id of a promise says who makes it and
// what it is about: umqtt-backoff-1 is a promise of this module's client, tls-verify-1 is what users of TLS
// expect, and api-delivery-1 is what users of any client's API expect. The standard has no rules for an API,
// so that a broken promise is not a failure of conformance. Clauses and promises do not count towards the
// coverage of the statements. The texts of statements and clauses are paraphrases; only the standard is
// authoritative.
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

// Kind is the kind of a rule: statement, clause or promise.
type Kind byte

const (
	// Statement is a rule that has a number in the standard, such as MQTT-3.3.1-2.
	Statement Kind = iota + 1
	// Clause is a rule of the standard's text that has no number there. Its id is of this project.
	Clause
	// Promise is behaviour that the standard does not require and a client promises. Its id is of this
	// project. A broken promise is not a failure of conformance.
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
	// Kind says whether it is a statement, a clause or a promise.
	Kind Kind
	// Applies names who is bound by the rule: client, server or both.
	Applies string
	// Text is a paraphrase of the rule.
	Text string
	// Testable says whether the bytes that a client sends can show that the rule is broken: yes, no, or
	// indirect (only through the behaviour of the peer, or at the client's API).
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

// Promises returns the promises, ordered by id. The slice is the caller's.
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
