package report

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"umqtt/harness/judge"
	"umqtt/harness/spec"
)

// A Source is the results of one run, for a [Matrix].
type Source struct {
	// Name is what the run's client is called; "" stands for the name of the subject.
	Name string
	// File is where the results are from. It tells clients apart that have the same name.
	File string
	*Document
}

// A Matrix shows several clients beside one another: where each rule stands, and what came of each scenario.
type Matrix struct {
	Clients   []Client
	Rules     []RuleRow     // in the order of the standard
	Scenarios []ScenarioRow // by behaviour and name
}

// A Client is one subject of one run.
type Client struct {
	Name, World             string
	Mutant                  string
	Interrupted             bool
	Passed, Failed, Skipped int
	Broken, Held            int // the standard's statements
	entries                 map[string]Entry
	standings               map[string]Standing
}

// A RuleRow is where a rule stands with each client.
type RuleRow struct {
	ID    string
	Cells []Standing // one for each of the clients
}

// A ScenarioRow is what came of a scenario with each client. The verdict is "" where the client's run does not have
// the scenario.
type ScenarioRow struct {
	Name, Title, Level string
	Cells              []Entry // one for each of the clients
}

// NewMatrix returns the clients of some runs beside one another, in the order of the runs. The subjects of one run
// are clients of their own.
func NewMatrix(sources ...Source) *Matrix {
	m := &Matrix{}
	var files []string
	for _, s := range sources {
		subjects := s.Subjects()
		for _, subject := range subjects {
			name := cmp.Or(s.Name, subject)
			if s.Name != "" && len(subjects) > 1 {
				name += "/" + subject
			}
			m.Clients = append(m.Clients, clientOf(name, subject, s.Document))
			files = append(files, s.File)
		}
	}
	m.tellApart(files)
	var standings []map[string]Standing
	for _, c := range m.Clients {
		standings = append(standings, c.standings)
	}
	for _, id := range ruleIDs(standings...) {
		row := RuleRow{ID: id}
		for _, c := range m.Clients {
			row.Cells = append(row.Cells, c.standings[id])
		}
		m.Rules = append(m.Rules, row)
	}
	for _, name := range m.scenarioNames() {
		row := ScenarioRow{Name: name}
		for _, c := range m.Clients {
			e := c.entries[name]
			row.Title, row.Level = cmp.Or(row.Title, e.Title), cmp.Or(row.Level, e.Level)
			row.Cells = append(row.Cells, e)
		}
		m.Scenarios = append(m.Scenarios, row)
	}
	return m
}

// clientOf returns the results of one subject of a run. Of two results of one scenario it takes the worse.
func clientOf(name, subject string, d *Document) Client {
	c := Client{Name: name, World: d.World, Mutant: d.Mutant, Interrupted: d.Interrupted, entries: map[string]Entry{}}
	var all []Entry
	for _, e := range d.Results {
		if e.Subject != subject {
			continue
		}
		all = append(all, e)
		if old, ok := c.entries[e.Scenario]; !ok || severity(e) < severity(old) {
			c.entries[e.Scenario] = e
		}
		switch OutcomeOf(judge.Verdict(e.Verdict)) {
		case Passed:
			c.Passed++
		case Skipped:
			c.Skipped++
		default:
			c.Failed++
		}
	}
	c.standings = Standings(all)
	for id, s := range c.standings {
		if r, _ := spec.Lookup(id); r.Kind != spec.Statement {
			continue
		}
		switch s.State() {
		case Broken:
			c.Broken++
		case Held:
			c.Held++
		}
	}
	return c
}

// severity orders results, the worst first.
func severity(e Entry) int {
	order := append(slices.Clone(worst), judge.Pass, judge.Unsupported)
	return slices.Index(order, judge.Verdict(e.Verdict))
}

// tellApart gives clients of the same name different ones, by the files that they are from.
func (m *Matrix) tellApart(files []string) {
	number := map[string]int{}
	for _, c := range m.Clients {
		number[c.Name]++
	}
	taken := map[string]bool{}
	for i := range m.Clients {
		c := &m.Clients[i]
		if number[c.Name] > 1 && files[i] != "" {
			c.Name = fmt.Sprintf("%s (%s)", c.Name, strings.TrimSuffix(filepath.Base(files[i]), ".json"))
		}
		name := c.Name
		for n := 2; taken[c.Name]; n++ {
			c.Name = fmt.Sprintf("%s #%d", name, n)
		}
		taken[c.Name] = true
	}
}

// scenarioNames returns the names of the scenarios of all clients, by behaviour and name.
func (m *Matrix) scenarioNames() []string {
	seen := map[string]bool{}
	var names []string
	for _, c := range m.Clients {
		for name := range c.entries {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		dirA, _ := behaviour(a)
		dirB, _ := behaviour(b)
		return cmp.Or(cmp.Compare(dirA, dirB), cmp.Compare(a, b))
	})
	return names
}

// Accused reports whether a result of the client fails or warns for the rule.
func (r RuleRow) Accused() bool {
	return slices.ContainsFunc(r.Cells, func(s Standing) bool { return s.Broken+s.Warned > 0 })
}

// Failing returns the number of clients with which the scenario fails, known failures included.
func (r ScenarioRow) Failing() int {
	n := 0
	for _, e := range r.Cells {
		if e.Verdict != "" && (OutcomeOf(judge.Verdict(e.Verdict)) == Failed || judge.Verdict(e.Verdict) == judge.KnownFail) {
			n++
		}
	}
	return n
}

// Played returns the number of clients with which the scenario was played to a verdict on the client.
func (r ScenarioRow) Played() int {
	n := 0
	for _, e := range r.Cells {
		if e.Verdict != "" && OutcomeOf(judge.Verdict(e.Verdict)) != Skipped && judge.Verdict(e.Verdict) != judge.SetupError {
			n++
		}
	}
	return n
}

// Suspect reports whether the scenario fails with all of several clients: its demand may be the mistake.
func (r ScenarioRow) Suspect() bool { return r.Played() > 1 && r.Failing() >= r.Played() }
