package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"umqtt/harness/judge"
	"umqtt/harness/report"
	"umqtt/harness/scenario"
)

// knownFailing reads the list of what is known to fail, for all scenarios that could be chosen.
func knownFailing(file string, all []*scenario.Scenario) (judge.Known, error) {
	if file == "" {
		return judge.Known{}, nil
	}
	b, err := readFile(file, maxList)
	if err != nil {
		return judge.Known{}, err
	}
	known, err := judge.ParseKnown(file, b)
	return known, errors.Join(err, known.Check(all))
}

// A knownWriter is a report that writes what fails as a list for --known-failing, with what is known already.
type knownWriter struct {
	file  string
	lines []string
	names map[string]bool
}

// Add implements [report.Report].
func (k *knownWriter) Add(res *judge.Result) {
	if v := res.Shown(); res.Stale || v != judge.KnownFail && v != judge.Fail && v != judge.APIFail || k.names[res.Scenario.Name] {
		return
	}
	if k.names == nil {
		k.names = map[string]bool{}
	}
	k.names[res.Scenario.Name] = true
	kind := res.Reason().Kind()
	reason := strings.Join(append(slices.Clone(kind.Rules[:min(len(kind.Rules), 1)]), kind.Reason), ": ")
	k.lines = append(k.lines, fmt.Sprintf("%s  # %s", literal(res.Scenario.Name), reason))
}

// End implements [report.Report].
func (k *knownWriter) End(bool) error {
	text := "# What is known to fail: a pattern a line, then the reason. See mqttconform help run.\n" + strings.Join(append(k.lines, ""), "\n")
	return os.WriteFile(k.file, []byte(text), 0o666)
}

var _ report.Report = (*knownWriter)(nil)
