package fuzz

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"strings"
	"testing"
	"unicode"

	"umqtt/harness/scenario"
	"umqtt/scenarios"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Any file is refused with the place of each mistake, or read: then what Format writes of it is read as the same.
func FuzzLoader(f *testing.F) {
	for _, b := range loaderSeeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, input []byte) { checkLoader(t, scenario.ParseAll, scenario.Format, input) })
}

// loaderSeeds are files of the suite, one of each behaviour and those that stand for others, and wrong ones.
func loaderSeeds(t testing.TB) [][]byte {
	seeds := [][]byte{
		[]byte("title: a\nlevel: must\nwhy: b\ncovers: [MQTT-9.9.9-9]\npeer: script\nsteps:\n  - wait: -1s\n  - client fly:\n"),
		[]byte("title: &a [*a]\nsteps: {}\n"),
		[]byte("\x00"),
	}
	last := ""
	err := fs.WalkDir(scenarios.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".yaml" || path.Dir(name) == last {
			return err
		}
		last = path.Dir(name)
		b, err := fs.ReadFile(scenarios.FS(), name)
		seeds = append(seeds, b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return seeds
}

// unplaced compares scenarios but for where they stand.
var unplaced = cmp.Options{
	cmpopts.IgnoreFields(scenario.Scenario{}, "Name", "File", "Case"),
	cmpopts.IgnoreFields(scenario.Step{}, "Pos"),
	cmpopts.EquateEmpty(),
}

// checkLoader reads an input.
func checkLoader(t finder, parse func(string, []byte) ([]*scenario.Scenario, error), format func(*scenario.Scenario) []byte, input []byte) {
	const file = "dir/x.yaml"
	all, err := parse(file, input)
	if err != nil {
		checkMistakes(t, file, 1+bytes.Count(input, []byte("\n")), err)
		if len(all) > 0 {
			t.Errorf("%d scenarios beside the error", len(all))
		}
		return
	}
	if len(all) == 0 {
		t.Errorf("no scenario and no error")
	}
	for _, want := range all {
		text := format(want)
		got, err := parse(file, text)
		if err != nil {
			t.Errorf("%v\nin what was formatted:\n%s", err, text)
			continue
		}
		if diff := cmp.Diff(want, got[0], unplaced); diff != "" {
			t.Errorf("formatted and read again (-want +got):\n%s\n%s", diff, text)
		}
	}
}

// checkMistakes holds each mistake of a file to a place in it and one printable line.
func checkMistakes(t finder, file string, lines int, err error) {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for _, err := range list {
		e, ok := errors.AsType[*scenario.Error](err)
		switch {
		case !ok:
			t.Errorf("a %T: %v", err, err)
		case e.File != file || e.Line < 1 || e.Line > lines+1 || e.Col < 1:
			t.Errorf("%v stands nowhere in a file of %d lines", e, lines)
		case e.Msg == "" || strings.ContainsFunc(e.Msg, func(r rune) bool { return !unicode.IsPrint(r) }):
			t.Errorf("the text %q is not one line to print", e.Msg)
		}
	}
}

func TestLoaderFindsPlanted(t *testing.T) {
	seeds := loaderSeeds(t)
	sound := func(f finder, input []byte) { checkLoader(f, scenario.ParseAll, scenario.Format, input) }
	for name, plant := range map[string]struct {
		want   string
		parse  func(string, []byte) ([]*scenario.Scenario, error)
		format func(*scenario.Scenario) []byte
	}{
		"mistakes of the second line have no place": {"stands nowhere", func(file string, b []byte) ([]*scenario.Scenario, error) {
			all, err := scenario.ParseAll(file, b)
			if e, ok := errors.AsType[*scenario.Error](err); ok && e.Line == 2 {
				e.Line = 0
			}
			return all, err
		}, scenario.Format},
		"a step's time is not written": {"formatted and read again", scenario.ParseAll, func(s *scenario.Scenario) []byte {
			changed := *s
			changed.Steps = append([]scenario.Step{}, s.Steps...)
			for i := range changed.Steps {
				changed.Steps[i].Within = 0
			}
			return scenario.Format(&changed)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			hunt(t, plant.want, seeds, 300, sound, func(f finder, input []byte) { checkLoader(f, plant.parse, plant.format, input) })
		})
	}
}
