package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/judge"
	"umqtt/harness/spec"
)

// page is what the template of a run shows.
type page struct {
	Document // without its groups
	Totals   Totals
	Bar      []barPart
	Subjects []subjectRow
	Failures []groupView
	Others   []groupView
	Rules    ruleViews
	// Decidable are the statements that the bytes of a client can show to be broken.
	Decidable decidableView
	Missing   []missingView
	Folders   []folder
}

// subjectRow is the number of a subject's results.
type subjectRow struct {
	Name                    string
	Passed, Failed, Skipped int
}

// groupView is a group with the results in it.
type groupView struct {
	Group
	ID    string // unique on the page
	Rule  *shownRule
	Cases []*troubled
}

// firstCases is how many cases of a kind a page shows at once; it folds the others away.
const firstCases = 5

// First returns the cases that are shown at once. One that would be folded away alone is among them.
func (g groupView) First() []*troubled {
	if len(g.Cases) == firstCases+1 {
		return g.Cases
	}
	return g.Cases[:min(len(g.Cases), firstCases)]
}

// More returns the other cases.
func (g groupView) More() []*troubled { return g.Cases[len(g.First()):] }

// missingView is a feature that a subject lacks, and the scenarios that need it.
type missingView struct {
	Feature, Doc string
	Scenarios    []string
}

// folder is the results of one behaviour.
type folder struct {
	Name    string
	Summary string
	Entries []folderEntry
}

type folderEntry struct {
	Entry
	Base string // the scenario's name in its folder
	Case string // the id of what the page shows of it; "" for nothing
}

// page returns what a run shows.
func (h *HTML) page(interrupted bool) *page {
	counts := h.totals.Verdicts
	p := &page{Totals: h.totals, Document: Document{
		World: h.opts.World, Seed: h.opts.Seed, Mutant: h.opts.Mutant, Interrupted: interrupted, Results: h.entries,
		Passed: counts.Of(Passed), Failed: counts.Of(Failed), Skipped: counts.Of(Skipped),
	}}
	p.Bar = barOf(p.Passed, p.Failed, p.Skipped)
	for i, g := range Groups(h.members) {
		view := groupView{Group: g, ID: fmt.Sprintf("group-%d", i+1)}
		if g.Rule != "" {
			r := ruleOf(g.Rule)
			view.Rule = &r
		}
		for _, k := range g.Members {
			view.Cases = append(view.Cases, h.cases[k])
		}
		if rank(g.Verdict) <= rank(judge.SetupError) {
			p.Failures = append(p.Failures, view)
		} else {
			p.Others = append(p.Others, view)
		}
	}
	p.Subjects = subjectRows(&p.Document)
	p.Rules = ruleViewsOf(Standings(h.entries))
	p.Decidable = decidableOf(h.entries, h.opts.Mutants)
	p.Missing = missingOf(h.entries)
	p.Folders = h.folders()
	return p
}

// subjectRows counts the results of each subject.
func subjectRows(d *Document) []subjectRow {
	var rows []subjectRow
	for _, name := range d.Subjects() {
		row := subjectRow{Name: name}
		for _, e := range d.Results {
			if e.Subject != name {
				continue
			}
			switch OutcomeOf(judge.Verdict(e.Verdict)) {
			case Passed:
				row.Passed++
			case Skipped:
				row.Skipped++
			default:
				row.Failed++
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// missingOf lists the features that subjects lack, those that most scenarios need first.
func missingOf(entries []Entry) []missingView {
	var all []missingView
	for _, e := range entries {
		if judge.Verdict(e.Verdict) != judge.Unsupported {
			continue
		}
		i := slices.IndexFunc(all, func(m missingView) bool { return m.Feature == e.Missing })
		if i < 0 {
			i = len(all)
			all = append(all, missingView{Feature: e.Missing, Doc: featureDoc(e.Missing)})
		}
		all[i].Scenarios = append(all[i].Scenarios, e.Scenario+" with "+e.Subject)
	}
	slices.SortStableFunc(all, func(a, b missingView) int { return cmp.Compare(len(b.Scenarios), len(a.Scenarios)) })
	return all
}

func featureDoc(name string) string {
	for _, f := range spec.Features() {
		if string(f.Name) == name {
			return f.Doc
		}
	}
	return ""
}

// folders returns all results by behaviour, each in the order in which it first occurs.
func (h *HTML) folders() []folder {
	var all []folder
	for i, e := range h.entries {
		dir, base := behaviour(e.Scenario)
		if dir == "" {
			dir = "."
		}
		at := slices.IndexFunc(all, func(f folder) bool { return f.Name == dir })
		if at < 0 {
			at = len(all)
			all = append(all, folder{Name: dir})
		}
		f := &all[at]
		entry := folderEntry{Entry: e, Base: base}
		if c := h.cases[i]; c != nil {
			entry.Case = c.ID
		}
		f.Entries = append(f.Entries, entry)
	}
	for i := range all {
		c := Counts{}
		for _, e := range all[i].Entries {
			c[judge.Verdict(e.Verdict)]++
		}
		all[i].Summary = c.Verdicts()
	}
	return all
}

// barPart is a part of the bar that shows how many passed, in thousandths of its length.
type barPart struct {
	Outcome     Outcome
	X, Width, N int
}

// barOf returns the parts that are not empty. None is too small to be seen.
func barOf(passed, failed, skipped int) []barPart {
	const whole, least = 1000, 8
	total := passed + failed + skipped
	if total == 0 {
		return nil
	}
	var parts []barPart
	longest, sum := 0, 0
	for _, p := range []barPart{{Outcome: Failed, N: failed}, {Outcome: Passed, N: passed}, {Outcome: Skipped, N: skipped}} {
		if p.N == 0 {
			continue
		}
		p.Width = max(least, p.N*whole/total)
		sum += p.Width
		parts = append(parts, p)
		if p.N > parts[longest].N {
			longest = len(parts) - 1
		}
	}
	parts[longest].Width += whole - sum
	for i := 1; i < len(parts); i++ {
		parts[i].X = parts[i-1].X + parts[i-1].Width
	}
	return parts
}

// secondsOf shows the milliseconds of an [Entry] in seconds.
func secondsOf(ms float64) string { return strings.TrimSpace(fmt.Sprintf("%.3f s", ms/1000)) }
