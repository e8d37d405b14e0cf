package scenario

import (
	"strings"
	"testing"
)

func TestWindows(t *testing.T) {
	const late = "within: a PINGREQ may come as late as the keep alive says, 2s; in the real world allow more than a second beyond"
	const narrow = " is too narrow for the real world; make it a second wide at least"
	for _, test := range []struct{ reason, world, step, want string }{
		{"a PINGREQ right at the keep alive", "both", "expect PINGREQ: {}, within: 2s", "x.yaml:1:124: " + late},
		{"a PINGREQ a second later", "both", "expect PINGREQ: {}, within: 3s", "x.yaml:1:124: " + late},
		{"a PINGREQ with room", "both", "expect PINGREQ: {}, within: 3001ms", ""},
		{"a PINGREQ with the room that every step has", "both", "expect PINGREQ: {}", ""},
		{"an exact PINGREQ in virtual time", "simulated, reason: x", "expect PINGREQ: {}, within: 2s", ""},
		{"a PINGREQ in the real world alone", "real, reason: x", "expect PINGREQ: {}, within: 2s", "x.yaml:1:135: " + late},
		{"a narrow window", "both", "expect PUBLISH: {}, after: 1s~1900ms", "x.yaml:1:123: after: 1s~1.9s" + narrow},
		{"a wide window", "both", "expect PUBLISH: {}, after: 1s~2s", ""},
		{"a window without an end", "both", "expect PUBLISH: {}, after: 1s", ""},
		{"a narrow window in virtual time", "simulated, reason: x", "expect PUBLISH: {}, after: 1s~1s", ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			_, err := Parse("x.yaml", []byte("{title: x, level: may, peer: script, world: "+test.world+
				", steps: [{client connect: {keep_alive: 2s}}, {"+test.step+"}]}"))
			if test.want == "" && err == nil {
				return
			}
			if err == nil || test.want == "" || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	_, err := Parse("x.yaml", []byte("{title: x, level: may, peer: script, client: {keep_alive: 2s}, steps: [{expect PINGREQ: {}, within: 2s}]}"))
	if err == nil || !strings.Contains(err.Error(), late) {
		t.Errorf("with the keep alive of the header: %v", err)
	}
}
