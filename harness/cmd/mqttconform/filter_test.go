package main

import (
	"strings"
	"testing"

	"umqtt/harness/scenario"
)

func TestLiteral(t *testing.T) {
	for _, name := range []string{"qos1/puback-lost", `a/b*c?d[e]\f`} {
		if ok, err := scenario.Match(literal(name), name); !ok || err != nil {
			t.Errorf("%s does not match %s: %v", literal(name), name, err)
		}
		if ok, _ := scenario.Match(literal(name), name+"x"); ok {
			t.Errorf("%s matches more than %s", literal(name), name)
		}
	}
	if ok, _ := scenario.Match(literal("a/*"), "a/b"); ok {
		t.Error("a star in a name matches other names")
	}
}

// The name of a table selects its cases, as it does in a Go test.
func TestFilterTable(t *testing.T) {
	table := invoke(t, "list", "--filter", "connect/refused").want(t, exitOK)
	cases := invoke(t, "list", "--filter", "connect/refused/*").want(t, exitOK)
	if table.stdout != cases.stdout || !strings.Contains(table.stdout, "connect/refused/identifier") {
		t.Errorf("the table:\n%s\nits cases:\n%s", table.stdout, cases.stdout)
	}
}
