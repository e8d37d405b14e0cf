package report

import (
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/judge"
	"umqtt/harness/spec"
)

// Totals are the numbers at the end of a run. The zero value is a run of which nothing is known yet.
type Totals struct {
	// Verdicts is the number of results by the verdict that is shown.
	Verdicts Counts
	// API is the number of results by the verdict on what the subject's API reported, of those that have one.
	API Counts
	// Missing is the number of results that are unsupported, by the feature that the subject lacks.
	Missing map[spec.Feature]int
}

// Add counts a result.
func (t *Totals) Add(res *judge.Result) {
	t.Merge(&Totals{})
	t.Verdicts[res.Shown()]++
	if res.API != "" {
		t.API[res.API]++
	}
	if res.Missing != "" {
		t.Missing[res.Missing]++
	}
}

// Merge counts the results of other totals, too.
func (t *Totals) Merge(other *Totals) {
	if t.Verdicts == nil {
		*t = Totals{Counts{}, Counts{}, map[spec.Feature]int{}}
	}
	for v, n := range other.Verdicts {
		t.Verdicts[v] += n
	}
	for v, n := range other.API {
		t.API[v] += n
	}
	for f, n := range other.Missing {
		t.Missing[f] += n
	}
}

// Played returns how many results are of scenarios that were played, be it to no verdict on the subject.
func (t *Totals) Played() int {
	n := 0
	for v, k := range t.Verdicts {
		if v != judge.Unsupported {
			n += k
		}
	}
	return n
}

// Judged returns how many results are a verdict on the subject: those that passed or failed.
func (t *Totals) Judged() int { return t.Verdicts.Of(Passed) + t.Verdicts.Of(Failed) }

// String returns the end of a report: the number of results by verdict, of those that are unsupported by the
// feature that is missing, of those whose API was judged by that verdict, and by outcome. Each is a line, and
// those that would tell nothing are left out.
func (t *Totals) String() string {
	lines := []string{t.Verdicts.Verdicts()}
	if missing := t.Lacks(); missing != "" {
		lines = append(lines, "unsupported: "+missing)
	}
	if len(t.API) > 0 {
		lines = append(lines, "api: "+t.API.Verdicts())
	}
	return strings.Join(append(lines, t.Verdicts.String()), "\n")
}

// Needed returns the features that are missing: that of the most scenarios first.
func (t *Totals) Needed() []spec.Feature {
	var features []spec.Feature
	for f := range t.Missing {
		features = append(features, f)
	}
	slices.SortFunc(features, func(a, b spec.Feature) int {
		if d := t.Missing[b] - t.Missing[a]; d != 0 {
			return d
		}
		return strings.Compare(string(a), string(b))
	})
	return features
}

// Lacks returns the features that are missing, and how many scenarios need each: "12 need qos2, 1 needs will".
func (t *Totals) Lacks() string {
	var parts []string
	for _, f := range t.Needed() {
		verb := "need"
		if t.Missing[f] == 1 {
			verb = "needs"
		}
		parts = append(parts, fmt.Sprintf("%d %s %s", t.Missing[f], verb, f))
	}
	return strings.Join(parts, ", ")
}
