package report

import (
	"bytes"
	"embed"
	"html/template"
	"io"

	"umqtt/harness/judge"
)

//go:embed templates
var templateFiles embed.FS

// pages are the templates of all pages. They escape what they show for the place where it stands; "text" writes
// besides what does not print as in a Go string.
var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"text": judge.Printable, "mark": markOf, "count": count, "seconds": secondsOf, "rule": ruleOf, "of": Standing.of,
	"rows": func(m *Matrix, rows any) any { return clientRows{m.Clients, rows} },
}).ParseFS(templateFiles, "templates/*"))

// HTML writes a report as one HTML page when the report ends. The page loads nothing else and needs no script.
type HTML struct {
	w       io.Writer
	opts    Options
	totals  Totals
	entries []Entry
	members []Member
	cases   map[int]*troubled // by index into entries
}

// NewHTML returns a report that writes a page to w.
func NewHTML(w io.Writer, o Options) *HTML {
	return &HTML{w: w, opts: o, cases: map[int]*troubled{}}
}

// Add implements [Report].
func (h *HTML) Add(res *judge.Result) {
	h.totals.Add(res)
	e, m := entryOf(res, h.opts), MemberOf(res)
	if m.Verdict != "" {
		h.cases[len(h.entries)] = troubledOf(len(h.entries)+1, res, e, h.opts)
	}
	h.entries, h.members = append(h.entries, e), append(h.members, m)
}

// End implements [Report].
func (h *HTML) End(interrupted bool) error {
	return writePage(h.w, "run.html", h.page(interrupted))
}

// writePage writes a page whole, or nothing of it.
func writePage(w io.Writer, name string, data any) error {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}
