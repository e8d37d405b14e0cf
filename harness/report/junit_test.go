package report

import (
	"bytes"
	"encoding/xml"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/judge"
)

// Each result is a test case with the outcome of its verdict, and the text of its failure.
func TestJUnit(t *testing.T) {
	var b bytes.Buffer
	j := NewJUnit(&b, Options{World: "simulated", Seed: 3, Replay: replay})
	counts := Counts{}
	all := results()
	for _, res := range all {
		j.Add(res)
		counts[res.Shown()]++
	}
	if err := j.End(true); err != nil {
		t.Fatal(err)
	}
	type outcome struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	var doc struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
		Suites   []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name    string   `xml:"name,attr"`
				Class   string   `xml:"classname,attr"`
				Status  string   `xml:"status,attr"`
				Failure *outcome `xml:"failure"`
				Error   *outcome `xml:"error"`
				Skipped *outcome `xml:"skipped"`
				Out     string   `xml:"system-out"`
			} `xml:"testcase"`
			Properties []struct {
				Name  string `xml:"name,attr"`
				Value string `xml:"value,attr"`
			} `xml:"properties>property"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatalf("%v in\n%s", err, b.Bytes())
	}
	if doc.Tests != len(all) || doc.Errors != counts[judge.SetupError] || doc.Failures+doc.Errors != counts.Of(Failed) || doc.Skipped != counts.Of(Skipped) {
		t.Errorf("%d tests, %d failures, %d errors, %d skipped, want %v", doc.Tests, doc.Failures, doc.Errors, doc.Skipped, counts)
	}
	got := map[string]int{}
	for _, s := range doc.Suites {
		got[s.Name] = len(s.Cases)
		for _, c := range s.Cases {
			if c.Failure != nil && (c.Failure.Message == "" || c.Failure.Text == "" || c.Failure.Type != c.Status) {
				t.Errorf("%s of %s: %+v", c.Name, c.Class, c.Failure)
			}
		}
		if len(s.Properties) != 3 || s.Properties[0].Value != "simulated" || s.Properties[1].Value != "3" || s.Properties[2].Name != "interrupted" {
			t.Errorf("%s has %v", s.Name, s.Properties)
		}
	}
	want := map[string]int{}
	for _, res := range all {
		want[res.Subject]++
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cases by subject (-want +got):\n%s", diff)
	}
}
