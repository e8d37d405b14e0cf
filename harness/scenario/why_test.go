package scenario

import (
	"strings"
	"testing"
)

// A scenario at the level must says which sentence it rests on; at other levels it may.
func TestMustWantsWhy(t *testing.T) {
	const rest = "covers: [MQTT-4.4.0-1]\npeer: script\nsteps: [{wait: 1s}]\n"
	for _, test := range []struct{ level, why, want string }{
		{"must", "", "x.yaml:2:8: level must needs why: what the standard says, in your own words, with its section"},
		{"must", "why: it is said in section 4.4\n", ""},
		{"should", "", ""},
		{"should", "why: it is said in section 4.4\n", ""},
		{"may", "", ""},
	} {
		s, err := Parse("x.yaml", []byte("title: x\nlevel: "+test.level+"\n"+test.why+rest))
		got := ""
		if err != nil {
			got = err.Error()
		} else if want := strings.TrimSuffix(strings.TrimPrefix(test.why, "why: "), "\n"); s.Why != want {
			t.Errorf("level %s: why is %q, want %q", test.level, s.Why, want)
		}
		if got != test.want {
			t.Errorf("level %s, %q: got %q, want %q", test.level, test.why, got, test.want)
		}
	}
}
