package play_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// What goes wrong while a step waits ends the script there: the step behind it does not begin.
func TestErrorsEndTheScript(t *testing.T) {
	const publish = "  - client publish: {topic: t, qos: 1, payload: hi, as: m1}\n  - expect PUBLISH: {packet_id: $id}\n"
	quick, slow := []any{nil}, []any{4, ms(30_000)} // what the publish does once it has sent its message
	pending := []any{&subject.Error{Kind: subject.Pending, Err: errNo}}
	for _, tt := range []struct {
		name    string
		step    string // which waits
		publish []any
		silent  bool // the API reports no outcome of a publish
	}{
		{"a wait", "wait: 10s", quick, false},
		{"a wait for silence", "expect silence: {for: 10s}", quick, false},
		{"a wait for a packet", "expect PUBLISH: {topic: u}", quick, false},
		{"a wait for one of two packets", "expect PUBLISH: {topic: u}\n    or:\n      - expect SUBSCRIBE:", quick, false},
		{"a wait for an optional packet", "expect PUBLISH: {topic: u}\n    optional: true", quick, false},
		{"a wait for the end", "expect close:", quick, false},
		{"a wait for a message", "receive: {topic: u}", quick, false},
		{"a wait for a connection", "send PINGRESP: {conn: 2}", quick, false},
		{"a wait for a connection to cut", "fault cut: {conn: 2, how: rst}", quick, false},
		{"a wait for a connection to stall", "fault stall: {conn: 2, dir: to_server}", quick, false},
		{"a wait for a packet to release", "fault hold: {packet: UNSUBSCRIBE, name: x}\n  - fault release: {name: x}", quick, false},
		{"a wait for success", "client done: m1", slow, false},
		{"a wait for a failure", "client fails: m1", slow, false},
		{"a wait for an outcome", "client ends: m1", slow, false},
		{"a wait for no outcome", "client pending: m1", slow, false},
		{"a wait for the acknowledgement of a call that has ended", "client done: m1", pending, false},
		{"a wait for an acknowledgement that the API does not report", "client done: m1", slow, true},
		{"a wait for no outcome that the API does not report", "client pending: m1", slow, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var begun []string
			f := factory(func(f *fake) {
				f.publish = func(f *fake, m subject.Message, done func(error)) {
					time.AfterFunc(500*time.Microsecond, func() { f.env.Fail(&subject.Fault{Err: errors.New("it is gone")}) })
					does(slices.Concat([]any{hi}, tt.publish)...)(f)
					f.publish(f, m, done)
				}
			})
			f.Features = slices.DeleteFunc(f.Features, func(f spec.Feature) bool { return tt.silent && f == spec.ReportsOutcome })
			script := parse(t, up+publish+"  - "+tt.step+"\n  - client subscribe: {filter: t}\n  - expect SUBSCRIBE:\n  - client ends: m1\n")
			res := play.Simulated(t, script, f, play.Options{Begin: func(st *scenario.Step) { begun = append(begun, st.Key) }})
			if res.Verdict != judge.Fail || !strings.Contains(res.Report(), "it is gone") {
				t.Errorf("verdict %s, want fail, since it is gone\n%s", res.Verdict, res.Report())
			}
			steps := strings.Split(tt.step, "\n  - ")
			key, _, _ := strings.Cut(steps[len(steps)-1], ":")
			if last := begun[len(begun)-1]; last != key {
				t.Errorf("the last step that begins is %q, want %q", last, key)
			}
		})
	}
}

// What goes wrong while the client ends fails a scenario whose steps were all met.
func TestErrorAtTheEnd(t *testing.T) {
	res := play.Simulated(t, parse(t, publishes), factory(func(f *fake) {
		f.abort = func() { f.env.Fail(&subject.Fault{Err: errors.New("it is gone")}) }
	}), play.Options{})
	if res.Verdict != judge.Fail || !strings.Contains(res.Report(), "it is gone") {
		t.Errorf("verdict %s, want fail, since it is gone\n%s", res.Verdict, res.Report())
	}
}

// The silence at the end lasts as long as it is asked to.
func TestSettle(t *testing.T) {
	for settle, want := range map[time.Duration]time.Duration{0: time.Second, 5 * time.Second: 5 * time.Second, 1: 1} {
		res := play.Simulated(t, parse(t, publishes), factory(func(*fake) {}), play.Options{Settle: settle})
		if took := res.Elapsed - ms(1); res.Verdict != judge.Pass || took != want { // a client that is pending takes a moment
			t.Errorf("with a silence of %v, verdict %s after %v, want %v", settle, res.Verdict, took, want)
		}
	}
}

// What the API reports is told as it comes: a call, and a connection that is lost between calls.
func TestNoted(t *testing.T) {
	var noted []string
	script := strings.Replace(up, "client connect:", "client connect: {as: up}", 1) + "  - client done: up\n  - fault cut: {how: rst}\n"
	res := play.Simulated(t, parse(t, script), subject.Simple(), play.Options{Noted: func(records int, line string) {
		noted = append(noted, fmt.Sprint(records, " ", line))
	}})
	if res.Verdict != judge.Pass {
		t.Errorf("%s\n%s", res.Verdict, res.Report())
	}
	if want := []string{`2 connect "up" ok`, "4 lost network"}; !slices.Equal(noted, want) {
		t.Errorf("it is noted %q, want %q", noted, want)
	}
}
