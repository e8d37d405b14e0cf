package main

import (
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/scenario"
)

func TestReplay(t *testing.T) {
	for _, tt := range []struct {
		name  string
		flags runFlags
		args  []string
		res   judge.Result
		want  string
	}{
		{"the suite", runFlags{}, nil,
			judge.Result{Scenario: &scenario.Scenario{Name: "qos1/puback-lost"}, Subject: "simple", World: scenario.Real},
			"mqttconform run --world real --seed 0 --subject simple --filter qos1/puback-lost"},
		{"settings", runFlags{settle: 3e9, strict: true}, nil,
			judge.Result{Scenario: &scenario.Scenario{Name: "a/b"}, Subject: "robust", World: scenario.Simulated, Seed: 18446744073709551615},
			"mqttconform run --world simulated --seed 18446744073709551615 --subject robust --filter a/b --settle 3s --strict"},
		{"a mutant", runFlags{mutant: "deaf"}, nil,
			judge.Result{Scenario: &scenario.Scenario{Name: "a/b"}, Subject: "simple+deaf", World: scenario.Real},
			"mqttconform run --world real --seed 0 --subject simple --filter a/b --mutant deaf"},
		{"a list of what is known", runFlags{known: "known fails.txt"}, nil,
			judge.Result{Scenario: &scenario.Scenario{Name: "a/b"}, Subject: "simple", World: scenario.Real},
			"mqttconform run --world real --seed 0 --subject simple --filter a/b --known-failing 'known fails.txt'"},
		{"what is required", runFlags{require: []string{"umqtt", "a/*"}}, nil,
			judge.Result{Scenario: &scenario.Scenario{Name: "a/b"}, Subject: "simple", World: scenario.Real},
			"mqttconform run --world real --seed 0 --subject simple --filter a/b --require umqtt --require 'a/*'"},
		{"the one argument that has it", runFlags{}, []string{"other", "./my dir/", "third"},
			judge.Result{Scenario: &scenario.Scenario{Name: "a/b", File: "my dir/a/b.yaml"}, Subject: "simple", World: scenario.Real},
			"mqttconform run --world real --seed 0 --subject simple --filter a/b './my dir/'"},
		{"odd names", runFlags{}, []string{"it's.yaml"},
			judge.Result{Scenario: &scenario.Scenario{Name: "here/it's[1]*", File: "it's.yaml"}, Subject: "simple", World: scenario.Real},
			`mqttconform run --world real --seed 0 --subject simple --filter 'here/it'\''s\[1]\*' 'it'\''s.yaml'`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (replay{"mqttconform", &tt.flags, tt.args}).command(&tt.res); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestReaches(t *testing.T) {
	for _, tt := range []struct {
		arg, file string
		want      bool
	}{
		{".", "a/b.yaml", true},
		{"./", "b.yaml", true},
		{"a", "a/b.yaml", true},
		{"a/", "a/c/b.yaml", true},
		{"./a/b.yaml", "./a/b.yaml", true},
		{"/", "/a/b.yaml", true},
		{"..", "../b.yaml", true},
		{"a", "ab/c.yaml", false},
		{"a/b.yaml", "a/b.yaml.yaml", false},
	} {
		if got := reaches(tt.arg, tt.file); got != tt.want {
			t.Errorf("%s reaches %s: %t, want %t", tt.arg, tt.file, got, tt.want)
		}
	}
}
