package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"umqtt/harness/broker"
	"umqtt/harness/sweep"
)

// misdeedFlag adds the flag that has the embedded broker break a rule.
func misdeedFlag(flags *pflag.FlagSet, misdeed *string) {
	flags.StringVar(misdeed, "misdeed", "", "have the broker break a rule as `NAME` says: "+strings.Join(misdeeds(), ", "))
}

// misdeeds returns the names of what the broker can do wrong.
func misdeeds() []string {
	var names []string
	for _, m := range broker.Misdeeds() {
		names = append(names, m.Name)
	}
	return names
}

// checkMisdeed refuses a name that the broker has no misdeed of.
func checkMisdeed(name string) error {
	if _, ok := broker.FindMisdeed(name); !ok && name != "" {
		return usagef("--misdeed %s: the broker has %s", name, strings.Join(misdeeds(), ", "))
	}
	return nil
}

// writePeer writes the capture of a run with a finding about the broker to DIR/<name>.wire, and says where it is.
func writePeer(w io.Writer, dir, name string, r sweep.Run) error {
	switch {
	case len(r.Wire) == 0:
		return nil
	case dir == "":
		fmt.Fprintln(w, "  capture: with --out DIR")
		return nil
	}
	file := filepath.Join(dir, name+".wire")
	if err := putFile(file, r.Wire); err != nil {
		return &setupError{err}
	}
	fmt.Fprintf(w, "  capture: %s\n", file)
	return nil
}

// showPeer says how many findings there are about the broker.
func showPeer(w io.Writer, n int) {
	if n > 0 {
		fmt.Fprintf(w, "%s about the broker, which no client has to answer for\n", plural(n, "finding"))
	}
}
