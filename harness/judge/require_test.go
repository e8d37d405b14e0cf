package judge

import (
	"testing"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
)

func TestRequire(t *testing.T) {
	policy := &scenario.Scenario{Name: "reconnect/backoff-grows", Level: scenario.Policy, Profile: spec.Umqtt}
	may := &scenario.Scenario{Name: "keepalive/explicit-ping", Level: scenario.May}
	suite := []*scenario.Scenario{policy, may}
	for _, tt := range []struct {
		words            []string
		policy, may, api bool
		err              string
	}{
		{nil, false, false, false, ""},
		{[]string{"umqtt"}, true, false, false, ""},
		{[]string{"keepalive/*"}, false, true, false, ""},
		{[]string{"keepalive/explicit-ping", "umqtt"}, true, true, false, ""},
		{[]string{"*"}, true, true, false, ""},
		{[]string{"api"}, false, false, true, ""},
		{[]string{"Umqtt"}, false, false, false, `require "Umqtt": it is no profile and selects no scenario; did you mean umqtt?`},
		{[]string{"reconect/*"}, false, false, false, `require "reconect/*": it is no profile and selects no scenario; did you mean reconnect/*?`},
		{[]string{"keepalive/explicitping"}, false, false, false, `require "keepalive/explicitping": it is no profile and selects no scenario; did you mean keepalive/explicit-ping?`},
		{[]string{"apl", "api"}, false, false, true, `require "apl": it is no profile and selects no scenario; did you mean api?`},
		{[]string{"something-else-altogether"}, false, false, false, `require "something-else-altogether": it is no profile and selects no scenario`},
		{[]string{"a[", ""}, false, false, false, "require \"a[\": syntax error in pattern\nrequire \"\": it is no profile and selects no scenario"},
	} {
		r := Require(tt.words...)
		if r.Has(policy) != tt.policy || r.Has(may) != tt.may || r.API() != tt.api {
			t.Errorf("%q: policy %t, may %t, api %t", tt.words, r.Has(policy), r.Has(may), r.API())
		}
		got := ""
		if err := r.Check(suite); err != nil {
			got = err.Error()
		}
		if got != tt.err {
			t.Errorf("%q: error %q, want %q", tt.words, got, tt.err)
		}
	}
}
