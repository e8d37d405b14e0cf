package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/scenario"
)

// TestRunText plays one scenario of each verdict; virtual time makes the whole text exact.
func TestRunText(t *testing.T) {
	want := `connect
  fail          simple   fails  0.000s
    The client connects under a name it was not given (level must)
    why: a client begins with CONNECT (3.1)
    testdata/mixed/connect/fails.yaml:7:5: expect CONNECT: the client sent CONNECT with client_id="c1", not "another"
      want: CONNECT client_id="another"
      got:  CONNECT level=4 clean=1 keepalive=0 id="c1"
      rule: MQTT-3.1.0-1 (section 3.1): CONNECT is the very first packet a client sends on a fresh connection.
      the last packets:
        record 0: conn 1 0.000 > CONNECT level=4 clean=1 keepalive=0 id="c1"
      capture: not kept; with --captures DIR it is
      replay: mqttconform run --world simulated --seed 0 --subject simple --filter connect/fails testdata/mixed
`
	got := invoke(t, "run", "--world", "simulated", "--subject", "simple", "--filter", "connect/fails", "testdata/mixed").want(t, exitFailed)
	want += `
failed:
  1 case: the client sent CONNECT with client_id=…, not …
    rule: MQTT-3.1.0-1 (section 3.1): CONNECT is the very first packet a client sends on a fresh connection.
    fail          simple   connect/fails

1 fail
api: 1 pass
0 passed, 1 failed, 0 skipped
`
	if diff := cmp.Diff(want, got.stdout); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	all := invoke(t, "run", "--world", "simulated", "--subject", "simple", "testdata/mixed").want(t, exitFailed)
	if diff := cmp.Diff([]string{
		"connect", "fail fails", "info informs", "pass passes", "unsupported real", "warn warns",
		"qos2", "unsupported needs",
		"will", "inconclusive given", "setup-error setup",
		"1 pass, 1 warn, 1 info, 1 fail, 1 setup-error, 1 inconclusive, 2 unsupported", "unsupported: 1 needs qos2", "api: 6 pass",
		"3 passed, 2 failed, 3 skipped",
	}, outline(all.stdout)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

var resultLine = regexp.MustCompile(`^  (\S+) +(?:simple|robust)\S* +(\S+)`)

// outline leaves the headings, a verdict and a name for each result, and the totals.
func outline(text string) []string {
	body, rest, _ := strings.Cut(text, "\n\n")
	var lines []string
	for line := range strings.Lines(body) {
		if m := resultLine.FindStringSubmatch(line); m != nil {
			lines = append(lines, m[1]+" "+m[2])
		} else if line[0] != ' ' {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	_, totals, _ := strings.Cut(rest, "\n\n")
	return append(lines, strings.Split(strings.TrimSpace(totals), "\n")...)
}

// TestRunReal plays the same over loopback TCP, many at once: the order is the same.
func TestRunReal(t *testing.T) {
	got := invoke(t, "run", "--subject", "simple", "testdata/mixed").want(t, exitFailed)
	if diff := cmp.Diff([]string{
		"connect", "fail fails", "info informs", "pass passes", "pass real", "warn warns",
		"qos2", "unsupported needs",
		"will", "inconclusive given", "setup-error setup",
		"2 pass, 1 warn, 1 info, 1 fail, 1 setup-error, 1 inconclusive, 1 unsupported", "unsupported: 1 needs qos2", "api: 7 pass",
		"4 passed, 2 failed, 2 skipped",
	}, outline(got.stdout)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRunExit holds the exit code of each kind of outcome.
func TestRunExit(t *testing.T) {
	for _, tt := range []struct {
		args string
		want int
		last string
	}{
		{"--filter connect/passes", exitOK, "1 passed, 0 failed, 0 skipped"},
		{"--filter connect/warns", exitOK, "1 passed, 0 failed, 0 skipped"},
		{"--filter connect/warns --strict", exitFailed, "0 passed, 1 failed, 0 skipped"},
		{"--filter connect/informs --strict", exitFailed, "0 passed, 1 failed, 0 skipped"},
		{"--filter connect/warns --require connect/w*", exitFailed, "0 passed, 1 failed, 0 skipped"},
		{"--filter connect/warns --require connect/informs --require umqtt --require api", exitOK, "1 passed, 0 failed, 0 skipped"},
		{"--filter qos2/*", exitFailed, "0 passed, 0 failed, 1 skipped"},
		{"--filter will/given", exitOK, "0 passed, 0 failed, 1 skipped"},
		{"--filter will/setup", exitSetup, "0 passed, 1 failed, 0 skipped"},
		{"--filter will/setup --filter connect/fails", exitFailed, "0 passed, 2 failed, 0 skipped"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			args := append([]string{"run", "--world", "simulated", "--subject", "simple", "testdata/mixed"}, strings.Fields(tt.args)...)
			got := invoke(t, args...).want(t, tt.want)
			if last := lastLine(got.stdout); last != tt.last {
				t.Errorf("the last line is %q, want %q", last, tt.last)
			}
		})
	}
}

// decoded is what the tests want of a JSON report.
type decoded struct {
	World   string
	Mutant  string
	Seed    uint64
	Results []struct {
		Scenario, Subject, Verdict, Capture, Replay, Position, Trace string
	}
	Passed, Failed, Skipped int
}

func decode(t *testing.T, text string) decoded {
	t.Helper()
	var d decoded
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return d
}

func TestRunJSON(t *testing.T) {
	got := invoke(t, "run", "--world", "simulated", "--seed", "3", "--subject", "simple", "--format", "json", "testdata/mixed").want(t, exitFailed)
	d := decode(t, got.stdout)
	if d.World != "simulated" || d.Seed != 3 || len(d.Results) != 8 || d.Passed != 3 || d.Failed != 2 || d.Skipped != 3 {
		t.Errorf("%+v", d)
	}
	if last := lastLine(got.stderr); last != "3 passed, 2 failed, 3 skipped" {
		t.Errorf("the last line of standard error is %q", last)
	}
}

// TestRunAgain holds that a simulated run is the same each time, however many are played at once, and
// that the replay command of each result plays that result alone, with the same trace.
func TestRunAgain(t *testing.T) {
	args := []string{"run", "--world", "simulated", "--seed", "11", "--format", "json", "--settle", "2s", "testdata/mixed"}
	first := invoke(t, args...)
	if again := invoke(t, append(args, "--parallel", "7")...); again.stdout != first.stdout {
		t.Errorf("another run (-first +again):\n%s", cmp.Diff(first.stdout, again.stdout))
	}
	replayed := 0
	for _, r := range decode(t, first.stdout).Results {
		if r.Replay == "" {
			continue
		}
		words := strings.Fields(r.Replay)
		d := decode(t, invoke(t, append(words[1:], "--format", "json")...).stdout)
		if len(d.Results) != 1 || d.Results[0] != r {
			t.Errorf("%s: got %+v, want %+v", r.Replay, d.Results, r)
		}
		replayed++
	}
	if replayed == 0 {
		t.Error("no result says how to play it again")
	}
}

// TestRunSuite plays the built-in suite, a part of it without a seed. Whether it passes is for the tests of package harness.
func TestRunSuite(t *testing.T) {
	for _, args := range [][]string{{"--world", "simulated", "--filter", "qos1/*"}, {"--world", "simulated", "--seed", "5"}} {
		got := invoke(t, append([]string{"run"}, args...)...)
		var passed, failed, skipped int
		if _, err := fmt.Sscanf(lastLine(got.stdout), "%d passed, %d failed, %d skipped", &passed, &failed, &skipped); err != nil {
			t.Fatalf("%v: the last line is %q: %v", args, lastLine(got.stdout), err)
		}
		if passed == 0 || (failed == 0) != (got.code == exitOK) {
			t.Errorf("%v: exit code %d and %q", args, got.code, lastLine(got.stdout))
		}
	}
}

func TestWorkers(t *testing.T) {
	if s, r := workersIn(scenario.Simulated, 0, false), workersIn(scenario.Real, 0, false); s < 1 || r != 48*s {
		t.Errorf("%d simulated, %d real", s, r)
	}
}
