package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// What the broker does wrong is listed once for each rule with its capture, and fails nothing.
func TestPeerFindings(t *testing.T) {
	runs := map[string]func(*testing.T, ...string) invoked{"sweep": sweeping, "swarm": swarming}
	for rule, args := range map[string][]string{
		"peer-order":    {"sweep", "--workload", "receive", "--subject", "simple", "--misdeed", "swaps", "--pairs", "0", "--oracle", "strong"},
		"publish-order": {"swarm", "--seeds", "1-40", "--subject", "simple", "--misdeed", "swaps"},
	} {
		t.Run(args[0], func(t *testing.T) {
			dir := t.TempDir()
			got := runs[args[0]](t, append(args[1:], "--out", dir)...).want(t, exitOK)
			for _, part := range []string{"PEER  ", "  " + rule + ": ", "  capture: " + dir, " --misdeed swaps", " about the broker, which no client has to answer for\n", ", 0 failed\n"} {
				if !strings.Contains(got.stdout, part) {
					t.Errorf("standard output lacks %q:\n%s", part, got.stdout)
				}
			}
			files, err := filepath.Glob(filepath.Join(dir, "*-peer-"+rule+".wire"))
			if err != nil || len(files) != 1 {
				t.Fatalf("captures %v, %v; want one of %s", files, err, rule)
			}
			invoke(t, "show", files[0]).want(t, exitOK)
			if got := runs[args[0]](t, args[1:]...).want(t, exitOK); !strings.Contains(got.stdout, "  capture: with --out DIR\n") {
				t.Errorf("it does not say how to have the capture:\n%s", got.stdout)
			}
		})
	}
	invoke(t, "sweep", "--misdeed", "no-such").want(t, exitUsage)
	invoke(t, "swarm", "--misdeed", "no-such", "--seeds", "1-2").want(t, exitUsage)
}
