package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"umqtt/harness/judge"
	"umqtt/harness/scenario"
)

var listCommand = command{
	name:  "list",
	args:  "[flags] [FILE|DIR…]",
	short: "list scenarios with level, peer, world, needs and title, or mutants",
	long: `
Lists the scenarios of the built-in suite, or of the files and directories named, sorted by behaviour. WORLD is both,
simulated or real; NEEDS is what a client must be able to do for the scenario to be played with it. JSON output also
has for each scenario its file, what it covers, why it does not play in both worlds, its former names, and a hash of
all that decides its verdict.

With --mutants it lists the names for run --mutant, the statements that each mutant violates and what it does wrong;
JSON output also has the subjects to which it applies. --filter then selects names of mutants.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("list")
		var chosen selection
		var format string
		chosen.add(flags)
		formatFlag(flags, &format)
		mutants := flags.Bool("mutants", false, "list mutants in place of scenarios")
		return flags, func(args []string) (int, error) {
			if *mutants {
				return a.listMutants(args, chosen.filters, format)
			}
			write, err := choose("format", format, map[string]func(io.Writer, []*scenario.Scenario) error{"text": listText, "json": listJSON})
			if err != nil {
				return 0, err
			}
			all, err := suite(args)
			if err != nil {
				return 0, err
			}
			if all, err = chosen.of(all); err != nil {
				return 0, err
			}
			if err := write(a.stdout, all); err != nil {
				return 0, &setupError{err}
			}
			return exitOK, nil
		}
	},
}

func listText(w io.Writer, all []*scenario.Scenario) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "SCENARIO\tLEVEL\tPEER\tWORLD\tNEEDS\tTITLE")
	for _, sc := range all {
		needs := strings.Join(strs(sc.Needs), ",")
		if needs == "" {
			needs = "-"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\n", sc.Name, sc.Level, sc.Peer, sc.World, needs, judge.Printable(sc.Title))
	}
	return tw.Flush()
}

// entry is a scenario in the JSON list. No field is ever left out.
type entry struct {
	Scenario   string   `json:"scenario"`
	File       string   `json:"file"`
	Title      string   `json:"title"`
	Level      string   `json:"level"`
	Peer       string   `json:"peer"`
	World      string   `json:"world"`
	Reason     string   `json:"reason"`
	Needs      []string `json:"needs"`
	Statements []string `json:"statements"`
	Steps      int      `json:"steps"`
	Hash       string   `json:"hash"`
	Aliases    []string `json:"aliases"`
}

func listJSON(w io.Writer, all []*scenario.Scenario) error {
	entries := []entry{}
	for _, sc := range all {
		entries = append(entries, entry{
			Scenario: sc.Name, File: sc.File, Title: sc.Title, Level: string(sc.Level), Peer: string(sc.Peer), World: string(sc.World),
			Reason: sc.Reason, Needs: strs(sc.Needs), Statements: strs(sc.Covers), Steps: len(sc.Steps),
			Hash: sc.Hash(), Aliases: strs(sc.Aliases),
		})
	}
	return encode(w, entries)
}

// encode writes a value as one JSON document.
func encode(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(judge.PrintableJSON(b.Bytes()))
	return err
}

// strs returns a slice of texts, which is not nil.
func strs[T ~string](list []T) []string {
	texts := []string{}
	for _, v := range list {
		texts = append(texts, string(v))
	}
	return texts
}
