package report

import "io"

// matrixPage is what the template of a matrix shows.
type matrixPage struct {
	*Matrix
	Accused, Other []RuleRow
	Failing        []ScenarioRow
	Suspects       int
	Folders        []scenarioFolder
}

// scenarioFolder is the scenarios of one behaviour.
type scenarioFolder struct {
	Name string
	Rows []ScenarioRow
}

// clientRows are rows of one cell for each client.
type clientRows struct {
	Clients []Client
	Rows    any // []RuleRow or []ScenarioRow
}

// page sorts the rows into what somebody looks at first, and the rest.
func (m *Matrix) page() *matrixPage {
	p := &matrixPage{Matrix: m}
	for _, r := range m.Rules {
		if r.Accused() {
			p.Accused = append(p.Accused, r)
		} else {
			p.Other = append(p.Other, r)
		}
	}
	for _, r := range m.Scenarios {
		if r.Failing() > 0 {
			p.Failing = append(p.Failing, r)
		}
		if r.Suspect() {
			p.Suspects++
		}
		dir, _ := behaviour(r.Name)
		if dir == "" {
			dir = "."
		}
		if n := len(p.Folders); n == 0 || p.Folders[n-1].Name != dir {
			p.Folders = append(p.Folders, scenarioFolder{Name: dir})
		}
		f := &p.Folders[len(p.Folders)-1]
		f.Rows = append(f.Rows, r)
	}
	return p
}

// HTML writes the matrix as one page that stands for itself: it loads nothing and needs no script.
func (m *Matrix) HTML(w io.Writer) error { return writePage(w, "matrix.html", m.page()) }
