package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// A QoS 1 message to one's own subscription and its PUBACK can change places; nothing else can.
func TestOrders(t *testing.T) {
	got := invoke(t, "orders", "--filter", "qos1/own-message", "--subject", "simple").want(t, exitOK)
	if want := "qos1/own-message  simple: 3 orders enumerated, 3 played, 0 pruned, 2 distinct traces\n"; got.stdout != want {
		t.Errorf("standard output %q, want %q", got.stdout, want)
	}
	got = invoke(t, "orders", "--filter", "qos1/own-message", "--bound", "2").want(t, exitOK)
	if !strings.Contains(got.stdout, " or more orders enumerated, 2 played, ") || !strings.Contains(got.stdout, "; the bound is reached\n") {
		t.Errorf("standard output %q", got.stdout)
	}
	invoke(t, "orders", "--bound", "0").want(t, exitUsage)
}

// Of orders that differ only in packets that touch nothing in common one is played, unless all are asked for.
func TestOrdersOfWorkloads(t *testing.T) {
	got := invoke(t, "orders", "--workload", "pipelined", "--subject", "ref").want(t, exitOK)
	if want := "pipelined  ref: 32 orders enumerated, 8 played, 24 pruned, 1 distinct traces\n"; got.stdout != want {
		t.Errorf("standard output %q, want %q", got.stdout, want)
	}
	got = invoke(t, "orders", "--workload", "pipelined", "--subject", "ref", "--all", "--bound", "40").want(t, exitOK)
	if want := "pipelined  ref: 40 or more orders enumerated, 40 played, 0 pruned, 1 distinct traces; the bound is reached\n"; got.stdout != want {
		t.Errorf("standard output %q, want %q", got.stdout, want)
	}
	got = invoke(t, "orders", "--workload", "pipelined", "--subject", "ref", "--choices", "0,1").want(t, exitOK)
	if last := lastLine(got.stdout); last != "1 passed, 0 failed, 0 skipped" {
		t.Errorf("standard output %q", got.stdout)
	}
	invoke(t, "orders", "--workload", "pipelined", "--filter", "qos1/own-message").want(t, exitUsage)
	invoke(t, "orders", "--workload", "no-such").want(t, exitFailed)
}

// oneOrder is a scenario that holds in the order of sending only.
func oneOrder(t *testing.T) string {
	t.Helper()
	return read(t, "../../explore/testdata/one-order.yaml")
}

// What fails in an order of its own is shown with the command that plays this order again, to the same
// end; in FIFO order it passes.
func TestOrdersShowWhatFails(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "one-order.yaml", oneOrder(t))
	got := invoke(t, "orders", "--subject", "simple", file).want(t, exitFailed)
	_, failure, _ := strings.Cut(got.stdout, "  fail: ")
	failure, replay, _ := strings.Cut(failure, "  replay: mqttconform ")
	for _, part := range []string{"receive: the callback got a message with ", "want: message topic=\"a\""} {
		if !strings.Contains(failure, part) {
			t.Errorf("standard output lacks %q:\n%s", part, got.stdout)
		}
	}
	args := strings.Fields(replay)
	if len(args) < 3 || args[0] != "orders" || args[1] != "--choices" || args[len(args)-1] != file {
		t.Fatalf("no command that plays it again:\n%s", got.stdout)
	}
	if got := invoke(t, args...).want(t, exitFailed); !strings.Contains(got.stdout, "capture: "+keepCapture+"\n") {
		t.Errorf("it does not say how to keep the capture:\n%s", got.stdout)
	}
	captures := filepath.Join(dir, "captures")
	again := invoke(t, append(args, "--captures", captures)...).want(t, exitFailed)
	wire := filepath.Join(captures, "simple", filepath.Base(dir), "one-order.wire")
	for _, part := range append(strings.Split(strings.TrimSpace(failure), "\n"), "capture: "+wire+"\n", "replay: mqttconform "+strings.TrimSpace(replay)+"\n") {
		if !strings.Contains(again.stdout, part) {
			t.Errorf("played again, it lacks %q:\n%s", part, again.stdout)
		}
	}
	if last := lastLine(again.stdout); last != "0 passed, 1 failed, 0 skipped" {
		t.Errorf("the last line is %q", last)
	}
	if text := read(t, wire); !strings.Contains(text, `< PUBLISH qos=1 dup=0 retain=0 topic="b"`) {
		t.Errorf("the capture lacks what came first:\n%s", text)
	}
	invoke(t, "run", "--world", "simulated", "--subject", "simple", file).want(t, exitOK)
}

func TestOrdersChoices(t *testing.T) {
	file := write(t, t.TempDir(), "one-order.yaml", oneOrder(t))
	for _, tt := range []struct {
		name, choices string
		code          int
		want          string
	}{
		{"FIFO", "", exitOK, "1 passed, 0 failed, 0 skipped\n"},
		{"FIFO by its first choice", "0", exitOK, "1 passed, 0 failed, 0 skipped\n"},
		{"one that is not there", "0,99", exitSetup, "choice 2 of the order is 99, but there were only 0 to "},
		{"more than there are", strings.Repeat("0,", 99) + "0", exitSetup, "the order has 100 choices, but the run had only "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := invoke(t, "orders", "--subject", "simple", "--choices", tt.choices, file).want(t, tt.code)
			if !strings.Contains(got.stdout, tt.want) {
				t.Errorf("no %q in\n%s", tt.want, got.stdout)
			}
		})
	}
	got := invoke(t, "orders", "--subject", "simple", "--choices", "0", "--captures", file, file).want(t, exitSetup)
	if !strings.Contains(got.stderr, "a capture could not be written") {
		t.Errorf("standard error:\n%s", got.stderr)
	}
}
