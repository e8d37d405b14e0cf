package report

import (
	"encoding/json"
	"io"
	"time"

	"umqtt/harness/judge"
)

// JSON is a report for programs: one document, written when the report ends.
type JSON struct {
	w    io.Writer
	opts Options
	doc  document
}

// document is the schema of the package comment.
type document struct {
	World       string         `json:"world"`
	Seed        uint64         `json:"seed"`
	Mutant      string         `json:"mutant"`
	Interrupted bool           `json:"interrupted"`
	Results     []result       `json:"results"`
	Verdicts    map[string]int `json:"verdicts"`
	Passed      int            `json:"passed"`
	Failed      int            `json:"failed"`
	Skipped     int            `json:"skipped"`
}

type result struct {
	Scenario   string   `json:"scenario"`
	Subject    string   `json:"subject"`
	World      string   `json:"world"`
	Seed       uint64   `json:"seed"`
	Verdict    string   `json:"verdict"`
	Level      string   `json:"level"`
	Statements []string `json:"statements"`
	Violated   []string `json:"violated"`
	Message    string   `json:"message"`
	Position   string   `json:"position"`
	Step       string   `json:"step"`
	Want       string   `json:"want"`
	Got        string   `json:"got"`
	Last       []string `json:"last"`
	Capture    string   `json:"capture"`
	Replay     string   `json:"replay"`
	ElapsedMS  float64  `json:"elapsed_ms"`
	Trace      string   `json:"trace"`
}

// NewJSON returns a report that writes one JSON document to w.
func NewJSON(w io.Writer, o Options) *JSON {
	return &JSON{w: w, opts: o, doc: document{World: o.World, Seed: o.Seed, Mutant: o.Mutant, Results: []result{}}}
}

// Add implements [Report].
func (j *JSON) Add(res *judge.Result) {
	r := result{
		Scenario: res.Scenario.Name, Subject: res.Subject, World: string(res.World), Seed: res.Seed,
		Verdict: string(res.Shown()), Level: string(res.Scenario.Level), Statements: append([]string{}, res.Scenario.Covers...), Violated: []string{},
		Last: []string{}, Capture: j.opts.capture(res), Replay: j.opts.replay(res), ElapsedMS: milliseconds(res.Elapsed), Trace: res.Trace,
	}
	if f := res.Reason(); f != nil {
		r.Message, r.Step, r.Want, r.Got = f.Message, f.Step, f.Want, f.Got
		r.Violated = append(r.Violated, f.Covers...)
		if f.Pos.Line > 0 {
			r.Position = f.Pos.String()
		}
		for _, rec := range f.Last {
			r.Last = append(r.Last, rec.String())
		}
	}
	j.doc.Results = append(j.doc.Results, r)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// End implements [Report].
func (j *JSON) End(interrupted bool) error {
	counts := Counts{}
	for _, r := range j.doc.Results {
		counts[judge.Verdict(r.Verdict)]++
	}
	j.doc.Interrupted = interrupted
	j.doc.Passed, j.doc.Failed, j.doc.Skipped = counts.Of(Passed), counts.Of(Failed), counts.Of(Skipped)
	j.doc.Verdicts = map[string]int{}
	for _, row := range verdicts {
		j.doc.Verdicts[string(row.verdict)] = counts[row.verdict]
	}
	enc := json.NewEncoder(j.w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(j.doc)
}
