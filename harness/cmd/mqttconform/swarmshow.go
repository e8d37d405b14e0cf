package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"umqtt/harness/swarm"
)

// rest is the command that plays the seeds from one on, with what the swarm that took so long has left of its time.
func (o *swarmFlags) rest(a app, from uint64, took time.Duration) string {
	words := []string{a.program, "swarm", "--seeds", fmt.Sprintf("%d-%d", from, o.seeds.to)}
	if o.limit > 0 {
		words = append(words, "--for", max(o.limit-took, time.Second).Round(time.Second).String())
	}
	for _, s := range o.subjects {
		words = append(words, "--subject", s)
	}
	for _, w := range []struct{ flag, value string }{{"--mutant", o.mutant}, {"--shard", o.shard.String()}, {"--out", o.out}} {
		if w.value != "" {
			words = append(words, w.flag, w.value)
		}
	}
	if o.odd {
		words = append(words, "--odd")
	}
	return strings.Join(words, " ")
}

// show writes what came of a swarm and returns the exit code.
func (o *swarmFlags) show(a app, clients []swarm.Client, y *swarm.Tally, wall, cpu time.Duration) (int, error) {
	w := a.stdout
	failed := 0
	for _, f := range y.Failures {
		failed += 1 + f.Also
		fmt.Fprintf(w, "FAIL  seed %d with %s breaks %s, and %d more runs\n", f.Seed, clients[f.Client].Subject.Name, f.Run.Broken, f.Also)
		o.shown(a, clients, f)
		if err := o.write(a, clients, f); err != nil {
			return 0, &setupError{err}
		}
	}
	for _, f := range y.Peer {
		fmt.Fprintf(w, "PEER  seed %d with %s, and %d more runs\n", f.Seed, clients[f.Client].Subject.Name, f.Also)
		o.shown(a, clients, f)
		name := fileName(clients[f.Client].Subject.Name, "seed", strconv.FormatUint(f.Seed, 10), f.Run.Broken)
		if err := writePeer(w, o.out, name, f.Run); err != nil {
			return 0, err
		}
	}
	for _, k := range sortedKeys(y.Known) {
		fmt.Fprintf(w, "the broker's known fault %s: %d runs\n", k, y.Known[k])
	}
	showMet(w, y)
	if y.Runs < swarm.Enough*len(clients) {
		fmt.Fprintf(w, "fewer than %d seeds: situations that were not reached prove nothing\n", swarm.Enough)
	}
	fmt.Fprintf(w, "%.0f runs a second, %.0f a second of one processor; %v of virtual time; hash %s\n",
		float64(y.Runs)/max(wall.Seconds(), 1e-9), float64(y.Runs)/max(cpu.Seconds(), 1e-9), y.Virtual.Round(time.Second), y.Hash)
	showPeer(w, len(y.Peer))
	fmt.Fprintf(w, "%d runs, %d failed\n", y.Runs, failed)
	if failed > 0 || len(y.Blind(swarm.Enough)) > 0 {
		return exitFailed, nil
	}
	return exitOK, nil
}

// showMet writes what the runs of a swarm have met, and what they had to meet and have not.
func showMet(w io.Writer, y *swarm.Tally) {
	for _, s := range swarm.Sometimes() {
		if y.Open[s.Name] > 0 {
			fmt.Fprintf(w, "%7d  %-18s  %s\n", y.Reached[s.Name], s.Name, s.Doc)
		}
	}
	if y.Void > 0 {
		fmt.Fprintf(w, "%d runs prove nothing: their faults cannot be together\n", y.Void)
	}
	for _, s := range y.Blind(swarm.Enough) {
		fmt.Fprintf(w, "BLIND  %s: none of %d runs that could have met it did\n", s.Name, y.Open[s.Name])
	}
}

// shown writes what a failure says and the command that plays it again.
func (o *swarmFlags) shown(a app, clients []swarm.Client, f swarm.Failure) {
	fmt.Fprintf(a.stdout, "  %s\n", printable(errors.New(f.Run.Message)))
	fmt.Fprintf(a.stdout, "  replay: %s\n", o.replay(a, clients, f))
}

// replay is the command that plays the seed of a failure again.
func (o *swarmFlags) replay(a app, clients []swarm.Client, f swarm.Failure) string {
	name, mutant, bad := strings.Cut(clients[f.Client].Subject.Name, "+")
	words := []string{a.program, "swarm", "--seeds", fmt.Sprintf("%d-%d", f.Seed, f.Seed), "--subject", name}
	if bad {
		words = append(words, "--mutant", mutant)
	}
	if o.odd {
		words = append(words, "--odd")
	}
	if o.misdeed != "" {
		words = append(words, "--misdeed", o.misdeed)
	}
	return strings.Join(words, " ")
}

// write writes the scenario of a failure.
func (o *swarmFlags) write(a app, clients []swarm.Client, f swarm.Failure) error {
	switch {
	case o.out == "":
		return nil
	case f.File == nil:
		fmt.Fprintln(a.stdout, "  no scenario: it does not fail by itself, or not without what it needs")
		return nil
	}
	name, mutant, bad := strings.Cut(clients[f.Client].Subject.Name, "+")
	file := filepath.Join(o.out, fileName(clients[f.Client].Subject.Name, "seed", strconv.FormatUint(f.Seed, 10), f.Run.Broken)+".yaml")
	if err := putFile(file, f.File); err != nil {
		return err
	}
	if bad {
		mutant = " --mutant " + mutant
	}
	fmt.Fprintf(a.stdout, "  scenario: %s run --world simulated --seed %d --subject %s%s %s\n", a.program, f.Order, name, mutant, file)
	return nil
}
