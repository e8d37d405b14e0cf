package judge

import (
	"fmt"
	"strings"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
)

// What a report shows at most of lists that a client can make as long as it likes.
const (
	maxFindings = 5   // lines of findings, and of packets that no step expects
	maxStack    = 24  // lines of stacks, and of what was printed
	maxLine     = 400 // bytes of a line of them
	maxBytes    = 48  // bytes of a malformed packet
)

// Report returns all that a person has to know of a result that is not a pass: what the scenario is about, how
// binding it is and why, then the failure on the wire and those of the API, each as [Failure.Report] has it. It
// is what the command line and go test both print, and holds no control character but the ends of its lines.
func (r *Result) Report() string {
	var b strings.Builder
	if sc := r.Scenario; sc.Title != "" {
		fmt.Fprintf(&b, "%s (level %s%s)\n", Printable(sc.Title), sc.Level, profile(sc))
	}
	if r.Scenario.Why != "" {
		fmt.Fprintf(&b, "why: %s\n", Printable(r.Scenario.Why))
	}
	if r.Failure != nil {
		b.WriteString(r.Failure.Report())
	}
	b.WriteString(r.ReportAPI())
	return b.String()
}

func profile(sc *scenario.Scenario) string {
	if sc.Profile == "" {
		return ""
	}
	return " of the profile " + string(sc.Profile)
}

// ReportAPI returns what is wrong with what the subject's API reported, or "" where nothing is.
func (r *Result) ReportAPI() string {
	var b strings.Builder
	for i, f := range r.APIFailures {
		if i == maxFindings {
			fmt.Fprintf(&b, "api: and %d more\n", len(r.APIFailures)-i)
			break
		}
		shown := *f
		if r.Failure != nil && len(r.Failure.Last) > 0 || i > 0 {
			shown.Last = nil // they were shown
		}
		b.WriteString("api: " + shown.Report())
	}
	return b.String()
}

// Report returns the failure as a person reads it: what the monitors found, position and message, what was
// expected and what came, the rules that are broken, and the last packets. Malformed ones are shown with their
// bytes.
func (f *Failure) Report() string {
	var b strings.Builder
	limited(&b, f.Findings, "")
	fmt.Fprintln(&b, f.Error())
	if f.Want != "" || f.Got != "" {
		fmt.Fprintf(&b, "  want: %s\n  got:  %s\n", Printable(f.Want), Printable(f.Got))
	}
	limited(&b, f.Unlisted, "  ")
	for _, id := range f.Covers {
		fmt.Fprintf(&b, "  rule: %s\n", Rule(id))
	}
	if len(f.Last) > 0 {
		fmt.Fprintln(&b, "  the last packets:")
	}
	for _, r := range f.Last {
		if r.Time > 0 {
			r.Time = r.Time.Round(time.Microsecond) // a person needs no more
		}
		fmt.Fprintf(&b, "    record %d: conn %d %8s\n", r.N, r.Conn, r.Record)
		if _, err := r.Packet(); err != nil {
			fmt.Fprintf(&b, "      bytes: %s\n", hexBytes(r.Data))
		}
	}
	block(&b, "goroutines", f.Stacks)
	block(&b, "printed", f.Printed)
	return b.String()
}

// block writes the first lines of a text under a heading, and how many there are.
func block(b *strings.Builder, heading, text string) {
	lines := printableLines(text)
	if len(lines) > 0 {
		fmt.Fprintf(b, "  %s:\n", heading)
	}
	for i, line := range lines {
		if i == maxStack {
			fmt.Fprintf(b, "    … (%d lines)\n", len(lines))
			break
		}
		if len(line) > maxLine {
			line = fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(line[:maxLine], ""), len(line))
		}
		fmt.Fprintln(b, strings.TrimRight("    "+line, " "))
	}
}

// limited writes the first lines of a list, and how many more there are.
func limited(b *strings.Builder, lines []string, indent string) {
	for i, line := range lines {
		if i == maxFindings {
			fmt.Fprintf(b, "%sand %d more\n", indent, len(lines)-i)
			return
		}
		fmt.Fprintf(b, "%s%s\n", indent, Printable(line))
	}
}

// Rule shows a rule in one line: its id, the section or, where the id is none of the standard's, what it is, and
// what it asks.
func Rule(id string) string {
	r, ok := spec.Lookup(id)
	switch {
	case !ok:
		return Printable(id)
	case r.Kind == spec.Statement:
		return fmt.Sprintf("%s (section %s): %s", id, r.Section(), r.Text)
	}
	return fmt.Sprintf("%s (a %s): %s", id, r.Origin(), r.Text)
}

// hexBytes shows bytes in hexadecimal: the first of many, and how many there are.
func hexBytes(b []byte) string {
	if len(b) <= maxBytes {
		return fmt.Sprintf("% x", b)
	}
	return fmt.Sprintf("% x … (%d bytes)", b[:maxBytes], len(b))
}

// A Record is a record of a capture with its number.
type Record struct {
	// N is the record's index in the capture, from 0, by which messages name it.
	N int
	capture.Record
}

// LastOf returns the last records of a capture, as a failure shows them.
func LastOf(c *capture.Capture) []Record { return lastOf(c.Records, 0) }

// lastOf returns the last records of some, the first of which has the number first.
func lastOf(records []capture.Record, first int) []Record {
	var last []Record
	for i := max(0, len(records)-lastRecords); i < len(records); i++ {
		last = append(last, Record{first + i, records[i]})
	}
	return last
}

// Bound describes how long a step waits: "within 10s", or "within 1s~1.5s of the step before". A step without a
// bound of its own waits for fallback.
func Bound(st *scenario.Step, fallback time.Duration) string {
	switch {
	case st.HasAfter && st.After.Max > 0:
		return fmt.Sprintf("within %v of the step before", st.After)
	case st.Within > 0:
		return fmt.Sprintf("within %v", st.Within)
	}
	return fmt.Sprintf("within %v", fallback)
}
