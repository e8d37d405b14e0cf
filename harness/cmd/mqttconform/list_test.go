package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/mutant"
)

func TestListText(t *testing.T) {
	tagged := invoke(t, "list", "--tag", "smoke", "--level", "must", "--exclude", "connect/*").want(t, exitOK).stdout
	if strings.Contains(tagged, "\nconnect/") || !strings.Contains(tagged, "\npublish/") {
		t.Errorf("--tag smoke --level must --exclude connect/* lists\n%s", tagged)
	}
	want := `SCENARIO        LEVEL  PEER    WORLD  NEEDS  TITLE
connect/passes  must   script  both   -      The client connects
connect/real    must   script  real   -      The client connects over real sockets
qos2/needs      must   script  both   qos2   The client publishes at QoS 2
`
	got := invoke(t, "list", "testdata/mixed", "--filter", "connect/[pr]*", "--filter", "qos2/*").want(t, exitOK)
	if diff := cmp.Diff(want, got.stdout); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestListJSON(t *testing.T) {
	want := `[
  {
    "scenario": "connect/real",
    "file": "testdata/mixed/connect/real.yaml",
    "title": "The client connects over real sockets",
    "level": "must",
    "peer": "script",
    "world": "real",
    "reason": "a test of what is skipped",
    "needs": [],
    "statements": [
      "MQTT-3.1.0-1"
    ],
    "steps": 3,
    "hash": "ff362c843b11acdb",
    "aliases": []
  }
]
`
	got := invoke(t, "list", "--format", "json", "--filter", "connect/real", "testdata/mixed").want(t, exitOK)
	if diff := cmp.Diff(want, got.stdout); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var suite []entry
	if err := json.Unmarshal([]byte(invoke(t, "list", "--format", "json").want(t, exitOK).stdout), &suite); err != nil || len(suite) == 0 {
		t.Errorf("the built-in suite: %d scenarios, %v", len(suite), err)
	}
}

func TestListMutants(t *testing.T) {
	want := `MUTANT         VIOLATES                   WHAT IT DOES WRONG
connect-twice  MQTT-3.1.0-2               sends its CONNECT twice
no-puback      MQTT-4.3.2-2,MQTT-3.3.4-1  never acknowledges
`
	got := invoke(t, "list", "--mutants", "--filter", "connect-twice", "--filter", "no-puback").want(t, exitOK)
	if diff := cmp.Diff(want, got.stdout); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m, _ := mutant.Find("no-puback")
	var entries []misdeed
	got = invoke(t, "list", "--mutants", "--filter", "no-puback", "--format", "json").want(t, exitOK)
	if err := json.Unmarshal([]byte(got.stdout), &entries); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]misdeed{{m.Name, m.Doc, m.Violates, m.Subjects}}, entries); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	all := invoke(t, "list", "--mutants").want(t, exitOK).stdout
	for _, m := range mutant.All() {
		if !strings.Contains(all, "\n"+m.Name+" ") || !strings.Contains(all, m.Doc+"\n") {
			t.Errorf("%s is not listed", m.Name)
		}
	}
}
