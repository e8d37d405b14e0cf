package schema

import (
	"strings"
	"testing"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
)

// The reference has every verb, every field and every feature.
func TestReferenceIsWhole(t *testing.T) {
	text := string(Reference())
	for _, v := range scenario.Table() {
		section := ""
		for s := range strings.SplitSeq(text, "\n#") {
			if title, _, _ := strings.Cut(s, "\n"); strings.HasPrefix(title, "### ") && strings.Contains(title, "`"+v.Key+"`") {
				section += s
			}
		}
		if section == "" {
			t.Errorf("no %s", v.Key)
		}
		for _, f := range v.Fields {
			_, matcher := scenario.FieldNamed(scenario.Matcher(), f.Name)
			if !strings.Contains(section, "`"+f.Name+"`") && !(matcher && strings.Contains(section, "takes a matcher")) {
				t.Errorf("%s: no field %s", v.Key, f.Name)
			}
		}
	}
	for _, f := range spec.Features() {
		if !strings.Contains(text, "| `"+string(f.Name)+"` | "+f.Doc+" |") {
			t.Errorf("no feature %s", f.Name)
		}
	}
}

// The examples in the reference load.
func TestReferenceExamples(t *testing.T) {
	parts := strings.Split(string(Reference()), "~~~")
	if len(parts) != 7 {
		t.Fatalf("%d examples", len(parts)/2)
	}
	repeat := strings.TrimPrefix(parts[5], "yaml\n")
	if sc, err := scenario.Parse("repeat.yaml", []byte("title: x\nlevel: may\nneeds: [qos1]\npeer: script\nsteps:\n  - client connect:\n  - expect PUBLISH: {packet_id: $held}\n"+repeat)); err != nil || sc.Played() != 3*66_000+2 {
		t.Errorf("the repeat: %v", err)
	}
	whole, table := strings.TrimPrefix(parts[1], "yaml\n"), strings.TrimPrefix(parts[3], "yaml\n")
	if _, err := scenario.Parse("whole.yaml", []byte(whole)); err != nil {
		t.Error(err)
	}
	if all, err := scenario.ParseAll("table.yaml", []byte("title: x\nlevel: may\npeer: script\n"+table)); err != nil || len(all) != 2 {
		t.Errorf("%d cases: %v", len(all), err)
	}
}
