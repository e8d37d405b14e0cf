package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/golden"
	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/scenario"
)

// TestRunGoldens holds which runs have goldens, and that one which differs fails the run.
func TestRunGoldens(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want bool
	}{
		{[]string{"--world", "simulated", "--filter", "qos1/*"}, true},
		{[]string{"--world", "simulated", "--strict", "--subject", "simple", "--filter", "qos1/*"}, true},
		{[]string{"--world", "real"}, false},
		{[]string{"--world", "simulated", "--seed", "1"}, false},
		{[]string{"--world", "simulated", "--settle", "2s"}, false},
		{[]string{"--world", "simulated", "--mutant", "connect-twice"}, false},
		{[]string{"--world", "simulated", "testdata/mixed"}, false},
	} {
		flags := newFlags("run")
		o := addRunFlags(flags)
		if err := flags.Parse(tt.args); err != nil {
			t.Fatal(err)
		}
		var stdout bytes.Buffer
		r, err := o.runner(app{stdout: &stdout, stderr: &stdout, host: func(body func(*testing.T) int) int { return body(t) }}, flags.Args())
		if err != nil {
			t.Fatal(err)
		}
		if got := r.golden != nil; got != tt.want {
			t.Errorf("%q: goldens %t, want %t", tt.args, got, tt.want)
		}
		if !tt.want {
			continue
		}
		r.golden = func(string, string, *capture.Capture) error { return errors.New("it is another") }
		if code := r.run(); code != exitFailed || !strings.Contains(stdout.String(), "\n    it is another\n") {
			t.Errorf("%q: exit code %d\n%s", tt.args, code, stdout.String())
		}
	}
}

func TestHoldAgainstGolden(t *testing.T) {
	changed := errors.New("it is another; keep it: go test ./golden -update")
	for _, tt := range []struct {
		name   string
		before judge.Verdict
		err    error
		want   judge.Verdict
	}{
		{"the golden", judge.Pass, nil, judge.Pass},
		{"no golden", judge.Pass, &golden.MissingError{}, judge.Pass},
		{"another", judge.Pass, changed, judge.Fail},
		{"another with a warning", judge.Warn, changed, judge.Fail},
		{"a failure", judge.Fail, changed, judge.Fail},
		{"not played", judge.Unsupported, changed, judge.Unsupported},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &capture.Capture{}
			res := &judge.Result{Scenario: &scenario.Scenario{Name: "a/b"}, Subject: "simple", Verdict: tt.before, Capture: c}
			holdAgainst(res, func(subject, scenario string, got *capture.Capture) error {
				if subject != "simple" || scenario != "a/b" || got != c {
					t.Errorf("compared %s %s", subject, scenario)
				}
				return tt.err
			})
			if res.Verdict != tt.want {
				t.Errorf("%s, want %s", res.Verdict, tt.want)
			}
			if replaced := res.Failure != nil; replaced != (tt.before != tt.want) {
				t.Errorf("failure %v", res.Failure)
			} else if replaced && res.Failure.Message != changed.Error() {
				t.Errorf("message %q", res.Failure.Message)
			}
		})
	}
}

// TestRunCaptures holds that what the simulated FIFO run writes are the goldens. Whether all of them
// are there is for the tests of package golden.
func TestRunCaptures(t *testing.T) {
	dir := t.TempDir()
	invoke(t, "run", "--world", "simulated", "--captures", dir, "--subject", "simple", "--filter", "publish/qos0-arrives", "--filter", "qos1/puback-lost")
	compared := 0
	all, err := suite(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, sc := range all {
		file := filepath.Join(dir, "simple", filepath.FromSlash(sc.Name)+".wire")
		text, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue // not chosen
		}
		want, err := golden.Load("simple", sc.Name)
		var missing *golden.MissingError
		if errors.As(err, &missing) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		compared++
		if diff := cmp.Diff(string(capture.Format(want)), string(text)); diff != "" {
			t.Errorf("%s (-golden +written):\n%s", sc.Name, diff)
		}
	}
	if compared == 0 {
		t.Error("no capture has a golden")
	}
}

// TestRunCapturesFailed holds that the capture of a failure is kept, in either world and whatever the
// reason, and that the report says where.
func TestRunCapturesFailed(t *testing.T) {
	for _, tt := range []struct {
		name, args string
		want       string // the file, below the folder
		last       string // a part of its last record
	}{
		{"simulated", "--world simulated --filter connect/fails testdata/mixed", "simple/connect/fails.wire", `0.000 > CONNECT level=4 clean=1 keepalive=0 id="c1"`},
		{"real", "--filter connect/fails testdata/mixed", "simple/connect/fails.wire", `> CONNECT level=4`},
		{"a mutant", "--world simulated --mutant connect-twice --filter connect/passes testdata/mixed", "simple+connect-twice/connect/passes.wire", "> CONNECT level=4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			args := append([]string{"run", "--subject", "simple", "--captures", dir}, strings.Fields(tt.args)...)
			file := filepath.Join(dir, filepath.FromSlash(tt.want))
			got := invoke(t, args...).want(t, exitFailed)
			if !strings.Contains(got.stdout, "\n      capture: "+file+"\n") {
				t.Errorf("no capture: %s in\n%s", file, got.stdout)
			}
			if text := read(t, file); !strings.Contains(text, tt.last) {
				t.Errorf("no %q in\n%s", tt.last, text)
			}
			d := decode(t, invoke(t, append(args, "--format", "json")...).stdout)
			if len(d.Results) != 1 || d.Results[0].Capture != file {
				t.Errorf("as JSON: %+v", d.Results)
			}
		})
	}
}

func TestRunCapturesReal(t *testing.T) {
	dir := t.TempDir()
	invoke(t, "run", "--captures", dir, "--subject", "simple", "testdata/mixed/connect/passes.yaml").want(t, exitOK)
	text := read(t, filepath.Join(dir, "simple", "connect", "passes.wire"))
	for line := range strings.Lines(text) {
		if strings.ContainsAny(line, "<>") && strings.HasPrefix(line, "   -.---") {
			t.Errorf("no time in %q", line)
		}
	}
	if !strings.HasPrefix(text, "mqtt-capture 1\n# connect/passes\n# measured times\n") {
		t.Errorf("got\n%s", text)
	}
}

func TestRunCapturesRefused(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "simple", "") // where the subject's folder would be
	got := invoke(t, "run", "--world", "simulated", "--captures", dir, "--subject", "simple", "testdata/mixed/connect/passes.yaml").want(t, exitSetup)
	if !strings.Contains(got.stderr, "a capture could not be written: ") {
		t.Errorf("standard error:\n%s", got.stderr)
	}
	if last := lastLine(got.stdout); last != "1 passed, 0 failed, 0 skipped" {
		t.Errorf("the last line is %q", last)
	}
}
