package play_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

const (
	// publishing1 stands before what becomes of a publish at QoS 1, and acked acknowledges it.
	publishing1 = up + "  - client publish: {topic: t, qos: 1, payload: hi, as: m1}\n  - expect PUBLISH: {topic: t, packet_id: $id}\n"
	acked       = "  - send PUBACK: {packet_id: $id}\n  - wait: 1s\n"
)

// hi is the PUBLISH of such a publish.
var hi = &wire.Publish{Topic: "t", Payload: []byte("hi"), QoS: 1, PacketID: 1}

// A publish whose call ends with the message in flight is done once its acknowledgement was handed over,
// and not before.
func TestPendingPublish(t *testing.T) {
	pending := does(hi, &subject.Error{Kind: subject.Pending, Err: errors.New("lost")})
	for _, tt := range []played{
		{"done", publishing1 + acked + "  - client done: m1\n", pending, play.Options{}, judge.Pass, ""},
		{"done, without a PUBACK", publishing1 + "  - client done: m1\n", pending, play.Options{}, judge.APIFail, "publish \"m1\": the client was handed no acknowledgement of the message within 10s"},
		{"pending", publishing1 + "  - client pending: m1\n" + acked + "  - client done: m1\n", pending, play.Options{}, judge.Pass, ""},
		{"pending behind the PUBACK", publishing1 + acked + "  - client pending: m1\n", pending, play.Options{}, judge.APIFail, "publish \"m1\": failed, and must still wait"},
	} {
		tt.run(t)
	}
}

// Of a publish of which the API tells nothing, only what the client was handed can be waited for.
func TestUnreportedPublish(t *testing.T) {
	f := factory(does(hi, 4))
	f.Features = slices.DeleteFunc(f.Features, func(f spec.Feature) bool { return f == spec.ReportsOutcome })
	for _, tt := range []struct {
		name, steps string
		took        time.Duration
	}{
		{"done", acked + "  - client done: m1\n", ms(2000)}, // the wait and the silence are one second each
		{"done, without a PUBACK", "  - client done: m1\n", ms(11000)},
		{"fails", "  - client fails: m1\n", ms(1000)},
		{"ends", "  - client ends: m1\n", ms(1000)},
		{"pending", acked + "  - client pending: m1\n", ms(2000)},
	} {
		res := play.Simulated(t, parse(t, publishing1+tt.steps), f, play.Options{Foreign: true})
		if res.Verdict != judge.Pass || res.Elapsed < tt.took || res.Elapsed > tt.took+ms(10) {
			t.Errorf("%s: verdict %s after %v, want pass after %v: %v", tt.name, res.Verdict, res.Elapsed, tt.took, res.Failure)
		}
	}
}

// What an API reports is held against what a step says of it.
func TestOutcomes(t *testing.T) {
	refuses := header + "  - client connect: {as: up}\n  - expect CONNECT:\n  - send CONNACK: {code: 5}\n"
	reports := func(err error) func(*fake) { return reports(4, err) }
	refused := &subject.Error{Kind: subject.Refused, Err: errNo}
	early := "  - client pending: m1\n"
	for _, tt := range []played{
		{"it fails", refuses + "  - client fails: up\n", reports(refused), play.Options{}, judge.Pass, ""},
		{"it fails as it is to", refuses + "  - client fails: {call: up, error: refused}\n", reports(refused), play.Options{}, judge.Pass, ""},
		{"it fails otherwise", refuses + "  - client fails: {call: up, error: timeout}\n", reports(refused), play.Options{}, judge.APIFail, "failed with an error of the kind refused, not timeout\n  want: an error of the kind timeout"},
		{"it succeeds", publishing1 + acked + "  - client fails: m1\n", does(hi, 4), play.Options{}, judge.APIFail, "reported success, where it cannot have succeeded\n  want: an error\n  got:  success"},
		{"it succeeds, where a kind of error is wanted", publishing1 + acked + "  - client fails: {call: m1, error: timeout}\n", does(hi, 4), play.Options{}, judge.APIFail, "want: an error of the kind timeout\n  got:  success"},
		{"it succeeds, and has sent something", publishing1 + acked + "  - client fails: m1\n", does(hi, 4, on("a"), on("b")), play.Options{}, judge.Fail, ""},
		{"it ends well", publishing1 + acked + "  - client ends: m1\n", does(hi, 4), play.Options{}, judge.Pass, ""},
		{"it ends otherwise", publishing1 + "  - client ends: m1\n", does(hi, errNo), play.Options{}, judge.Pass, ""},
		{"it does not end", publishing1 + "  - client ends: m1\n", does(hi, ms(20000)), play.Options{}, judge.APIFail, "publish \"m1\" did not return within 10s"},
		{"it does not end, and no step looks", strings.Replace(publishing1, ", as: m1", "", 1), does(hi, ms(20000)), play.Options{}, judge.APIFail, "publish did not return by the end of the scenario\n  want: success by the end of the scenario"},
		{"it is pending", publishing1 + early + acked + "  - client done: m1\n", does(hi, 4), play.Options{}, judge.Pass, ""},
		{"it has succeeded too early", publishing1 + early, does(hi), play.Options{}, judge.APIFail, "reported success"},
		{"it has failed too early", publishing1 + early, does(hi, errNo), play.Options{}, judge.APIFail, "failed, and must still wait"},
		{"it was not made", publishing1 + "  - client publish: {topic: t, as: m2}\n  - client done: m2\n  - client ends: m1\n", does(hi, ms(25000)), play.Options{}, judge.APIFail, "has not begun"},
	} {
		tt.run(t)
	}
}

// telling is a fake whose API tells of return codes and of session present.
type telling struct {
	*fake
	granted []int
	present bool
}

func (f telling) Connect(ctx context.Context, o subject.Options) (bool, error) {
	_, err := f.fake.Connect(ctx, o)
	return f.present, err
}

func (f telling) Subscribe(context.Context, []subject.Filter) ([]int, error) {
	return f.granted, f.do(&wire.Subscribe{PacketID: 9, Filters: []wire.Subscription{{Filter: "t"}}}, 5)
}

// The return codes and the session present that a call reports are compared where the API tells them.
func TestReportedValues(t *testing.T) {
	subscribes := up + "  - client subscribe: {filter: t, as: x}\n  - expect SUBSCRIBE: {packet_id: $s}\n  - send SUBACK: {packet_id: $s, codes: [1]}\n  - client done: {call: x, granted: [1]}\n"
	connects := header + "  - client connect: {as: x}\n  - expect CONNECT:\n  - send CONNACK: {code: 0}\n  - client done: {call: x, session_present: false}\n"
	for _, tt := range []struct {
		name    string
		script  string
		granted []int
		present bool
		without spec.Feature
		want    judge.Verdict
		report  string
	}{
		{"the codes", subscribes, []int{1}, false, "", judge.Pass, ""},
		{"another code", subscribes, []int{0}, false, "", judge.APIFail, "reported the return codes [0], not [1]\n  want: [1]\n  got:  [0]\n  rule: api-outcome-1"},
		{"more codes", subscribes, []int{1, 1}, false, "", judge.APIFail, "reported the return codes [1 1], not [1]"},
		{"no codes", subscribes, nil, false, "", judge.Pass, ""},
		{"another code, of an API that does not tell", subscribes, []int{0}, false, spec.TellsGranted, judge.Pass, ""},
		{"no session present", connects, nil, false, "", judge.Pass, ""},
		{"a session present", connects, nil, true, "", judge.APIFail, "reported session present true, not false\n  want: false\n  got:  true\n  rule: api-outcome-1"},
		{"a session present, of an API that does not tell", connects, nil, true, spec.TellsSessionPresent, judge.Pass, ""},
	} {
		f := factory(nil)
		f.Features = slices.DeleteFunc(f.Features, func(f spec.Feature) bool { return f == tt.without })
		f.New = func(env subject.Env) (subject.Subject, error) {
			return telling{&fake{env: env}, tt.granted, tt.present}, nil
		}
		res := play.Simulated(t, parse(t, tt.script), f, play.Options{})
		if res.Shown() != tt.want {
			t.Errorf("%s: verdict %s, want %s: %v", tt.name, res.Shown(), tt.want, res.Reason())
		}
		if res.Reason() != nil && !strings.Contains(res.Reason().Report(), tt.report) {
			t.Errorf("%s: the report lacks %q:\n%s", tt.name, tt.report, res.Reason().Report())
		}
	}
}
