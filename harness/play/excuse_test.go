package play_test

import (
	"errors"
	"strings"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// A foreign subject that has no call for what a step asks for is not at fault for what does not come of it.
func TestUnsupportedCalls(t *testing.T) {
	without := &subject.Error{Kind: subject.Unsupported, Err: errors.ErrUnsupported}
	asks := strings.Replace(header, "qos1", "qos1, unsubscribe", 1) + `  - client connect:
  - expect CONNECT:
  - send CONNACK: {session_present: false, code: 0}
  - client unsubscribe: {filter: a}
  - expect UNSUBSCRIBE:
`
	answers := func(err error, ps ...wire.Packet) func(*fake) {
		return func(f *fake) {
			f.call = func(f *fake) error {
				for _, p := range ps {
					f.send(p)
				}
				return err
			}
		}
	}
	for _, tt := range []struct {
		name    string
		text    string
		set     func(*fake)
		foreign bool
		want    judge.Verdict
	}{
		{"no such call", asks, answers(without), true, judge.Unsupported},
		{"a subject of ours", asks, answers(without), false, judge.Fail},
		{"another error", asks, answers(errors.New("broken")), true, judge.Fail},
		{"a rule that is broken all the same", asks, answers(without, &wire.Unsubscribe{Filters: []string{"a"}}), true, judge.Fail},
		{"a crash", asks, func(f *fake) {
			f.call = func(*fake) error { return without }
			f.abort = func() { panic("gone") }
		}, true, judge.Fail},
		{"nothing came of it", strings.Replace(asks, "  - expect UNSUBSCRIBE:\n", "", 1), answers(without), true, judge.Pass},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := play.Simulated(t, parse(t, tt.text), factory(tt.set), play.Options{Foreign: tt.foreign})
			if res.Verdict != tt.want {
				t.Fatalf("verdict %s, want %s: %v", res.Verdict, tt.want, res.Failure)
			}
			if res.Verdict == judge.Unsupported && (res.Failure.Message != "the client has no call for unsubscribe" || res.API != "" || res.APIFailures != nil) {
				t.Errorf("%q, API %q, %v", res.Failure.Message, res.API, res.APIFailures)
			}
		})
	}
}
