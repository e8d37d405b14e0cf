package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestUsage holds that each mistake in the command line is named, on standard error, with exit code 2.
func TestUsage(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"", "Commands:"},
		{"plaay", `there is no command "plaay"; it may be run, serve, proxy, merge`},
		{"rnu", `there is no command "rnu"; did you mean run? it may be`},
		{"completion tcsh", "completion needs the name of a shell: bash, zsh"},
		{"completion", "completion needs the name of a shell"},
		{"help plaay", `there is no command "plaay"`},
		{"run --wrold real", "unknown flag: --wrold; did you mean --world?"},
		{"run --xyzzy", "unknown flag: --xyzzy\nsee: "},
		{"run --level most", `--level "most": it may be must, should, may, policy`},
		{"run --tag smok", `--tag "smok": no scenario has it; did you mean smoke? there are smoke`},
		{"run --tag x testdata/mixed", "there are none"},
		{"run --statement MQTT-4.4.0-9", `--statement "MQTT-4.4.0-9": there is no such rule; did you mean MQTT-4.4.0-1?`},
		{"run --features qos1,qos3", `there is no feature "qos3"; did you mean qos1? (see mqttconform features)`},
		{"run --features qos1,-will", "features are either listed, or each has + or - before it"},
		{"run --shard 4/3", `invalid argument "4/3" for "--shard" flag: it is I/N, with I from 1 to N`},
		{"run --shard 0/3", `invalid argument "0/3"`},
		{"run --shard 2", `invalid argument "2"`},
		{"run --failed-first a --only-failed b", "--failed-first and --only-failed exclude each other"},
		{"run --only-failed testdata/absent", "no such file"},
		{"run --failed-first main.go", "main.go: no JSON of a run"},
		{"run --flaky testdata/absent", "no such file"},
		{"merge", "merge needs the JSON reports"},
		{"merge main.go", "main.go: no JSON of a run"},
		{"new", "new needs one name"},
		{"new qos1", `new "qos1": a name is a behaviour and what is special`},
		{"new qos1/a/b", `new "qos1/a/b"`},
		{"new qos1/My_Case", `new "qos1/My_Case": `},
		{"run --world both", `--world "both": it may be real or simulated`},
		{"run --world", "flag needs an argument: --world"},
		{"run --format xml", `--format "xml": it may be json or text`},
		{"run --seed -1", `invalid argument "-1" for "--seed"`},
		{"run --seed x", `invalid argument "x" for "--seed"`},
		{"run --settle 5", `invalid argument "5" for "--settle"`},
		{"run --settle -1s", "--settle -1s: it cannot be negative"},
		{"run --parallel -1", "--parallel -1: it cannot be negative"},
		{"run --timeout 0s", "--timeout 0s: it must be positive"},
		{"run --subject nobody", `--subject "nobody": it may be simple`},
		{"run --mutant tame", `--mutant "tame": there is no mutant of that name; mqttconform list --mutants shows all `},
		{"run --mutant nopuback", `--mutant "nopuback": there is no mutant of that name; did you mean no-puback? mqttconform list --mutants`},
		{"run --filter [ testdata/absent", `invalid argument "[" for "--filter" flag: syntax error in pattern; a [ that stands for itself is written \[`},
		{"run --filter * --filter qos1/[a", `invalid argument "qos1/[a"`},
		{"list --filter nothing*[", `invalid argument "nothing*["`},
		{"orders --filter x\\", "syntax error in pattern"},
		{"run --", "there is no command after --"},
		{"run --world simulated -- shim", "plays in the real world only"},
		{"run --subject simple -- shim", "--subject is for the built-in subjects"},
		{"run --mutant no-dup -- shim", "--mutant is for the built-in subjects"},
		{"run --exec x -- shim", "--exec and a command after -- exclude each other"},
		{"run --exec-output {payload}", "--exec-output goes with --exec"},
		{"shim-test", "shim-test takes the shim after --"},
		{"run testdata/absent", "testdata/absent: no such file"},
		{"run perl shim.pl", "perl: no such file or directory (the command of a client follows --)"},
		{"run testdata/wrong", "testdata/wrong/one.yaml:2:10: covers[0]: "},
		{"run main.go", "main.go:1:1: the name of a scenario ends in .yaml"},
		{"list --format xml", `--format "xml"`},
		{"list testdata/absent", "no such file"},
		{"list --mutants --format xml", `--format "xml"`},
		{"list --mutants testdata/mixed", `list --mutants: the mutants are in no file: "testdata/mixed" is one too many`},
		{"orders --captures d", "--captures is for one order: it needs --choices"},
		{"orders --choices 0,-1", `--choices "0,-1": it may be whole numbers from 0 on`},
		{"orders --choices 0,,1", `--choices "0,,1"`},
		{"orders --choices 0 --filter qos1/own-message", "--choices are an order of one scenario with one subject; --filter and --subject leave 1 scenario with 3 subjects"},
		{"orders --choices 0 --subject simple --filter connect/real testdata/mixed", "--choices: connect/real with simple has no orders: "},
		{"compare --times -1s a b", "--times -1s: it cannot be negative"},
		{"compare --timeless --times 1s a b", "--timeless and --times exclude each other"},
		{"variants --variant nobody", "no variant matches --variant nobody (of 80; see mqttconform variants --list)"},
		{"variants --world dream", `--world "dream": it may be real or simulated`},
		{"variants --format xml", `--format "xml"`},
		{"variants --pairs -1", "--pairs -1: it must not be negative"},
		{"variants --pairs 1 --variant ref-window-1", "--pairs 1: there are 0 pairs of these variants, not 1"},
		{"variants --parallel -1", "--parallel -1: it cannot be negative"},
		{"run --require umqt", `require "umqt": it is no profile and selects no scenario; did you mean umqtt?`},
		{"run --require recconect/*", `did you mean reconnect/*?`},
		{"run --require ap", `did you mean api?`},
		{"run --require [", `require "[": syntax error in pattern`},
		{"explain", "explain needs the id of a rule"},
		{"explain MQTT-4.4.0-1 MQTT-4.4.0-9", `explain "MQTT-4.4.0-9": there is no rule, feature, profile or scenario of that name; did you mean MQTT-4.4.0-1?`},
		{"explain qos1/puback-lst", "did you mean qos1/puback-lost?"},
		{"explain keep-alife", "did you mean keep-alive?"},
		{"explain xyzzyxyzzyxyzzy", "of that name\n"},
		{"features qos1", "features takes no arguments"},
		{"features --format xml", `--format "xml"`},
		{"check", "check needs files or directories"},
		{"check -- a.yaml", "only run, shim-test and sweep take a command after --"},
		{"show", "show needs captures"},
		{"show testdata/absent.wire", "no such file"},
		{"show main.go", "main.go:1:1: not a capture"},
		{"compare one.wire", "compare needs two captures, not 1"},
		{"compare a b c", "compare needs two captures, not 3"},
		{"compare - -", "only one of the captures can be standard input"},
		{"compare absent.wire absent.wire", "absent.wire: no such file"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			got := invoke(t, strings.Fields(tt.args)...).want(t, exitUsage)
			if !strings.Contains(got.stderr, tt.want) {
				t.Errorf("no %q in\n%s", tt.want, got.stderr)
			}
			if got.stdout != "" {
				t.Errorf("standard output has\n%s", got.stdout)
			}
		})
	}
}

// TestNothingLeft holds that a selection which leaves nothing is no success, and no wrong usage.
func TestNothingLeft(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"run --filter nothing/*", "no scenario matches --filter nothing/* (of "},
		{"list --filter nothing", "no scenario matches"},
		{"list --mutants --filter nothing", "no mutant matches"},
		{"variants --filter nothing", "no scenario matches"},
		{"run --tag smoke --exclude *", "--exclude * --tag smoke"},
		{"run --level policy --statement MQTT-3.1.2-4", "no scenario is left of "},
		{"run --world simulated --subject simple --filter qos2/arrives", "nothing was played: every scenario is unsupported"},
		{"run --world simulated --subject simple --filter qos1/* --features unsubscribe --exclude *ids --level must", "nothing was played"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			got := invoke(t, strings.Fields(tt.args)...).want(t, exitFailed)
			if !strings.Contains(got.stderr, tt.want) {
				t.Errorf("no %q in\n%s", tt.want, got.stderr)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	overview := invoke(t, "help").want(t, exitOK)
	var stdout bytes.Buffer
	if code := run([]string{"help"}, nil, &stdout, nil); code != exitOK || stdout.String() != overview.stdout {
		t.Errorf("run is not what the tests invoke: exit code %d\n%s", code, stdout.String())
	}
	for _, args := range [][]string{{"--help"}, {"-h"}} {
		if got := invoke(t, args...).want(t, exitOK); got.stdout != overview.stdout {
			t.Errorf("%v is not help:\n%s", args, got.stdout)
		}
	}
	for _, c := range commands() {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(overview.stdout, c.short) {
				t.Errorf("help does not list it:\n%s", overview.stdout)
			}
			got := invoke(t, "help", c.name).want(t, exitOK)
			if again := invoke(t, c.name, "--help").want(t, exitOK); again.stdout != got.stdout {
				t.Errorf("--help shows another text than help:\n%s", again.stdout)
			}
			for _, part := range []string{"Usage: " + c.usage() + "\n", strings.TrimSpace(c.long), "Exit codes:"} {
				if !strings.Contains(got.stdout, part) {
					t.Errorf("no %q in\n%s", part, got.stdout)
				}
			}
			flags, _ := c.make(app{})
			flags.VisitAll(func(f *pflag.Flag) {
				if f.Usage == "" || !strings.Contains(got.stdout, "--"+f.Name+" ") {
					t.Errorf("--%s is not documented", f.Name)
				}
			})
		})
	}
}
