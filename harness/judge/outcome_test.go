package judge

import (
	"slices"
	"testing"

	"umqtt/harness/capture"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// A call that does not return is at fault where it has nothing left to wait for. A call that fails is, where its
// answer came.
func TestUnendedAndFailed(t *testing.T) {
	call := func(verb string) *Call { return &Call{Verb: verb} }
	const unended, failed = " did not return within 10s", " failed"
	for _, tt := range []struct {
		name    string
		call    *Call
		from    int
		over    bool
		records []capture.Record
		unended string
		failed  string
	}{
		{"connect", call("connect"), 0, false, nil, unended, failed},
		{"connect, accepted", call("connect"), 0, false, []capture.Record{handed(connack(0))}, " did not return, although its CONNACK came", " failed, although its CONNACK came"},
		{"connect, accepted before", call("connect"), 1, false, []capture.Record{handed(connack(0))}, unended, failed},
		{"connect, from beyond", call("connect"), 5, false, []capture.Record{handed(connack(0))}, unended, failed},
		{"connect, refused", call("connect"), 0, false, []capture.Record{handed(connack(1))}, unended, failed},
		{"connect, malformed", call("connect"), 0, false, []capture.Record{handedBytes("\x21\x02\x00\x00")}, unended, failed},
		{"connect, another answer", call("connect"), 0, false, []capture.Record{handed(&wire.Pingresp{}), sent(unsubscribe(1, "a")), handed(unsuback(1)), sent(subscribe(2, "a")), handed(suback(2, 0))}, unended, failed},
		{"connect, behind others", call("connect"), 0, false, []capture.Record{event(1), end(capture.Handed), handedBytes("\x21\x02\x00\x00"), on(2, handed(connack(0)))}, " did not return, although its CONNACK came", " failed, although its CONNACK came"},
		{"connect, over", call("connect"), 0, true, nil, " did not return, although its connection has ended", failed},
		{"connect, accepted and over", call("connect"), 0, true, []capture.Record{handed(connack(0))}, " did not return, although its CONNACK came", " failed, although its CONNACK came"},
		{"subscribe", call("subscribe"), 0, false, []capture.Record{sent(subscribe(1, "a")), handed(suback(1, 0))}, " did not return, although its SUBACK came", " failed, although its SUBACK came"},
		{"subscribe, refused", call("subscribe"), 0, false, []capture.Record{sent(subscribe(1, "a", "b")), handed(suback(1, 0, 0x80))}, unended, failed},
		{"subscribe, another identifier", call("subscribe"), 0, false, []capture.Record{sent(subscribe(1, "a")), handed(suback(2, 0))}, unended, failed},
		{"subscribe, of another call", call("subscribe"), 1, false, []capture.Record{sent(subscribe(1, "a")), handed(suback(1, 0))}, unended, failed},
		{"subscribe, another answer", call("subscribe"), 0, false, []capture.Record{handed(connack(0)), handed(&wire.Pingresp{}), sent(unsubscribe(1, "a")), handed(unsuback(1))}, unended, failed},
		{"unsubscribe", call("unsubscribe"), 0, false, []capture.Record{sent(unsubscribe(1, "a")), handed(unsuback(1))}, " did not return, although its UNSUBACK came", " failed, although its UNSUBACK came"},
		{"unsubscribe, another identifier", call("unsubscribe"), 0, false, []capture.Record{sent(unsubscribe(1, "a")), handed(unsuback(2))}, unended, failed},
		{"unsubscribe, another answer", call("unsubscribe"), 0, false, []capture.Record{handed(connack(0)), handed(&wire.Pingresp{}), sent(subscribe(1, "a")), handed(suback(1, 0))}, unended, failed},
		{"ping", call("ping"), 0, false, []capture.Record{handed(&wire.Pingresp{})}, " did not return, although its PINGRESP came", " failed, although its PINGRESP came"},
		{"ping, another answer", call("ping"), 0, false, []capture.Record{handed(connack(0)), sent(subscribe(1, "a")), handed(suback(1, 0)), sent(unsubscribe(2, "a")), handed(unsuback(2))}, unended, failed},
		{"ping, over", call("ping"), 0, true, nil, " did not return, although its connection has ended", failed},
		{"disconnect", call("disconnect"), 0, true, nil, " did not return, although it has nothing to wait for", failed},
		{"publish at QoS 0", pub(0), 0, true, nil, " did not return, although it has nothing to wait for", failed},
		{"publish at QoS 1", pub(1), 0, false, nil, unended, failed},
		{"publish at QoS 1, over", pub(1), 0, true, nil, unended, failed},
		{"publish at QoS 1, answered", pub(1), 0, false, []capture.Record{sent(message(1, 5, "m")), handed(puback(5))}, " did not return, although its PUBACK came", " failed, although its PUBACK came"},
		{"publish at QoS 2", pub(2), 0, false, []capture.Record{sent(message(2, 5, "m")), handed(&wire.Pubrec{PacketID: 5})}, unended, failed},
		{"publish at QoS 2, answered", pub(2), 0, false, []capture.Record{sent(message(2, 5, "m")), handed(pubcomp(5))}, " did not return, although its PUBCOMP came", " failed, although its PUBCOMP came"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := history(tt.records...)
			c := *tt.call
			c.Began, c.From = true, tt.from
			j := New(theirs, rec, false)

			want := Failure{Want: "success", Got: "no result", Covers: []string{"api-outcome-2"}, Message: c.Verb + tt.unended}
			if tt.unended == unended {
				want.Got, want.Covers = "no result; asked: PINGREQ", []string{"api-outcome-1"} // of the step
			}
			isOfAPI(t, j.Unended(aStep, &c, "success", tt.over, "; asked: PINGREQ", " within 10s"), want)

			c.Done, c.Err, c.At = true, &subject.Error{Kind: subject.Network, Err: errOther}, rec.Len()
			isOfAPI(t, j.Failed(aStep, &c), Failure{Want: "success", Got: "an error of the kind network: other", Covers: []string{"api-outcome-1"}, Message: c.Verb + tt.failed})
			if c.At > 0 {
				c.At = 0 // the answer comes after the call has failed
				isOfAPI(t, j.Failed(nil, &c), Failure{Want: "success", Got: "an error of the kind network: other", Message: c.Verb + failed})
			}
		})
	}
}

// A call that has not begun waits for another one.
func TestUnendedNotBegun(t *testing.T) {
	j := New(theirs, history(handed(connack(0))), false)
	err := j.Unended(aStep, &Call{Name: "late", Verb: "connect"}, "success", true, "", "")
	isOfAPI(t, err, Failure{Want: "success", Got: "it was not made", Covers: []string{"api-outcome-1"}, Message: `connect "late" has not begun: an earlier call has not returned`})
}

// isOfAPI checks a failure of the API that a level may excuse.
func isOfAPI(t *testing.T, err error, want Failure) {
	t.Helper()
	e := err.(*Error)
	if !e.API || e.Always || e.Verdict != Fail {
		t.Errorf("api %t, always %t, verdict %s", e.API, e.Always, e.Verdict)
	}
	if f := e.Failure; f.Message != want.Message || f.Want != want.Want || f.Got != want.Got || !slices.Equal(f.Covers, want.Covers) {
		t.Errorf("%q, want %q, got %q, rules %q; want\n%q, %q, %q, %q", f.Message, f.Want, f.Got, f.Covers, want.Message, want.Want, want.Got, want.Covers)
	}
}
