package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheck(t *testing.T) {
	wrong := `testdata/wrong/one.yaml:2:10: covers[0]: no statement, clause or promise MQTT-9.9.9-9
testdata/wrong/one.yaml:6:5: no verb "client conect"; did you mean "client connect"?
testdata/wrong/two.yaml:3:7: peer: "nobody" is not one of script or broker
`
	for _, tt := range []struct {
		name string
		args []string
		want invoked
	}{
		{"good", []string{"testdata/mixed"}, invoked{exitOK, "8 scenarios checked: no mistakes\n", ""}},
		{"one", []string{"testdata/mixed/connect/passes.yaml"}, invoked{exitOK, "1 scenario checked: no mistakes\n", ""}},
		{"a tree of mistakes", []string{"testdata/wrong"}, invoked{exitUsage, "", wrong}},
		{"files", []string{"testdata/wrong/one.yaml", "testdata/mixed", "testdata/wrong/two.yaml"}, invoked{exitUsage, "", wrong}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := invoke(t, append([]string{"check"}, tt.args...)...)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(invoked{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
