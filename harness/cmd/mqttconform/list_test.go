package main

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestListText(t *testing.T) {
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
    "steps": 3
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
