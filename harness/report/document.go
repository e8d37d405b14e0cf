package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"umqtt/harness/judge"
)

// A Document is what a [JSON] report writes. The package comment has its schema.
type Document struct {
	World       string         `json:"world"`
	Seed        uint64         `json:"seed"`
	Mutant      string         `json:"mutant"`
	Suite       string         `json:"suite"`
	Interrupted bool           `json:"interrupted"`
	Results     []Entry        `json:"results"`
	Groups      []EntryGroup   `json:"groups"`
	Verdicts    map[string]int `json:"verdicts"`
	APIVerdicts map[string]int `json:"api_verdicts"`
	Passed      int            `json:"passed"`
	Failed      int            `json:"failed"`
	Skipped     int            `json:"skipped"`
}

// An Entry is a result in a [Document].
type Entry struct {
	Scenario   string   `json:"scenario"`
	Hash       string   `json:"hash"`
	Title      string   `json:"title"`
	Subject    string   `json:"subject"`
	World      string   `json:"world"`
	Seed       uint64   `json:"seed"`
	Verdict    string   `json:"verdict"`
	Level      string   `json:"level"`
	Profile    string   `json:"profile"`
	Why        string   `json:"why"`
	Statements []string `json:"statements"`
	Missing    string   `json:"missing"`
	EntryFailure
	API         string         `json:"api"`
	APIFailures []EntryFailure `json:"api_failures"`
	Capture     string         `json:"capture"`
	Replay      string         `json:"replay"`
	ElapsedMS   float64        `json:"elapsed_ms"`
	Trace       string         `json:"trace"`
}

// An EntryFailure is what an [Entry] has of a failure.
type EntryFailure struct {
	Violated []string `json:"violated"`
	Message  string   `json:"message"`
	Reason   string   `json:"reason"`
	Position string   `json:"position"`
	Step     string   `json:"step"`
	Want     string   `json:"want"`
	Got      string   `json:"got"`
	Findings []string `json:"findings"`
	Proven   []string `json:"proven"`
	Last     []string `json:"last"`
	Records  []int    `json:"records"`
	Stacks   string   `json:"stacks"`
	Printed  string   `json:"printed"`
}

// kind returns the kind of a failure, as [judge.Failure.Kind] does.
func (f *EntryFailure) kind() judge.Kind {
	if len(f.Proven) > 0 {
		return judge.Kind{Rules: f.Proven[:1], Reason: f.Reason}
	}
	return judge.Kind{Rules: f.Violated, Reason: f.Reason}
}

// An EntryGroup is a [Group] in a [Document]. Results are indices into its Results.
type EntryGroup struct {
	Verdict string `json:"verdict"`
	Rule    string `json:"rule"`
	Reason  string `json:"reason"`
	Results []int  `json:"results"`
}

// ParseDocument reads what a [JSON] report wrote.
func ParseDocument(b []byte) (*Document, error) {
	var d Document
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, fmt.Errorf("no JSON of a run: %w", err)
	}
	if d.Results == nil {
		return nil, errors.New(`no JSON of a run: it has no "results"`)
	}
	return &d, nil
}

// Subjects returns the names of the subjects, in the order in which they first occur.
func (d *Document) Subjects() []string {
	var names []string
	for _, e := range d.Results {
		if !slices.Contains(names, e.Subject) {
			names = append(names, e.Subject)
		}
	}
	return names
}

// entryOf returns a result as a document has it.
func entryOf(res *judge.Result, o Options) Entry {
	sc := res.Scenario
	e := Entry{
		Scenario: sc.Name, Hash: sc.Hash(), Title: sc.Title, Subject: res.Subject, World: string(res.World), Seed: res.Seed,
		Verdict: string(res.Shown()), Level: string(sc.Level), Profile: string(sc.Profile), Why: sc.Why,
		Statements: append([]string{}, sc.Covers...), Missing: string(res.Missing),
		EntryFailure: entryFailureOf(res.Reason()), API: string(res.API), APIFailures: []EntryFailure{},
		Capture: o.capture(res), Replay: o.replay(res), ElapsedMS: milliseconds(res.Elapsed), Trace: res.Trace,
	}
	if v := res.Shown(); v == judge.Inconclusive || v == judge.Unsupported {
		e.Violated = []string{} // it shows nothing
	}
	for _, f := range res.APIFailures {
		e.APIFailures = append(e.APIFailures, entryFailureOf(f))
	}
	return e
}

// entryFailureOf returns a failure as a document has it; nil is a failure of which nothing is known.
func entryFailureOf(f *judge.Failure) EntryFailure {
	if f == nil {
		f = &judge.Failure{}
	}
	d := EntryFailure{
		Violated: append([]string{}, f.Covers...), Message: f.Message, Reason: f.Kind().Reason, Step: f.Step, Want: f.Want, Got: f.Got,
		Findings: append([]string{}, f.Findings...), Proven: []string{}, Last: []string{}, Records: []int{}, Stacks: f.Stacks, Printed: f.Printed,
	}
	for _, found := range f.Proven {
		if !slices.Contains(d.Proven, found.ID) {
			d.Proven = append(d.Proven, found.ID)
		}
	}
	if f.Pos.Line > 0 {
		d.Position = f.Pos.String()
	}
	for _, rec := range f.Last {
		d.Last = append(d.Last, rec.Record.String())
		d.Records = append(d.Records, rec.N)
	}
	return d
}

// entryGroups returns the groups of members as a document has them.
func entryGroups(members []Member) []EntryGroup {
	all := []EntryGroup{}
	for _, g := range Groups(members) {
		all = append(all, EntryGroup{string(g.Verdict), g.Rule, g.Reason, g.Members})
	}
	return all
}
