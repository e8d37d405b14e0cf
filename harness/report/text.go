package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"umqtt/harness/judge"
)

// Widths of the columns before a scenario's name, in characters: the longest verdict and built-in
// subject fit.
const (
	verdictCols = 13
	subjectCols = 8
)

// Text is a report for people. Each result is written out as it is added.
type Text struct {
	w      *bufio.Writer
	opts   Options
	totals Totals
	failed []failedLine
	dir    string
	any    bool
	err    error
}

// failedLine is a line of the summary, and what it is grouped by.
type failedLine struct {
	text string
	Member
}

// NewText returns a report that writes text to w.
func NewText(w io.Writer, o Options) *Text {
	return &Text{w: bufio.NewWriter(w), opts: o}
}

// Add implements [Report].
func (t *Text) Add(res *judge.Result) {
	if t.opts.Quiet && !told(res) {
		t.totals.Add(res)
		return
	}
	dir, base := behaviour(res.Scenario.Name)
	if !t.any || dir != t.dir {
		t.any, t.dir = true, dir
		if dir == "" {
			dir = "."
		}
		fmt.Fprintln(t.w, dir)
	}
	t.totals.Add(res)
	fmt.Fprintf(t.w, "  %s %-*s %s%s\n", t.verdict(res.Shown()), subjectCols, res.Subject, base, remark(res))
	if OutcomeOf(res.Shown()) == Failed {
		t.failed = append(t.failed, failedLine{fmt.Sprintf("%-*s %-*s %s", verdictCols, res.Shown(), subjectCols, res.Subject, res.Scenario.Name), MemberOf(res)})
		t.failure(res)
	} else if res.API == judge.Fail {
		t.indented(res.ReportAPI())
		t.around(res)
	}
	t.flush()
}

// told reports whether a quiet report shows a result: not what passes, fails as is known, or was not played.
func told(res *judge.Result) bool {
	switch res.Shown() {
	case judge.Pass:
		return res.API == judge.Fail
	case judge.KnownFail, judge.Unsupported:
		return false
	}
	return true
}

// verdict returns a verdict as wide as its column.
func (t *Text) verdict(v judge.Verdict) string {
	cell := fmt.Sprintf("%-*s", verdictCols, v)
	if !t.opts.Color {
		return cell
	}
	for _, row := range verdicts {
		if row.verdict == v {
			return "\x1b[" + row.color + "m" + cell + "\x1b[0m"
		}
	}
	return cell
}

// remark is what stands behind a scenario's name: how long it took, the verdict on the API where it is not a
// pass, or why it was not played, and why it did not simply pass.
func remark(res *judge.Result) string {
	s := ""
	if res.Verdict != judge.Unsupported {
		s = "  " + seconds(res.Elapsed)
	}
	failed := OutcomeOf(res.Shown()) == Failed
	if res.API != "" && res.API != judge.Pass && res.Shown() != judge.APIFail {
		s += "  api: " + string(res.API)
	}
	switch f := res.Failure; {
	case failed:
		return s
	case f != nil:
		s += "  " + line(f)
	case len(res.APIFailures) > 0 && res.API != judge.Fail:
		s += "  " + line(res.APIFailures[0])
	}
	return s
}

// line shows a failure in one line, with the rules that it breaks.
func line(f *judge.Failure) string {
	s := f.Error()
	if f.Want != "" || f.Got != "" {
		s += judge.Printable(fmt.Sprintf(" (want %s, got %s)", f.Want, f.Got))
	}
	if len(f.Covers) > 0 {
		s += " [" + strings.Join(f.Covers, ", ") + "]"
	}
	return s
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3fs", d.Seconds()) }

// failure writes the report of a failure below its line.
func (t *Text) failure(res *judge.Result) {
	t.indented(res.Report())
	t.around(res)
}

// around writes where the capture of a failure is, and the command that plays it again.
func (t *Text) around(res *judge.Result) {
	if file := t.opts.capture(res); file != "" {
		t.indented("  capture: " + file)
	} else if res.Capture != nil && t.opts.Keep != "" {
		t.indented("  capture: " + t.opts.Keep)
	}
	if command := t.opts.replay(res); command != "" {
		t.indented("  replay: " + command)
	}
}

func (t *Text) indented(text string) {
	for line := range strings.Lines(text) {
		fmt.Fprintln(t.w, strings.TrimRight("    "+line, " \n"))
	}
}

// End implements [Report].
func (t *Text) End(interrupted bool) error {
	if t.any {
		fmt.Fprintln(t.w)
	}
	t.groups()
	if interrupted {
		fmt.Fprintln(t.w, "interrupted: this is not the whole run")
	}
	fmt.Fprintln(t.w, t.totals.String())
	t.flush()
	return t.err
}

// groups writes what failed once more: what failed in the same way stands together.
func (t *Text) groups() {
	if len(t.failed) == 0 {
		return
	}
	members := make([]Member, len(t.failed))
	for i, line := range t.failed {
		members[i] = line.Member
	}
	fmt.Fprintln(t.w, "failed:")
	for _, g := range Groups(members) {
		fmt.Fprintf(t.w, "  %s: %s\n", count(len(g.Members), "case"), g.Reason)
		if g.Rule != "" {
			fmt.Fprintf(t.w, "    rule: %s\n", judge.Rule(g.Rule))
		}
		for _, i := range g.Members {
			fmt.Fprintf(t.w, "    %s\n", t.failed[i].text)
		}
	}
	fmt.Fprintln(t.w)
}

func (t *Text) flush() {
	if err := t.w.Flush(); err != nil && t.err == nil {
		t.err = err
	}
}
