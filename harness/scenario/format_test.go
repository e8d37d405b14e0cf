package scenario_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"umqtt/harness/scenario"
)

// unplaced compares scenarios but for where they stand.
var unplaced = cmp.Options{
	cmpopts.IgnoreFields(scenario.Scenario{}, "Name", "File", "Case"),
	cmpopts.IgnoreFields(scenario.Step{}, "Pos"),
}

// Every scenario of the suite and of testdata/good comes back as it was, however it was written.
func TestFormatEverything(t *testing.T) {
	schema := compileSchema(t)
	for name, b := range goodFiles(t) {
		all, err := scenario.ParseAll(name, b)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, want := range all {
			text := scenario.Format(want)
			got, err := scenario.Parse("formatted.yaml", text)
			if err != nil {
				t.Errorf("%s: %v\n%s", want.Name, err, text)
				continue
			}
			if diff := cmp.Diff(want, got, unplaced); diff != "" {
				t.Errorf("%s (-want +got):\n%s\n%s", want.Name, diff, text)
			}
			if diff := cmp.Diff(string(text), string(scenario.Format(got))); diff != "" {
				t.Errorf("%s: formatted twice (-once +twice):\n%s", want.Name, diff)
			}
			var v any
			if err := yaml.Unmarshal(text, &v); err != nil {
				t.Errorf("%s: %v", want.Name, err)
			} else if err := schema.Validate(asJSON(t, v)); err != nil {
				t.Errorf("%s: the schema refuses what scenario.Format writes: %v", want.Name, err)
			}
		}
	}
}

// The layout, with everything that a step may have.
func TestFormatLayout(t *testing.T) {
	want, err := os.ReadFile("testdata/formatted.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Parse("testdata/formatted.yaml", want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(scenario.Format(s))); diff != "" {
		t.Errorf("a file in the house's layout is written otherwise (-want +got):\n%s", diff)
	}
}

// Whatever a text holds, it comes back.
func TestFormatTexts(t *testing.T) {
	texts := rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`[ -~]{0,12}`),
		rapid.StringMatching(`([a-z'"#:,\[\]{}&*!|>%@-]{1,9} ){0,40}[a-z#:]{0,3}`),
		rapid.SampledFrom([]string{"", " ", "~", "null", "Null", "true", "yes", "0", "0x1", "1e3", ".5", ".inf", "2026-01-01", "<<", "=", "$id", "$", "$ID", "- a", "a: b", "a #b", "#", "a\n", "a\nb", "\ufeff", "\u0085", "\u2028", "é", "𝄞", "\x7f", strings.Repeat("word ", 40) + "\x07", strings.Repeat("word ", 40) + " two"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) string { return texts.Draw(t, name) }
		user := text("username")
		want := &scenario.Scenario{
			Title: "x" + text("title"), Reason: "x" + text("reason"), Note: text("note"), Level: scenario.Policy, Profile: "umqtt", Why: "x" + text("why"), Peer: scenario.Script, World: scenario.Real,
			Needs: []scenario.Feature{"credentials", "will"}, Client: scenario.Connect{ClientID: text("client_id"), Username: &user, Will: &scenario.Will{Topic: text("will"), Payload: text("payload")}},
			Steps: []scenario.Step{
				{Key: "expect PUBLISH", Args: scenario.Args{"topic": text("topic"), "payload": string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))}, Note: text("step")},
				{Key: "receive", Args: scenario.Args{"topic": text("topic"), "payload": text("payload")}},
				{Key: "expect UNSUBSCRIBE", Args: scenario.Args{"filters": []string{text("filter"), text("filter")}}},
			},
		}
		want.Client.CleanSession = true
		got, err := scenario.Parse("x.yaml", scenario.Format(want))
		if err != nil {
			t.Fatalf("%v\n%s", err, scenario.Format(want))
		}
		if diff := cmp.Diff(want, got, unplaced); diff != "" {
			t.Errorf("(-want +got):\n%s\n%s", diff, scenario.Format(want))
		}
	})
}
