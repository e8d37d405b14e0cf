package scenario

import (
	"errors"
	"path"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"qos1/*", "qos1/puback-lost", true},
		{"qos1/*", "qos1/deep/er", true},
		{"*", "qos1/deep/er", true},
		{"*lost*", "qos1/puback-lost", true},
		{"qos?/*", "qos2/x", true},
		{"qos1?x", "qos1/x", true},
		{"qos[12]/*", "qos1/x", true},
		{"qos[^12]/*", "qos1/x", false},
		{`qos1/\*`, "qos1/x", false},
		{"qos1", "qos1/x", false},
		{"puback-lost", "qos1/puback-lost", false},
		{"QOS1/*", "qos1/x", false},
	} {
		if got, err := Match(tt.pattern, tt.name); got != tt.want || err != nil {
			t.Errorf("%s matches %s: %t, %v, want %t", tt.pattern, tt.name, got, err, tt.want)
		}
	}
	for _, pattern := range []string{"[", "qos1/[a", "nothing*[", `x\`} {
		if _, err := Match(pattern, ""); !errors.Is(err, path.ErrBadPattern) {
			t.Errorf("%s: %v, want %v", pattern, err, path.ErrBadPattern)
		}
	}
}

// A pattern selects a case by its own name, or by that of its table.
func TestScenarioMatches(t *testing.T) {
	plain := &Scenario{Name: "connect/plain"}
	one := &Scenario{Name: "connect/refused/identifier", Case: Pos{Line: 3, Col: 3}}
	for _, tt := range []struct {
		s       *Scenario
		pattern string
		want    bool
	}{
		{plain, "connect/*", true},
		{plain, "connect/plain", true},
		{plain, "connect", false},
		{one, "connect/refused/identifier", true},
		{one, "connect/refused/other", false},
		{one, "connect/refused/*", true},
		{one, "connect/refused", true},
		{one, "connect/ref*", true},
		{one, "connect", false},
		{one, "*/refused", true},
		{one, "identifier", false},
	} {
		if got, err := tt.s.Matches(tt.pattern); got != tt.want || err != nil {
			t.Errorf("%s selects %s: %t, %v, want %t", tt.pattern, tt.s.Name, got, err, tt.want)
		}
	}
	for _, s := range []*Scenario{plain, one} {
		if _, err := s.Matches("["); !errors.Is(err, path.ErrBadPattern) {
			t.Errorf("[ on %s: %v, want %v", s.Name, err, path.ErrBadPattern)
		}
	}
}
