package report

import (
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/judge"
	"umqtt/harness/spec"
)

// troubled is a result that a page shows in full.
type troubled struct {
	Entry
	ID      string // unique on the page
	Wrong   []wrong
	Excerpt excerpt
	Ladder  *ladder // nil where there is no capture
	Keep    string  // how to keep the capture, where no file has it
	Cause   *judge.Cause
}

// wrong is one thing that is wrong with a result.
type wrong struct {
	EntryFailure
	API      bool
	Unlisted []string
	Rules    []shownRule
	Stack    string
	Output   string
}

// shownRule is a rule as a page shows it.
type shownRule struct{ ID, Origin, Text string }

// ruleOf returns the rule with an id.
func ruleOf(id string) shownRule {
	r, ok := spec.Lookup(id)
	if !ok {
		return shownRule{ID: id, Origin: "no rule that is known"}
	}
	return shownRule{id, r.Origin(), r.Text}
}

// troubledOf returns the result with a number on the page.
func troubledOf(n int, res *judge.Result, e Entry, o Options) *troubled {
	c := &troubled{Entry: e, ID: fmt.Sprintf("case-%d", n), Cause: res.Cause}
	var named []int
	if res.Failure != nil {
		c.Wrong = append(c.Wrong, wrongOf(res.Failure, false))
		named = namedIn(res.Failure)
	}
	for _, f := range res.APIFailures {
		if f == res.Failure {
			continue // a known failure of the API
		}
		c.Wrong = append(c.Wrong, wrongOf(f, true))
		named = append(named, namedIn(f)...)
	}
	if res.Capture != nil {
		c.Excerpt = excerptOf(res.Capture, named, res.Cause)
		c.Ladder = ladderOf(c.ID+"-ladder", e.Scenario+" with "+e.Subject, c.Excerpt)
		if e.Capture == "" {
			c.Keep = o.Keep
		}
	}
	return c
}

// What a page shows at most of what a client can make as long as it likes.
const (
	maxListed = 20  // lines of a list
	maxLines  = 40  // of stacks, and of what was printed
	maxLine   = 400 // bytes of one of them
)

func wrongOf(f *judge.Failure, api bool) wrong {
	w := wrong{EntryFailure: entryFailureOf(f), API: api, Unlisted: firstOf(f.Unlisted)}
	w.Findings = firstOf(w.Findings)
	for i, id := range append(slices.Clone(w.Proven), w.Violated...) {
		if !slices.Contains(w.Proven, id) || i < len(w.Proven) {
			w.Rules = append(w.Rules, ruleOf(id))
		}
	}
	w.Stack, w.Output = firstLines(f.Stacks), firstLines(f.Printed)
	return w
}

// firstLines returns the first lines of a text, as they can be shown, and how many there are.
func firstLines(text string) string {
	var b strings.Builder
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		if i == maxLines {
			fmt.Fprintf(&b, "… (%d lines)\n", len(lines))
			break
		}
		if len(line) > maxLine {
			line = fmt.Sprintf("%s… (%d bytes)", line[:maxLine], len(line))
		}
		b.WriteString(judge.Printable(strings.ReplaceAll(line, "\t", "    ")) + "\n")
	}
	return strings.TrimSpace(b.String())
}

// firstOf returns the first of many lines, and how many more there are.
func firstOf(lines []string) []string {
	if len(lines) <= maxListed {
		return lines
	}
	return append(lines[:maxListed:maxListed], fmt.Sprintf("and %d more", len(lines)-maxListed))
}
