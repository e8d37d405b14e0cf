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

// unseen are the kinds of findings of which no capture is kept, by client and pattern, and why. A kind is a rule and what
// was seen, and stands here by the first pattern that has it. What an API does, and what lies below MQTT, stands in no
// capture at all, and has no place here.
var unseen = map[string]string{
	"python-paho malformed/answer-of-another-type-to-qos-2/puback": absent,
	"python-paho malformed/publish-qos-3-flags/no-identifier":      absent,
	"MQTT.js malformed/answer-of-another-type-to-qos-2/puback":     absent,
	"MQTT.js publish/topic-names-of-wrong-bytes":                   absent,
	"MQTT.js qos2/clean-session-forgets":                           byStep,
	"MQTT.js subscribe/filters-of-wrong-bytes":                     absent,
	"Paho-C connect/texts-too-long/[cpu]*":                         long,
	"Paho-C connect/texts-too-long/will-topic":                     long,
	"Paho-C keepalive/message-longer-than-the-keep-alive":          long,
	"Paho-C publish/topic-names-of-wrong-bytes":                    long,
	"Paho-C subscribe/filters-of-wrong-bytes":                      long,
	"libmosquitto connect/texts-too-long/client-id":                long,
	"libmosquitto qos2/pubrec-lost-on-the-way-out/*":               delivery,
	"libmosquitto qos2/session-gone-while-receiving":               delivery,
	"mosquitto_sub qos2/pubrec-lost-on-the-way-out":                delivery,
	"paho keepalive/large-kept-message":                            long,
	"paho keepalive/not-late-after-traffic":                        slow,
	"paho malformed/connack-length-in-five-bytes/two":              absent,
	"paho publish/topic-names-of-wrong-bytes":                      long,
	"paho qos2/publish-at-the-end":                                 delivery,
	"paho keepalive/message-longer-than-the-keep-alive":            long,
	"paho network/half-closed-by-the-way":                          rare,
	"paho malformed/connack-length-in-five-bytes/largest":          absent,
	"at-wat malformed/connack-length-in-five-bytes/six-bytes":      absent,
	"at-wat network/cut-off-pubrel":                                absent,
	"at-wat qos2/pubrec-again":                                     absent,
}

const (
	absent   = "the scenario waits for a packet or an end that does not come, which no monitor demands"
	byStep   = "the scenario tells whose packet it is, and no monitor does"
	delivery = "the application gets a message twice, and a capture holds packets only"
	long     = "its packets are of 64 KiB and more"
	rare     = "it fails once in a while"
	slow     = "it is late by no more than a busy machine may be, which the monitors let pass over TCP"
)

// proves reports whether a capture can prove that a rule is broken: the rule is about packets.
func proves(rule string) bool {
	return !strings.HasPrefix(rule, "api-") && !strings.HasPrefix(rule, "MQTT-6.")
}

// fileOf returns the file of a client's expectation.
func fileOf(client string) string { return filepath.Join("..", "expect", client+".txt") }

func expectationOf(t *testing.T, client string) expectation {
	t.Helper()
	for _, c := range clients() {
		if c.name == client && c.known != nil {
			return c.known()
		}
	}
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
// whose last packet is taken away, or whose finding is unknown, would fail here. Each kind of finding of each client has one,
// or stands in unseen.
func TestFound(t *testing.T) {
	root := filepath.Join("..", "found")
	type kind struct{ client, rule, saw string }
	kept := map[kind]bool{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err == nil && file == filepath.Join(root, "sweep") {
			return fs.SkipDir // scenarios, which TestSweptFiles of the module's root plays
		}
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(root, strings.TrimSuffix(file, ".wire"))
		client, name, _ := strings.Cut(filepath.ToSlash(rel), "/")
		t.Run(client+"/"+name, func(t *testing.T) {
			f, ok := expectationOf(t, client).of(name)
			if !ok {
				t.Fatalf("what is known of %s does not name it", client)
			}
			kept[kind{client, f.rule, f.saw}] = true
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
	used := map[string]bool{}
	for _, c := range clients() {
		if c.name == "umqtt.simple" || c.asked { // without a list, or the second setup of a client
			continue
		}
		seen := map[kind]bool{}
		for _, f := range expectationOf(t, c.name).findings {
			k := kind{c.name, f.rule, f.saw}
			if seen[k] || !proves(f.rule) {
				continue
			}
			seen[k] = true
			name := c.name + " " + f.pattern
			reason := unseen[name]
			used[name] = reason != ""
			switch {
			case kept[k] && reason != "":
				t.Errorf("%s: there is a capture, although %s", name, reason)
			case !kept[k] && reason == "":
				t.Errorf("%s: there is no capture of %s: %s", name, f.rule, f.saw)
			}
		}
	}
	for name := range unseen {
		if !used[name] {
			t.Errorf("%s: there is no such finding", name)
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
		for _, f := range slices.Concat(e.findings, e.moot) {
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
