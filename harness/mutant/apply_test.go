package mutant_test

import (
	"context"
	"errors"
	"testing"

	"umqtt/harness/mutant"
	"umqtt/harness/subject"
)

// gatherer is a subject that gathers.
type gatherer struct{ plain }

func (gatherer) Hold() error                 { return errors.New("hold") }
func (gatherer) Flush(context.Context) error { return nil }

// lazy is a wrapper with a Hold of its own.
type lazy struct{ subject.Subject }

func (lazy) Hold() error                 { return nil }
func (lazy) Flush(context.Context) error { return nil }

// A wrapped Gatherer stays one, beside an Idler and without: the same as with Idle.
func TestApplyKeepsHold(t *testing.T) {
	type both struct {
		subject.Subject
		subject.Idler
		subject.Gatherer
	}
	for _, tt := range []struct {
		reason string
		inner  subject.Subject
		wrap   func(subject.Subject) subject.Subject
		idles  bool
		want   string
	}{
		{"a wrapper without Hold", gatherer{}, func(s subject.Subject) subject.Subject { return plain{s} }, false, "hold"},
		{"a wrapper with Hold", gatherer{}, func(s subject.Subject) subject.Subject { return lazy{s} }, false, ""},
		{"a wrapper with neither", both{nil, busy{}, gatherer{}}, func(s subject.Subject) subject.Subject { return plain{s} }, true, "hold"},
		{"a wrapper with Hold only", both{nil, busy{}, gatherer{}}, func(s subject.Subject) subject.Subject { return lazy{s} }, true, ""},
		{"a wrapper with Idle only", both{nil, busy{}, gatherer{}}, func(s subject.Subject) subject.Subject { return busy{plain{s}} }, true, "hold"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			f := factory(false)
			f.New = func(subject.Env) (subject.Subject, error) { return tt.inner, nil }
			m := mutant.Mutant{Name: "m", Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return tt.wrap(s) }}
			s, err := m.Apply(f).New(subject.Env{})
			if err != nil {
				t.Fatal(err)
			}
			g, ok := s.(subject.Gatherer)
			if !ok {
				t.Fatal("it is no Gatherer any more")
			}
			got := ""
			if err := g.Hold(); err != nil {
				got = err.Error()
			}
			if _, idles := s.(subject.Idler); got != tt.want || idles != tt.idles {
				t.Errorf("Hold: %q, want %q; idles %t, want %t", got, tt.want, idles, tt.idles)
			}
		})
	}
}
