package peers_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/peers"
)

var update = flag.Bool("update", false, "write the findings into README.md")

// The marks in README.md between which the findings stand.
const (
	findingsBegin = "<!-- Findings: made by go test -run Readme -update . -->\n"
	findingsEnd   = "<!-- End of the findings. -->\n"
)

// TestReadme checks that README.md has the findings of each client as they are listed in the code, and the versions
// of go.mod.
func TestReadme(t *testing.T) {
	const file = "README.md"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), findingsBegin)
	got, after, ended := strings.Cut(rest, findingsEnd)
	if !ok || !ended {
		t.Fatalf("%s has not the marks of the findings", file)
	}
	want := rendered(t)
	if *update {
		if err := os.WriteFile(file, []byte(before+findingsBegin+want+findingsEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got); -update writes it\n%s", file, diff)
	}
}

// rendered returns the findings as Markdown.
func rendered(t *testing.T) string {
	var b strings.Builder
	table := func(title, module string, lists ...[]peers.Known) {
		fmt.Fprintf(&b, "\n### %s, %s %s\n\n| scenarios | rule | what was seen |\n|---|---|---|\n", title, module, version(t, module))
		for i, list := range lists {
			for _, k := range list {
				fmt.Fprintf(&b, "| %s | %s | %s%s |\n", k.Pattern, k.Rule, []string{"", "most times: ", "", ""}[i], k.Saw)
			}
		}
	}
	const paho, atWat = "github.com/eclipse/paho.mqtt.golang", "github.com/at-wat/mqtt-go"
	manual, auto, base := peers.PahoManualKnown(), peers.PahoKnown(), peers.AtWatKnown()
	both := len(manual) - 1 // the last one is of paho-manual alone
	table("paho and paho-manual", paho, manual[:both], nil, peers.PahoHungry(), peers.PahoCrashes())
	table("paho alone", paho, auto[both:])
	table("paho-manual alone", paho, manual[both:])
	table("at-wat and at-wat-reconnect", atWat, base, nil, slices.Concat(peers.AtWatHungry(), peers.AtWatStuck()), peers.AtWatCrashes())
	table("at-wat alone", atWat, nil, peers.AtWatSometimes())
	table("at-wat-reconnect alone", atWat, peers.AtWatReconnectKnown()[len(base):])
	return b.String() + "\n"
}

// version returns the version of a module in go.mod.
func version(t *testing.T, module string) string {
	b, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(module) + ` (\S+)`).FindSubmatch(b)
	if m == nil {
		t.Fatalf("go.mod requires no %s", module)
	}
	return string(m[1])
}
