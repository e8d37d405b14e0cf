package main

import (
	"fmt"
	"io"
	"slices"
	"testing"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"umqtt/harness/explore"
	"umqtt/harness/judge"
	"umqtt/harness/scenario"
	"umqtt/harness/variant"
)

var variantsCommand = command{
	name:  "variants",
	args:  "[flags] [FILE|DIR…]",
	short: "play scenarios with variants: conforming clients that must not fail",
	long: `
Plays each scenario with each variant: a built-in subject with one behaviour that the standard allows. A scenario at
level must or should accuses a variant if it fails, warns or is inconclusive; what the API reports does not count. A
scenario that needs a feature that the variant lacks is skipped.

Each variant has one line: how many scenarios had each verdict, and in how many only the API failed. The accusations
follow it. The last line is "N variants, N spared, N accused". The exit code is 1 if a variant is accused.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("variants")
		o := &variantsFlags{}
		filterFlag(flags, &o.filters)
		flags.Var(&o.names, "variant", "only variants whose name matches this `GLOB`; may be given more than once")
		flags.IntVar(&o.pairs, "pairs", 0, "play `N` pairs of variants that can be combined, in place of single variants")
		flags.Uint64Var(&o.seed, "seed", 1, "`SEED` of the random choice of pairs")
		flags.StringVar(&o.world, "world", "simulated", "the world to play in: `simulated|real`")
		parallelFlag(flags, &o.parallel)
		flags.BoolVar(&o.list, "list", false, "list the variants and the rules that allow them, and play nothing")
		formatFlag(flags, &o.format)
		return flags, func(args []string) (int, error) { return o.run(a, args) }
	},
}

type variantsFlags struct {
	filters, names  globs
	pairs, parallel int
	seed            uint64
	world, format   string
	list            bool
}

// run plays the variants, or lists them.
func (o *variantsFlags) run(a app, args []string) (int, error) {
	text := o.format == "text"
	if _, err := choose("format", o.format, map[string]bool{"text": true, "json": true}); err != nil {
		return 0, err
	}
	world, err := choose("world", o.world, map[string]scenario.World{"simulated": scenario.Simulated, "real": scenario.Real})
	if err != nil {
		return 0, err
	}
	some := slices.DeleteFunc(variant.All(), func(v variant.Variant) bool {
		matches := func(glob string) bool { ok, _ := scenario.Match(glob, v.Name); return ok }
		return len(o.names) > 0 && !slices.ContainsFunc(o.names, matches)
	})
	if len(some) == 0 {
		return 0, usagef("no variant matches --variant %s (of %d; see mqttconform variants --list)", &o.names, len(variant.All()))
	}
	if o.pairs < 0 {
		return 0, usagef("--pairs %d: it must not be negative", o.pairs)
	}
	if o.parallel < 0 {
		return 0, usagef("--parallel %d: it cannot be negative", o.parallel)
	}
	if o.pairs > 0 {
		if some, err = explore.Pairs(some, o.pairs, o.seed); err != nil {
			return 0, usagef("--pairs %d: %v", o.pairs, err)
		}
	}
	if o.list {
		return exitOK, listVariants(a.stdout, some, text)
	}
	all, err := filteredSuite(args, o.filters)
	if err != nil {
		return 0, err
	}
	finish := func(sounds []explore.Sound) int {
		if text {
			writeSounds(a.stdout, sounds)
		} else if err := encode(a.stdout, soundsJSON(sounds)); err != nil {
			return a.fail("variants", &setupError{err})
		}
		if accused(sounds) > 0 {
			return exitFailed
		}
		return exitOK
	}
	workers := workersIn(world, o.parallel, false)
	if world == scenario.Real {
		if err := needLoopback(); err != nil {
			return 0, err
		}
		return finish(explore.Soundness(some, all, workers, explore.Real)), nil
	}
	return a.host(func(t *testing.T) int { return finish(explore.Soundness(some, all, workers, explore.InBubble(t))) }), nil
}

// verdicts is the order of columns.
var verdicts = []judge.Verdict{judge.Pass, judge.Fail, judge.Warn, judge.Info, judge.Inconclusive, judge.SetupError, judge.Unsupported}

// accused is how many variants are accused.
func accused(sounds []explore.Sound) int {
	n := 0
	for _, s := range sounds {
		if len(s.Accusations) > 0 {
			n++
		}
	}
	return n
}

func writeSounds(w io.Writer, sounds []explore.Sound) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(tw, "VARIANT")
	for _, v := range verdicts {
		fmt.Fprintf(tw, "\t%s", v)
	}
	fmt.Fprintln(tw, "\tapi\taccused")
	for _, s := range sounds {
		fmt.Fprint(tw, s.Variant.Name)
		for _, v := range verdicts {
			fmt.Fprintf(tw, "\t%d", s.Verdicts[v])
		}
		fmt.Fprintf(tw, "\t%d\t%d\n", len(s.APIFailures), len(s.Accusations))
	}
	tw.Flush()
	for _, s := range sounds {
		if len(s.Accusations) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s: %s\n  allowed: %s\n", s.Variant.Name, s.Variant.Does, s.Variant.Allows)
		for _, res := range s.Accusations {
			fmt.Fprintf(w, "  %s  %s: %s", res.Verdict, res.Scenario.Name, accusation(res))
		}
	}
	fmt.Fprintf(w, "\n%d variants, %d spared, %d accused\n", len(sounds), len(sounds)-accused(sounds), accused(sounds))
}

// accusation is why a result accuses, as text that ends in a newline.
func accusation(res *judge.Result) string {
	if res.Failure == nil {
		return fmt.Sprintln(res.Warnings)
	}
	return res.Failure.Report()
}

// soundness is a variant in the JSON report. No field is ever left out.
type soundness struct {
	Variant     string                `json:"variant"`
	Does        string                `json:"does"`
	Allows      string                `json:"allows"`
	Verdicts    map[judge.Verdict]int `json:"verdicts"`
	Accusations []blamed              `json:"accusations"`
	APIFailures []blamed              `json:"api_failures"`
}

// blamed is one accusation.
type blamed struct {
	Scenario string        `json:"scenario"`
	Verdict  judge.Verdict `json:"verdict"`
	Message  string        `json:"message"`
}

func soundsJSON(sounds []explore.Sound) []soundness {
	list := []soundness{}
	for _, s := range sounds {
		j := soundness{s.Variant.Name, s.Variant.Does, s.Variant.Allows, s.Verdicts, []blamed{}, []blamed{}}
		for _, res := range s.Accusations {
			j.Accusations = append(j.Accusations, blamed{res.Scenario.Name, res.Verdict, accusation(res)})
		}
		for _, res := range s.APIFailures {
			j.APIFailures = append(j.APIFailures, blamed{res.Scenario.Name, res.API, res.ReportAPI()})
		}
		list = append(list, j)
	}
	return list
}

// listVariants lists variants and what allows them.
func listVariants(w io.Writer, some []variant.Variant, text bool) error {
	if !text {
		var sounds []explore.Sound
		for _, v := range some {
			sounds = append(sounds, explore.Sound{Variant: v, Verdicts: map[judge.Verdict]int{}})
		}
		return encode(w, soundsJSON(sounds))
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "VARIANT\tWHAT IT DOES\tWHAT ALLOWS IT")
	for _, v := range some {
		fmt.Fprintf(tw, "%s\t%s\t%s\n", v.Name, v.Does, v.Allows)
	}
	return tw.Flush()
}
