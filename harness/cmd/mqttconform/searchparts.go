package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/report"
	"umqtt/harness/swarm"
	"umqtt/harness/sweep"
	"umqtt/scenarios"
)

// A searchPart is the JSON document of a sweep or a swarm, or of a part of one.
type searchPart struct {
	Search string `json:"search"` // sweep or swarm
	// What is what was searched, and how. The parts of one search have the same text.
	What string `json:"what"`
	// Shard is the part, written I/N; "" is the whole.
	Shard string `json:"shard,omitempty"`
	// Interrupted tells that a signal has ended it: there is less than was asked for.
	Interrupted bool `json:"interrupted,omitempty"`

	// Places stands for the points that a sweep in the real world has enumerated: another one may have others.
	Places string `json:"places,omitempty"`

	Enumerated int             `json:"enumerated,omitempty"` // points of a sweep
	Runs       int             `json:"runs"`
	Failed     int             `json:"failed"`
	Void       int             `json:"void,omitempty"` // runs of a swarm that prove nothing
	Virtual    time.Duration   `json:"virtual_ns"`
	Hash       string          `json:"hash"`
	Failures   []searchFailure `json:"failures"`
	Peer       []searchFailure `json:"peer"`
	Errors     []string        `json:"errors,omitempty"` // what kept a sweep from playing points

	Known   map[string]int `json:"known,omitempty"`   // the broker's known faults, and in how many runs they showed
	Reached map[string]int `json:"reached,omitempty"` // what a swarm has met, and in how many runs
	Open    map[string]int `json:"open,omitempty"`    // and how many could have met it
}

// A searchFailure is one kind of failure of one client, or of the broker.
type searchFailure struct {
	Client   string `json:"client"`
	Workload string `json:"workload,omitempty"` // of a sweep
	First    string `json:"first"`              // the first point or seed that fails
	Broken   string `json:"broken"`
	Message  string `json:"message"`
	Also     int    `json:"also"` // how many other runs fail alike
	Replay   string `json:"replay"`
}

// write writes the document to a file, or nothing where there is no name.
func (s searchPart) write(name string) error {
	if name == "" {
		return nil
	}
	var b bytes.Buffer
	if err := encode(&b, s); err != nil {
		return err
	}
	if err := os.WriteFile(name, b.Bytes(), 0o666); err != nil {
		return fmt.Errorf("--json: %w", err)
	}
	return nil
}

// whatSearched is the text of a search: the suite, and the words that chose it.
func whatSearched(words ...any) string {
	return "suite " + scenarios.Version + " " + fmt.Sprint(words...)
}

// document returns what came of a sweep.
func (o *sweepFlags) document(a app, plans []sweep.Pair, files []string, sum *sweep.Summary, part shard) searchPart {
	d := searchPart{
		Search: "sweep", Shard: part.String(),
		What:       whatSearched("oracle ", o.oracle, ", seed ", o.seed, ", mutant ", o.mutant, ", subjects ", o.subjects, ", workloads ", o.workloads, ", pairs ", o.pairs, ", files ", files),
		Enumerated: sum.Enumerated, Runs: sum.Played + sum.Resumed, Virtual: sum.Virtual, Hash: sum.Hash.String(), Known: sum.Known, Errors: sum.Errors,
	}
	found := func(all []sweep.Failure) (list []searchFailure) {
		for _, f := range all {
			p := plans[f.Plan]
			list = append(list, searchFailure{Client: p.Subject.Name, Workload: p.Workload.Name, First: f.Run.Point.String(), Broken: f.Run.Broken,
				Message: f.Run.Message, Also: f.Also, Replay: o.replay(a, p, f.Run.Point)})
		}
		return list
	}
	d.Failures, d.Peer = found(sum.Failures), found(sum.Peer)
	d.Failed = countOf(d.Failures)
	return d
}

// document returns what came of a swarm.
func (o *swarmFlags) document(a app, clients []swarm.Client, y *swarm.Tally, part shard) searchPart {
	d := searchPart{
		Search: "swarm", Shard: part.String(), What: whatSearched("seeds ", o.seeds.String(), ", mutant ", o.mutant, ", subjects ", o.subjects),
		Runs: y.Runs, Void: y.Void, Virtual: y.Virtual, Hash: y.Hash.String(), Known: y.Known, Reached: y.Reached, Open: y.Open,
	}
	found := func(all []swarm.Failure) (list []searchFailure) {
		for _, f := range all {
			list = append(list, searchFailure{Client: clients[f.Client].Subject.Name, First: strconv.FormatUint(f.Seed, 10), Broken: f.Run.Broken,
				Message: f.Run.Message, Also: f.Also, Replay: o.replay(a, clients, f)})
		}
		return list
	}
	d.Failures, d.Peer = found(y.Failures), found(y.Peer)
	d.Failed = countOf(d.Failures)
	return d
}

// countOf returns how many runs findings stand for.
func countOf(all []searchFailure) (n int) {
	for _, f := range all {
		n += 1 + f.Also
	}
	return n
}

// readSearch reads a document of a search; ok is false where it is the report of a run.
func readSearch(b []byte) (s searchPart, ok bool, err error) {
	var kind struct {
		Search *string `json:"search"`
	}
	if json.Unmarshal(b, &kind) != nil || kind.Search == nil {
		return s, false, nil // package report says what is wrong
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	err = d.Decode(&s)
	return s, true, err
}

// mergeSearches makes one search of its parts: all of them, each once.
func mergeSearches(parts []searchPart) (searchPart, error) {
	whole := parts[0]
	whole.Shard, whole.Known, whole.Reached, whole.Open = "", map[string]int{}, map[string]int{}, map[string]int{}
	whole.Enumerated, whole.Runs, whole.Void, whole.Virtual, whole.Failures, whole.Peer, whole.Errors = 0, 0, 0, 0, nil, nil, nil
	var digest sweep.Digest
	seen := map[int]bool{}
	count := 0
	for i, p := range parts {
		var at shard
		if err := at.Set(p.Shard); err != nil {
			return searchPart{}, fmt.Errorf("part %d says that it is the part %q: %w", i+1, p.Shard, err)
		}
		if i == 0 {
			count = at.count
		}
		switch {
		case p.Search != whole.Search || p.What != whole.What || at.count != count:
			return searchPart{}, fmt.Errorf("part %d is of another search than part 1: a %s in %d parts of %s, not a %s in %d parts of %s",
				i+1, p.Search, at.count, p.What, whole.Search, count, whole.What)
		case seen[at.index]:
			return searchPart{}, fmt.Errorf("the part %s is given twice", p.Shard)
		}
		seen[at.index] = true
		sum, err := strconv.ParseUint(p.Hash, 16, 64)
		if err != nil {
			return searchPart{}, fmt.Errorf("part %d: hash: %w", i+1, err)
		}
		digest += sweep.Digest(sum)
		whole.Interrupted = whole.Interrupted || p.Interrupted
		if p.Places != whole.Places {
			whole.Places = placesDiffer
		}
		whole.Enumerated, whole.Runs, whole.Void = whole.Enumerated+p.Enumerated, whole.Runs+p.Runs, whole.Void+p.Void
		whole.Virtual += p.Virtual
		whole.Errors = append(whole.Errors, p.Errors...)
		whole.Failures, whole.Peer = joined(whole.Failures, p.Failures), joined(whole.Peer, p.Peer)
		for _, m := range []struct{ to, from map[string]int }{{whole.Known, p.Known}, {whole.Reached, p.Reached}, {whole.Open, p.Open}} {
			for k, n := range m.from {
				m.to[k] += n
			}
		}
	}
	if len(seen) < count {
		return searchPart{}, fmt.Errorf("these are %d parts of %d", len(seen), count)
	}
	whole.Hash, whole.Failed = digest.String(), countOf(whole.Failures)
	return whole, nil
}

// placesDiffer is the place of points where the parts of a sweep have enumerated different ones.
const placesDiffer = "differ"

// joined adds findings to others: those of one kind become one.
func joined(all, more []searchFailure) []searchFailure {
next:
	for _, f := range more {
		for i, g := range all {
			if g.Client == f.Client && g.Workload == f.Workload && g.Broken == f.Broken {
				all[i].Also += 1 + f.Also
				continue next
			}
		}
		all = append(all, f)
	}
	return all
}

// showSearch writes what came of a merged search, and returns the exit code of the whole.
func (a app) showSearch(s searchPart) int {
	w := a.stdout
	for _, e := range s.Errors {
		fmt.Fprintf(w, "FAIL  %s\n", judge.Printable(e))
	}
	for _, list := range []struct {
		word string
		all  []searchFailure
	}{{"FAIL", s.Failures}, {"PEER", s.Peer}} {
		for _, f := range list.all {
			fmt.Fprintln(w, judge.Printable(fmt.Sprintf("%s  %s %s with %s breaks %s, and %d more runs", list.word, f.Workload, f.First, f.Client, f.Broken, f.Also)))
			fmt.Fprintf(w, "  %s\n  replay: %s\n", printable(fmt.Errorf("%s", f.Message)), judge.Printable(f.Replay))
		}
	}
	for _, k := range sortedKeys(s.Known) {
		fmt.Fprintf(w, "the broker's known fault %s: %d runs\n", judge.Printable(k), s.Known[k])
	}
	blind := 0
	if s.Search == "swarm" {
		y := &swarm.Tally{Runs: s.Runs, Void: s.Void, Reached: s.Reached, Open: s.Open}
		showMet(w, y)
		blind = len(y.Blind(swarm.Enough))
	}
	if s.Places == placesDiffer {
		fmt.Fprintln(w, "the parts have enumerated different points: these are not those of any one sweep")
	}
	fmt.Fprintf(w, "hash %s\n", judge.Printable(s.Hash))
	if s.Search == "sweep" {
		fmt.Fprintf(w, "%d points enumerated, %d played, %d failed\n", s.Enumerated, s.Runs, s.Failed)
	} else {
		fmt.Fprintf(w, "%d runs, %d failed\n", s.Runs, s.Failed)
	}
	if s.Interrupted {
		fmt.Fprintf(w, "interrupted: this is not the whole %s\n", s.Search)
	}
	switch {
	case s.Interrupted:
		return exitInterrupted
	case s.Runs == 0:
		fmt.Fprintln(a.stderr, "mqttconform: nothing was played")
		return exitFailed
	case s.Failed > 0 || len(s.Errors) > 0 || blind > 0 || s.Search == "sweep" && s.Runs < s.Enumerated:
		return exitFailed
	}
	return exitOK
}

// mergeFiles reads the documents of the parts of a run or of a search, makes one of them, and shows it. It writes it
// to a file, too, where that has a name.
func (a app) mergeFiles(files []string, out string) (int, error) {
	var runs []*report.Document
	var searches []searchPart
	for _, file := range files {
		b, err := readResultsFile(file)
		if err != nil {
			return 0, err
		}
		s, isSearch, err := readSearch(b)
		if isSearch && err == nil {
			searches = append(searches, s)
			continue
		}
		var part *report.Document
		if !isSearch {
			part, err = report.ParseDocument(b)
		}
		if err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
		runs = append(runs, part)
	}
	switch {
	case len(searches) > 0 && len(runs) > 0:
		return 0, usagef("merge: some files are of a run, and some of a sweep or swarm")
	case len(searches) > 0:
		whole, err := mergeSearches(searches)
		if err != nil {
			return 0, usagef("merge: %v", err)
		}
		if err := whole.write(out); err != nil {
			return 0, &setupError{err}
		}
		return a.showSearch(whole), nil
	}
	whole, err := report.Merge(runs)
	if err != nil {
		return 0, usagef("merge: %v", err)
	}
	if err := writeMerged(out, whole); err != nil {
		return 0, &setupError{err}
	}
	return a.showMerged(whole), nil
}
