package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"umqtt/harness/judge"
)

// Markdown writes the matrix as tables of GitHub's Markdown.
func (m *Matrix) Markdown(w io.Writer) error {
	p, b := m.page(), bufio.NewWriter(w)
	fmt.Fprint(b, "# MQTT 3.1.1: clients beside one another\n\n")
	table(b, "Client", []string{"Failed", "Passed", "Skipped", "Statements broken", "Statements held", "World"}, len(m.Clients), func(i int) []string {
		c := m.Clients[i]
		name := plainText(c.Name)
		if c.Interrupted {
			name += " (interrupted)"
		}
		return []string{name, fmt.Sprint(c.Failed), fmt.Sprint(c.Passed), fmt.Sprint(c.Skipped), fmt.Sprint(c.Broken), fmt.Sprint(c.Held), plainText(c.World)}
	})
	fmt.Fprintf(b, "## Rules that are broken\n\n")
	m.rules(b, p.Accused, "No rule is shown to be broken.")
	fmt.Fprint(b, "## Scenarios that fail\n\n")
	if p.Suspects > 0 {
		fmt.Fprintf(b, "%s with every client that was played, marked \"all\": suspect the case.\n\n", count(p.Suspects, "scenario"))
	}
	m.scenarios(b, p.Failing, "No scenario fails.")
	fmt.Fprint(b, "## Other rules\n\n")
	m.rules(b, p.Other, "There is none.")
	fmt.Fprint(b, "## All scenarios\n\n")
	m.scenarios(b, m.Scenarios, "There is none.")
	return b.Flush()
}

// rules writes a table of rules, or what is said where there are none.
func (m *Matrix) rules(b *bufio.Writer, rows []RuleRow, none string) {
	if len(rows) == 0 {
		fmt.Fprintf(b, "%s\n\n", none)
		return
	}
	table(b, "Rule", m.names(), len(rows), func(i int) []string {
		cells := []string{plainText(judge.Rule(rows[i].ID))}
		for _, s := range rows[i].Cells {
			cells = append(cells, standingText(s))
		}
		return cells
	})
}

// scenarios writes a table of scenarios, or what is said where there are none.
func (m *Matrix) scenarios(b *bufio.Writer, rows []ScenarioRow, none string) {
	if len(rows) == 0 {
		fmt.Fprintf(b, "%s\n\n", none)
		return
	}
	table(b, "Scenario", m.names(), len(rows), func(i int) []string {
		name := plainText(rows[i].Name)
		if rows[i].Suspect() {
			name += " (all)"
		}
		cells := []string{name}
		for _, e := range rows[i].Cells {
			cells = append(cells, verdictText(e))
		}
		return cells
	})
}

func (m *Matrix) names() []string {
	var names []string
	for _, c := range m.Clients {
		names = append(names, plainText(c.Name))
	}
	return names
}

// standingText shows a standing with its sign: "✗ broken (3 of 12)".
func standingText(s Standing) string {
	k := markOf(string(s.State()))
	if of := s.of(); of != "" {
		return fmt.Sprintf("%s %s (%s)", k.Sign, k.Word, of)
	}
	return k.Sign
}

// of says how many of the results that say anything of a rule say what its state is: "3 of 12", or "12" where all
// do. It is empty for a rule that was not played.
func (s Standing) of() string {
	n := map[State]int{Broken: s.Broken, Warned: s.Warned, Noted: s.Noted, Held: s.Held, Open: s.Open}[s.State()]
	switch all := s.Cases() - s.Skipped; {
	case n == 0:
		return ""
	case n == all:
		return fmt.Sprint(n)
	default:
		return fmt.Sprintf("%d of %d", n, all)
	}
}

// verdictText shows a verdict with its sign.
func verdictText(e Entry) string {
	if e.Verdict == "" {
		return ""
	}
	k := markOf(e.Verdict)
	return k.Sign + " " + plainText(k.Word)
}

// table writes rows under a heading, the first cell of each row under first.
func table(b *bufio.Writer, first string, heads []string, n int, row func(int) []string) {
	fmt.Fprintf(b, "| %s | %s |\n|---%s|\n", first, strings.Join(heads, " | "), strings.Repeat("|---", len(heads)))
	for i := range n {
		fmt.Fprintf(b, "| %s |\n", strings.Join(row(i), " | "))
	}
	b.WriteString("\n")
}

// plainText returns a text that Markdown takes as it is.
func plainText(s string) string { return markdownSpecial.Replace(judge.Printable(s)) }

var markdownSpecial = func() *strings.Replacer {
	var pairs []string
	for _, c := range "\\`*_{}[]<>|~&#!$" {
		pairs = append(pairs, string(c), `\`+string(c))
	}
	return strings.NewReplacer(pairs...)
}()
