package report_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/judge"
	"umqtt/harness/mutant"
	"umqtt/harness/play"
	"umqtt/harness/report"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/scenarios"
)

var update = flag.Bool("update", false, "rewrite testdata/failures.txt from what the reports say now")

// failures are failures of different kinds: a built-in subject that misbehaves, and a scenario that notices. The
// golden shows them as a user sees them, to be read: does each say what the client did, what it should have
// done, and by which rule?
var failures = []struct {
	subject, mutant, scenario string
	doc                       string                                // of what wrap does wrong
	wrap                      func(subject.Subject) subject.Subject // in place of a mutant
	foreign                   bool                                  // the subject is judged as a user's own client
}{
	{subject: "simple", mutant: "no-puback", scenario: "qos1/puback-after-own-delivery"},
	{subject: "simple", mutant: "puback-wrong-id", scenario: "network/cut-within-a-message"},
	{subject: "simple", mutant: "resend-without-dup", scenario: "qos1/puback-lost"},
	{subject: "simple", mutant: "connect-twice", scenario: "connect/plain"},
	{subject: "simple", mutant: "publish-qos3", scenario: "keepalive/publish-waits"},
	{subject: "simple", mutant: "malformed-tolerated", scenario: "malformed/publish-qos-3"},
	{subject: "simple", mutant: "no-pingreq", scenario: "keepalive/only-receives"},
	{subject: "simple", mutant: "pingresp-not-missed", scenario: "keepalive/silent-peer"},
	{subject: "simple", mutant: "keep-alive-one-byte", scenario: "keepalive/longest"},
	{subject: "simple", mutant: "publish-after-disconnect", scenario: "connect/disconnect-is-last"},
	{subject: "simple", mutant: "open-after-disconnect", scenario: "connect/disconnect-is-last"},
	{subject: "simple", mutant: "retry-unasked", scenario: "keepalive/publish-waits"},
	{subject: "simple", mutant: "retain-lost", scenario: "publish/retained"},
	{subject: "simple", mutant: "byte-order-mark-stripped", scenario: "subscribe/bom-kept"},
	{subject: "simple", mutant: "truncated-message", scenario: "network/cut-within-a-qos-0-message"},
	{subject: "simple", mutant: "deaf-while-waiting", scenario: "network/packets-astride"},
	{subject: "simple", mutant: "any-puback", scenario: "qos1/puback-of-another"},
	{subject: "simple", mutant: "refusal-ignored", scenario: "connect/refused/not-authorized"},
	{subject: "simple", mutant: "waits-for-ever", scenario: "qos1/timed-out-stays-in-flight"},
	{subject: "simple", mutant: "connack-awaited-for-ever", scenario: "connect/connack-never-comes"},
	{subject: "ref", mutant: "suback-codes-shifted", scenario: "subscribe/several-filters", foreign: true},
	{subject: "ref", mutant: "pubrec-wrong-order", scenario: "qos2/pubrecs-in-order"},
	{subject: "robust", mutant: "resend-wrong-order", scenario: "qos1/resend-order"},
	{subject: "robust", mutant: "constant-backoff", scenario: "reconnect/backoff-grows"},
	{subject: "robust", mutant: "resubscribes-at-qos-0", scenario: "reconnect/clean-session-resubscribes"},
	{subject: "simple", doc: "panics when it disconnects", scenario: "connect/disconnect-is-last", wrap: func(s subject.Subject) subject.Subject { return panics{s} }},
	{subject: "simple", doc: "leaves a goroutine behind", scenario: "connect/plain", wrap: func(s subject.Subject) subject.Subject { return leaves{s} }},
	{subject: "simple", doc: "reports the outcome of a publish twice", scenario: "qos1/puback-lost", wrap: func(s subject.Subject) subject.Subject { return twice{s} }},
}

// panics is a subject that panics when it disconnects, with control characters in the value.
type panics struct{ subject.Subject }

func (panics) Disconnect(context.Context) error { panic("nil map\n\x1b[2J") }

// leaves is a subject that leaves a goroutine behind.
type leaves struct{ subject.Subject }

func (s leaves) Connect(ctx context.Context, o subject.Options) (bool, error) {
	go func() { <-make(chan bool) }()
	return s.Subject.Connect(ctx, o)
}

// twice is a subject that reports the outcome of a publish twice.
type twice struct{ subject.Subject }

func (s twice) Publish(ctx context.Context, m subject.Message, done func(error)) {
	s.Subject.Publish(ctx, m, func(err error) { done(err); done(err) })
}

// wrapped returns a factory whose subjects are wrapped, and serve their connection as before.
func wrapped(f subject.Factory, wrap func(subject.Subject) subject.Subject) subject.Factory {
	made := f.New
	f.New = func(env subject.Env) (subject.Subject, error) {
		s, err := made(env)
		if err != nil {
			return nil, err
		}
		w := wrap(s)
		if idler, ok := s.(subject.Idler); ok {
			return struct {
				subject.Subject
				subject.Idler
			}{w, idler}, nil
		}
		return w, nil
	}
	return f
}

// stack matches the stacks in a report, which depend on the machine.
var stack = regexp.MustCompile(`(?m)^( *goroutines:\n)(?:        .*\n)+`)

// reported plays the failures and returns what a user sees of them.
func reported(t *testing.T) string {
	t.Helper()
	all, err := scenario.Load(scenarios.FS())
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*scenario.Scenario{}
	for _, sc := range all {
		byName[sc.Name] = sc
	}
	factories := map[string]subject.Factory{}
	for _, f := range subject.Builtin() {
		factories[f.Name] = f
	}
	var b bytes.Buffer
	for i, row := range failures {
		f, sc := factories[row.subject], byName[row.scenario]
		if f.New == nil || sc == nil {
			t.Errorf("there is no subject %s or no scenario %s", row.subject, row.scenario)
			continue
		}
		what := "it " + row.doc
		if row.wrap != nil {
			f = wrapped(f, row.wrap)
		} else {
			m, ok := mutant.Find(row.mutant)
			if !ok {
				t.Errorf("there is no mutant %s", row.mutant)
				continue
			}
			f, what = m.Apply(f), "it "+m.Doc
		}
		f.Name = row.subject
		var res *judge.Result
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			res = play.Simulated(t, sc, f, play.Options{Require: judge.Require("umqtt"), Foreign: row.foreign})
		})
		if res.Failure == nil && len(res.APIFailures) == 0 {
			t.Errorf("%d: %s with %s is a %s, and no failure", i+1, row.mutant, row.scenario, res.Verdict)
		}
		if row.wrap != nil && i < len(failures)-1 && !strings.Contains(res.Report(), "failures_test.go") {
			t.Errorf("%d: the stacks do not show the client:\n%s", i+1, res.Report())
		}
		fmt.Fprintf(&b, "# %d. %s\n", i+1, what)
		rep := report.NewText(&b, report.Options{})
		rep.Add(res)
		b.WriteString("\n")
	}
	return stack.ReplaceAllString(b.String(), "$1        (stacks)\n")
}

// What the reports of the failures say is what the golden says: go test ./harness/report -update rewrites it.
func TestFailures(t *testing.T) {
	const file = "testdata/failures.txt"
	got := reported(t)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
