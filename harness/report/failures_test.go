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

var update = flag.Bool("update", false, "rewrite the goldens in testdata from what the reports say now")

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

// a failed is one of failures, played.
type failed struct {
	what string // what the subject does wrong
	res  *judge.Result
}

// playFailures plays the failures.
func playFailures(t *testing.T) []failed {
	t.Helper()
	suite, err := scenario.Load(scenarios.FS())
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*scenario.Scenario{}
	for _, sc := range suite {
		byName[sc.Name] = sc
	}
	factories := map[string]subject.Factory{}
	for _, f := range subject.Builtin() {
		factories[f.Name] = f
	}
	var all []failed
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
		all = append(all, failed{what, res})
	}
	return all
}

// reported returns what a user sees of the failures.
func reported(all []failed) string {
	var b bytes.Buffer
	for i, f := range all {
		fmt.Fprintf(&b, "# %d. %s\n", i+1, f.what)
		rep := report.NewText(&b, report.Options{})
		rep.Add(f.res)
		b.WriteString("\n")
	}
	return stack.ReplaceAllString(b.String(), "$1        (stacks)\n")
}

// What the reports of the failures say is what the goldens say: go test ./harness/report -update rewrites them.
func TestFailures(t *testing.T) {
	all := playFailures(t)
	golden(t, "testdata/failures.txt", reported(all))
	golden(t, "testdata/failures.html", reportedHTML(t, all))
}

// golden compares a text with a file, or rewrites the file.
func golden(t *testing.T, file, got string) {
	t.Helper()
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
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// folded matches the stacks in a page, which depend on the machine.
var folded = regexp.MustCompile(`(?s)(<p>Goroutines:</p><pre>).*?(</pre>)`)

// reportedHTML returns what a page has of the failures, without their captures: those have a golden of their own.
func reportedHTML(t *testing.T, all []failed) string {
	t.Helper()
	var b strings.Builder
	rep := report.NewHTML(&b, report.Options{})
	for _, f := range all {
		res := *f.res
		res.Capture = nil
		rep.Add(&res)
	}
	if err := rep.End(false); err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(b.String(), `<h2 id="failures">`)
	section, _, ok2 := strings.Cut(rest, "</section>")
	if !ok || !ok2 {
		t.Fatal("the page has no failures")
	}
	return folded.ReplaceAllString(section, "$1(stacks)$2") + "\n"
}
