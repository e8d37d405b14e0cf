package report

import (
	"fmt"
	"io"
	"time"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"umqtt/harness/judge"
)

// JUnit is a report in the XML that CI systems read: a test suite for each subject, a test case for each
// scenario. A set-up error is an error, any other failure a failure, and what was not played or came to no
// verdict is skipped. It is written when the report ends.
type JUnit struct {
	w      io.Writer
	opts   Options
	suites []*junit.Testsuite
	took   map[*junit.Testsuite]time.Duration
}

// NewJUnit returns a report that writes XML to w.
func NewJUnit(w io.Writer, o Options) *JUnit {
	return &JUnit{w: w, opts: o, took: map[*junit.Testsuite]time.Duration{}}
}

// Add implements [Report].
func (j *JUnit) Add(res *judge.Result) {
	s := j.suite(res.Subject)
	j.took[s] += res.Elapsed
	dir, base := behaviour(res.Scenario.Name)
	c := junit.Testcase{Name: base, Classname: res.Subject + "." + dir, Time: junitTime(res.Elapsed), Status: string(res.Shown())}
	result := func() *junit.Result {
		r := &junit.Result{Type: string(res.Shown())}
		if f := res.Reason(); f != nil {
			r.Message, r.Data = f.Error(), res.Report()
		}
		return r
	}
	switch OutcomeOf(res.Shown()) {
	case Skipped:
		c.Skipped = result()
	case Failed:
		if c.Failure = result(); res.Verdict == judge.SetupError {
			c.Failure, c.Error = nil, c.Failure
		}
		if command := j.opts.replay(res); command != "" {
			c.SystemOut = &junit.Output{Data: "replay: " + command}
		}
	default:
		if res.Failure != nil || len(res.APIFailures) > 0 {
			c.SystemOut = &junit.Output{Data: res.Report()}
		}
	}
	s.AddTestcase(c)
}

// suite returns the suite of a subject.
func (j *JUnit) suite(subject string) *junit.Testsuite {
	for _, s := range j.suites {
		if s.Name == subject {
			return s
		}
	}
	s := &junit.Testsuite{Name: subject, ID: len(j.suites)}
	s.AddProperty("world", j.opts.World)
	s.AddProperty("seed", fmt.Sprint(j.opts.Seed))
	if j.opts.Mutant != "" {
		s.AddProperty("mutant", j.opts.Mutant)
	}
	j.suites = append(j.suites, s)
	return s
}

// End implements [Report].
func (j *JUnit) End(interrupted bool) error {
	all := junit.Testsuites{Name: "mqttconform"}
	var took time.Duration
	for _, s := range j.suites {
		if interrupted {
			s.AddProperty("interrupted", "true")
		}
		s.Time = junitTime(j.took[s])
		took += j.took[s]
		all.AddSuite(*s)
	}
	all.Time = junitTime(took)
	return all.WriteXML(j.w)
}

func junitTime(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
