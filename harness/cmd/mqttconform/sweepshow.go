package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"umqtt/harness/sweep"
)

// goOn says how a sweep that was interrupted goes on.
func (o *sweepFlags) goOn(a app) {
	how := "with --state FILE it would go on from here"
	if o.state != "" {
		how = "the same command goes on from here, by " + o.state
	}
	fmt.Fprintf(a.stdout, "interrupted: this is not the whole sweep; %s\n", how)
}

// show writes what came of a sweep and returns the exit code.
func (o *sweepFlags) show(a app, plans []sweep.Pair, sum *sweep.Summary, interrupted bool) (int, error) {
	w := a.stdout
	for _, e := range sum.Errors {
		fmt.Fprintf(w, "FAIL  %s\n", e)
	}
	failed := 0
	for _, f := range sum.Failures {
		failed += 1 + f.Also
		fmt.Fprintf(w, "FAIL  %s under %v, and %d more points\n", planName(plans[f.Plan]), f.Run.Point, f.Also)
		fmt.Fprintf(w, "  %s\n", printable(fmt.Errorf("%s", f.Run.Message)))
		fmt.Fprintf(w, "  replay: %s\n", o.replay(a, plans[f.Plan], f.Run.Point))
		if f.File == nil && interrupted {
			continue
		}
		if err := o.write(a, plans[f.Plan], f); err != nil {
			return 0, &setupError{err}
		}
	}
	for _, f := range sum.Peer {
		fmt.Fprintf(w, "PEER  %s under %v, and %d more points\n", planName(plans[f.Plan]), f.Run.Point, f.Also)
		fmt.Fprintf(w, "  %s\n", printable(fmt.Errorf("%s", f.Run.Message)))
		fmt.Fprintf(w, "  replay: %s\n", o.replay(a, plans[f.Plan], f.Run.Point))
		p := plans[f.Plan]
		if err := writePeer(w, o.out, fileName(p.Subject.Name, p.Workload.Name, f.Run.Broken), f.Run); err != nil {
			return 0, err
		}
	}
	for _, k := range sortedKeys(sum.Known) {
		fmt.Fprintf(w, "the broker's known fault %s: %d points\n", k, sum.Known[k])
	}
	if sum.Resumed > 0 {
		fmt.Fprintf(w, "%d points were played before\n", sum.Resumed)
	}
	if sum.Unstruck > 0 {
		fmt.Fprintf(w, "%d points in which not every fault struck\n", sum.Unstruck)
	}
	rate := func(d time.Duration) float64 { return float64(sum.Played) / max(d.Seconds(), 1e-9) }
	fmt.Fprintf(w, "%.0f runs a second, %.0f a second of one processor; %v of virtual time; hash %s\n",
		rate(sum.Wall), rate(sum.CPU), sum.Virtual.Round(time.Second), sum.Hash)
	showPeer(w, len(sum.Peer))
	fmt.Fprintf(w, "%d points enumerated, %d played, %d failed\n", sum.Enumerated, sum.Played+sum.Resumed, failed)
	if failed > 0 || len(sum.Errors) > 0 {
		return exitFailed, nil
	}
	return exitOK, nil
}

// write writes the scenario of a failure.
func (o *sweepFlags) write(a app, p sweep.Pair, f sweep.Failure) error {
	switch {
	case o.out == "":
		return nil
	case f.File == nil:
		fmt.Fprintln(a.stdout, "  no scenario: it does not fail by itself, or not without what it needs")
		return nil
	}
	file := filepath.Join(o.out, fileName(p.Subject.Name, p.Workload.Name, f.Run.Broken)+".yaml")
	if err := putFile(file, f.File); err != nil {
		return err
	}
	mutant := ""
	if o.mutant != "" {
		mutant = " --mutant " + o.mutant
	}
	name, _, _ := strings.Cut(p.Subject.Name, "+")
	fmt.Fprintf(a.stdout, "  scenario: %s run --world simulated --seed %d --subject %s%s %s\n", a.program, o.seed, name, mutant, file)
	return nil
}

// notInNames are characters that the name of a scenario cannot have.
var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// fileName returns a name for a scenario made of words.
func fileName(words ...string) string {
	return strings.Trim(notInNames.ReplaceAllString(strings.ToLower(strings.Join(words, "-")), "-"), "-")
}

// replay is the command that plays one point again.
func (o *sweepFlags) replay(a app, p sweep.Pair, point sweep.Point) string {
	name, mutant, bad := strings.Cut(p.Subject.Name, "+")
	words := []string{a.program, "sweep", "--workload", p.Workload.Name}
	if !o.client.dashed {
		words = append(words, "--subject", name)
	}
	if bad && !o.client.dashed {
		words = append(words, "--mutant", mutant)
	}
	if o.seed != 0 {
		words = append(words, "--seed", strconv.FormatUint(o.seed, 10))
	}
	if o.misdeed != "" {
		words = append(words, "--misdeed", o.misdeed)
	}
	words = append(words, "--point", "'"+point.String()+"'")
	if o.client.dashed {
		words = append(words, "--")
		for _, w := range o.client.command {
			words = append(words, quoted(w))
		}
	}
	return strings.Join(words, " ")
}

func planName(p sweep.Pair) string { return p.Workload.Name + " with " + p.Subject.Name }
