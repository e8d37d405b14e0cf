package main

import "testing"

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		glob, name string
		want       bool
	}{
		{"qos1/*", "qos1/puback-lost", true},
		{"qos1/*", "qos1/deep/er", true},
		{"*lost*", "qos1/puback-lost", true},
		{"qos?/*", "qos2/x", true},
		{"qos[12]/*", "qos1/x", true},
		{"qos1", "qos1/x", false},
		{"puback-lost", "qos1/puback-lost", false},
		{"QOS1/*", "qos1/x", false},
	} {
		if got, err := matches(tt.glob, tt.name); got != tt.want || err != nil {
			t.Errorf("%s matches %s: %t, %v, want %t", tt.glob, tt.name, got, err, tt.want)
		}
	}
}

func TestLiteral(t *testing.T) {
	for _, name := range []string{"qos1/puback-lost", `a/b*c?d[e]\f`} {
		if ok, err := matches(literal(name), name); !ok || err != nil {
			t.Errorf("%s does not match %s: %v", literal(name), name, err)
		}
		if ok, _ := matches(literal(name), name+"x"); ok {
			t.Errorf("%s matches more than %s", literal(name), name)
		}
	}
	if ok, _ := matches(literal("a/*"), "a/b"); ok {
		t.Error("a star in a name matches other names")
	}
}
