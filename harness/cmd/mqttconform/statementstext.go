package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"umqtt/harness/judge"
	"umqtt/harness/mutant"
	"umqtt/harness/report"
)

// violators names, by statement, the mutants that violate it.
func violators() map[string][]string {
	by := map[string][]string{}
	for _, m := range mutant.All() {
		for _, id := range m.Violates {
			by[id] = append(by[id], m.Name)
		}
	}
	return by
}

// states is the order in which totals name them.
var states = []report.State{report.Broken, report.Warned, report.Held, report.Noted, report.Open, report.Unknown}

func statementsText(w io.Writer, s *statements) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(tw, "STATEMENT\tBINDS\tDECIDABLE\tSCENARIOS\tMUTANTS")
	for _, name := range s.Subjects {
		fmt.Fprintf(tw, "\t%s", strings.ToUpper(judge.Printable(name)))
	}
	fmt.Fprintln(tw, "\tTEXT")
	for _, r := range s.Statements {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%d\t%d", r.ID, r.Binds, r.decidable(), len(r.Scenarios), len(r.Mutants))
		for _, name := range s.Subjects {
			fmt.Fprintf(tw, "\t%s", r.Verdicts[name])
		}
		fmt.Fprintf(tw, "\t%s\n", r.Text)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", strings.Join(s.totals(), "\n"))
	return err
}

// decidable is yes or no.
func (r statement) decidable() string {
	if r.Decidable {
		return "yes"
	}
	return "no"
}

// totals returns the totals, a sentence each.
func (s *statements) totals() []string {
	t := s.Totals
	lines := []string{
		fmt.Sprintf("%d of %d statements are decidable by what a client sends.", t.Decidable, t.Statements),
		fmt.Sprintf("%d of these %d are covered by scenarios; %d more are not, for a reason; %d are broken by mutants that a scenario kills.", t.Covered, t.Decidable, t.Explained, t.Broken),
	}
	for _, name := range s.Subjects {
		var counts []string
		for _, state := range states {
			if n := t.Verdicts[name][state]; n > 0 {
				counts = append(counts, fmt.Sprintf("%d %s", n, state))
			}
		}
		lines = append(lines, fmt.Sprintf("%s: of %d, %s.", judge.Printable(name), t.Decidable, strings.Join(counts, ", ")))
	}
	return lines
}

// statementsMarkdown writes a table of GitHub's Markdown.
func statementsMarkdown(w io.Writer, s *statements) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# The statements of MQTT 3.1.1\n\n%s\n\n", strings.Join(s.totals(), "\n"))
	heads := []string{"Statement", "Binds", "Decidable"}
	for _, name := range s.Subjects {
		heads = append(heads, judge.Printable(name))
	}
	row := func(cells []string) {
		for i, c := range cells {
			cells[i] = strings.NewReplacer("|", `\|`, "*", `\*`, "_", `\_`, "#", `\#`, "<", "&lt;").Replace(c)
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
	row(append(heads, "Scenarios", "Mutants"))
	fmt.Fprintf(b, "|%s\n", strings.Repeat("---|", len(heads)+2))
	for _, r := range s.Statements {
		decidable := "yes"
		if !r.Decidable {
			decidable = "no: " + r.Undecided
		}
		cells := []string{r.ID + ": " + r.Text, r.Binds, decidable}
		for _, name := range s.Subjects {
			cells = append(cells, string(r.Verdicts[name]))
		}
		covered := strings.Join(r.Scenarios, ", ")
		if covered == "" && (r.Decidable || r.Uncovered != "") {
			covered = "none: " + cmp.Or(r.Uncovered, "missing")
		}
		row(append(cells, covered, strings.Join(r.Mutants, ", ")))
	}
	return b.Flush()
}
