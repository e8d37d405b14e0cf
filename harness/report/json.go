package report

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"umqtt/harness/judge"
)

// JSON is a report for programs: one document, written when the report ends.
type JSON struct {
	w       io.Writer
	opts    Options
	totals  Totals
	doc     Document
	members []Member
}

// NewJSON returns a report that writes one JSON document to w.
func NewJSON(w io.Writer, o Options) *JSON {
	return &JSON{w: w, opts: o, doc: Document{World: o.World, Seed: o.Seed, Mutant: o.Mutant, Suite: o.Suite, Results: []Entry{}}}
}

// Add implements [Report].
func (j *JSON) Add(res *judge.Result) {
	j.totals.Add(res)
	j.members = append(j.members, MemberOf(res))
	j.doc.Results = append(j.doc.Results, entryOf(res, j.opts))
}

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
	j.doc.Groups = entryGroups(j.members)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(j.doc); err != nil {
		return err
	}
	_, err := j.w.Write(judge.PrintableJSON(b.Bytes()))
	return err
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
