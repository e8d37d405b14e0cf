package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"umqtt/harness/capture"
	"umqtt/harness/monitor"
	"umqtt/harness/scenario"
	"umqtt/scenarios"
)

// fileOf returns the file of a client's expectation.
func fileOf(client string) string { return filepath.Join("..", "expect", client+".txt") }

func expectationOf(t *testing.T, client string) expectation {
	t.Helper()
	b, err := os.ReadFile(fileOf(client))
	if err != nil {
		t.Fatal(err)
	}
	e, err := parse(fileOf(client), b)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The captures in found prove what is known: the monitors find the rule broken that the expectation names, and a capture
// whose last packet is taken away, or whose finding is unknown, would fail here.
func TestFound(t *testing.T) {
	root := filepath.Join("..", "found")
	count := map[string]int{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(root, strings.TrimSuffix(file, ".wire"))
		client, name, _ := strings.Cut(filepath.ToSlash(rel), "/")
		count[client]++
		t.Run(client+"/"+name, func(t *testing.T) {
			f, ok := expectationOf(t, client).of(name)
			if !ok {
				t.Fatalf("%s does not name it", fileOf(client))
			}
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, err := capture.Parse(file, b)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, x := range monitor.Check(c, monitor.Real) {
				ids = append(ids, x.ID)
			}
			if !slices.Contains(ids, f.rule) {
				t.Errorf("the monitors find %v broken, not %s", ids, f.rule)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, client := range []string{"python-paho", "MQTT.js", "Paho-C", "mosquitto_sub"} {
		if count[client] < 2 {
			t.Errorf("there are %d captures of %s", count[client], client)
		}
	}
}

// Each line of each expectation names a scenario of the suite, once.
func TestExpectations(t *testing.T) {
	all, err := scenario.Load(scenarios.FS())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range clients() {
		if c.known != nil || c.name == "umqtt.simple" {
			continue
		}
		e := expectationOf(t, c.name)
		if e.version == "" {
			t.Errorf("%s: no version", c.name)
		}
		seen := map[string]bool{}
		for _, f := range e.findings {
			if seen[f.pattern] {
				t.Errorf("%s: %s stands there twice", c.name, f.pattern)
			}
			seen[f.pattern] = true
			if !slices.ContainsFunc(all, func(sc *scenario.Scenario) bool {
				found, ok := expectation{findings: []finding{f}}.of(sc.Name)
				return ok && found == f
			}) {
				t.Errorf("%s: there is no scenario %s", c.name, f.pattern)
			}
		}
	}
}
