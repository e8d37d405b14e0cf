package report

import (
	"encoding/json"
	"io"
	"time"

	"umqtt/harness/judge"
)

// JSON is a report for programs: one document, written when the report ends.
type JSON struct {
	w      io.Writer
	opts   Options
	totals Totals
	doc    document
}

// document is the schema of the package comment.
type document struct {
	World       string         `json:"world"`
	Seed        uint64         `json:"seed"`
	Mutant      string         `json:"mutant"`
	Interrupted bool           `json:"interrupted"`
	Results     []result       `json:"results"`
	Verdicts    map[string]int `json:"verdicts"`
	APIVerdicts map[string]int `json:"api_verdicts"`
	Passed      int            `json:"passed"`
	Failed      int            `json:"failed"`
	Skipped     int            `json:"skipped"`
}

type result struct {
	Scenario   string   `json:"scenario"`
	Title      string   `json:"title"`
	Subject    string   `json:"subject"`
	World      string   `json:"world"`
	Seed       uint64   `json:"seed"`
	Verdict    string   `json:"verdict"`
	Level      string   `json:"level"`
	Why        string   `json:"why"`
	Statements []string `json:"statements"`
	failure
	API         string    `json:"api"`
	APIFailures []failure `json:"api_failures"`
	Capture     string    `json:"capture"`
	Replay      string    `json:"replay"`
	ElapsedMS   float64   `json:"elapsed_ms"`
	Trace       string    `json:"trace"`
}

// failure is what the document has of a judge.Failure.
type failure struct {
	Violated []string `json:"violated"`
	Message  string   `json:"message"`
	Position string   `json:"position"`
	Step     string   `json:"step"`
	Want     string   `json:"want"`
	Got      string   `json:"got"`
	Findings []string `json:"findings"`
	Last     []string `json:"last"`
	Records  []int    `json:"records"`
	Stacks   string   `json:"stacks"`
}

// failureOf returns f as the document has it; nil is a failure of which nothing is known.
func failureOf(f *judge.Failure) failure {
	if f == nil {
		f = &judge.Failure{}
	}
	d := failure{
		Violated: append([]string{}, f.Covers...), Message: f.Message, Step: f.Step, Want: f.Want, Got: f.Got,
		Findings: append([]string{}, f.Findings...), Last: []string{}, Records: []int{}, Stacks: f.Stacks,
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

// NewJSON returns a report that writes one JSON document to w.
func NewJSON(w io.Writer, o Options) *JSON {
	return &JSON{w: w, opts: o, doc: document{World: o.World, Seed: o.Seed, Mutant: o.Mutant, Results: []result{}}}
}

// Add implements [Report].
func (j *JSON) Add(res *judge.Result) {
	j.totals.Add(res)
	sc := res.Scenario
	r := result{
		Scenario: sc.Name, Title: sc.Title, Subject: res.Subject, World: string(res.World), Seed: res.Seed,
		Verdict: string(res.Shown()), Level: string(sc.Level), Why: sc.Why, Statements: append([]string{}, sc.Covers...),
		failure: failureOf(res.Reason()), API: string(res.API), APIFailures: []failure{},
		Capture: j.opts.capture(res), Replay: j.opts.replay(res), ElapsedMS: milliseconds(res.Elapsed), Trace: res.Trace,
	}
	for _, f := range res.APIFailures {
		r.APIFailures = append(r.APIFailures, failureOf(f))
	}
	j.doc.Results = append(j.doc.Results, r)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// End implements [Report].
func (j *JSON) End(interrupted bool) error {
	counts := j.totals.Verdicts
	j.doc.Interrupted = interrupted
	j.doc.Passed, j.doc.Failed, j.doc.Skipped = counts.Of(Passed), counts.Of(Failed), counts.Of(Skipped)
	j.doc.Verdicts, j.doc.APIVerdicts = map[string]int{}, map[string]int{}
	for _, row := range verdicts {
		j.doc.Verdicts[string(row.verdict)] = counts[row.verdict]
	}
	for _, v := range []judge.Verdict{judge.Pass, judge.Warn, judge.Info, judge.Fail} {
		j.doc.APIVerdicts[string(v)] = j.totals.API[v]
	}
	enc := json.NewEncoder(j.w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(j.doc)
}
