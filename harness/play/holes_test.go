package play_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// Each judgement of a step can fail for the one thing that it looks at.
func TestEachJudgementFails(t *testing.T) {
	subscribing := strings.Replace(up, "[qos1]", "[unsubscribe]", 1) + "  - client unsubscribe: {filters: [a, b], as: x}\n  - expect UNSUBSCRIBE: {filters: [a, b]%s}\n  - client ends: x\n"
	unsubscribe := func(f *fake) {
		f.call = func(f *fake) error {
			f.send(&wire.Unsubscribe{PacketID: 9, Filters: []string{"b", "a"}})
			return nil
		}
	}
	closing := func(how string) string { return up + "  - expect close: " + how + "\n" }
	ends := func(reset bool) func(*fake) {
		return func(f *fake) {
			f.connect = func(f *fake) error {
				f.dial()
				err := f.read(4)
				if r, ok := f.conn.(interface{ Reset() }); ok && reset {
					r.Reset()
				}
				f.conn.Close()
				return err
			}
		}
	}
	fails := strings.Replace(publishes, "  - client pending: m1\n  - send PUBACK: {packet_id: $id}\n  - client done: m1\n", "  - client fails: {call: m1, error: %s}\n", 1)
	refused := publishing(0, func(done func(error)) { done(&subject.Error{Kind: subject.Refused, Err: errNo}) })
	broker := strings.NewReplacer("peer: script", "peer: broker").Replace(header) + `  - witness connect:
  - witness subscribe: {filter: "#"}
  - client connect:
  - expect CONNECT:
  - client publish: {topic: t, qos: 1, payload: hi, as: m1}
  - expect PUBLISH: {payload: hi}
  - deliver PUBACK: {packet_id: %s}
  - client done: m1
`
	for _, tt := range []struct {
		name   string
		script string
		set    func(*fake)
		want   judge.Verdict
	}{
		{"pending, and the call has failed", publishes, publishing(0, func(done func(error)) { done(errNo) }), judge.APIFail},
		{"the kind of error", strings.Replace(fails, "%s", "refused", 1), refused, judge.Pass},
		{"another kind of error", strings.Replace(fails, "%s", "timeout", 1), refused, judge.APIFail},
		{"any kind of error", strings.Replace(fails, "%s", "any", 1), refused, judge.Pass},
		{"an end by FIN", closing("{how: fin}"), ends(false), judge.Pass},
		{"an end by FIN that should be a reset", closing("{how: rst}"), ends(false), judge.Fail},
		{"the end of another connection", closing("{conn: 2}"), ends(false), judge.Fail},
		{"filters in another order", strings.Replace(subscribing, "%s", "", 1), unsubscribe, judge.Fail},
		{"filters in any order", strings.Replace(subscribing, "%s", ", any_order: true", 1), unsubscribe, judge.APIFail}, // there is no UNSUBACK
		{"a field of what was delivered", strings.Replace(broker, "%s", "1", 1) + "  - witness expect: {payload: hi}\n", func(*fake) {}, judge.Pass},
		{"another field of what was delivered", strings.Replace(broker, "%s", "2", 1) + "  - witness expect: {payload: hi}\n", func(*fake) {}, judge.Fail},
		{"a message of the witness that no step lists", strings.Replace(broker, "%s", "1", 1), func(*fake) {}, judge.Fail},
		{"a call that does not end", publishes, func(f *fake) { f.abort = func() { select {} } }, judge.Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			res := play.Simulated(t, parse(t, tt.script), factory(tt.set), play.Options{})
			if res.Shown() != tt.want {
				t.Errorf("verdict %s, want %s: %v", res.Shown(), tt.want, res.Reason())
			}
		})
	}
}

// A foreign subject may do, beside the script, what the standard leaves free; the built-in ones may not.
func TestManners(t *testing.T) {
	hi := &wire.Publish{Topic: "t", Payload: []byte("hi"), QoS: 1, PacketID: 1}
	again := &wire.Publish{Topic: "t", Payload: []byte("hi"), QoS: 1, PacketID: 1, Dup: true}
	other := &wire.Publish{Topic: "t", Payload: []byte("ho"), QoS: 1, PacketID: 1, Dup: true}
	sub := &wire.Subscribe{PacketID: 9, Filters: []wire.Subscription{{Filter: "t"}}}
	resub := &wire.Subscribe{PacketID: 10, Filters: []wire.Subscription{{Filter: "t"}}}
	quiet := strings.Replace(publishes, "  - client pending: m1\n", "  - expect silence: 1s\n", 1)
	sends := func(n int, ps ...wire.Packet) func(*fake) {
		return func(f *fake) {
			f.publish = func(f *fake, _ subject.Message, done func(error)) {
				for _, p := range ps {
					f.send(p)
					time.Sleep(time.Millisecond)
				}
				f.conn.SetReadDeadline(time.Now().Add(2 * time.Second))
				buf := make([]byte, 64)
				for got := 0; got < n; {
					k, err := f.conn.Read(buf)
					if err != nil {
						done(errors.New("too little was answered"))
						return
					}
					got += k
				}
				done(nil)
			}
		}
	}
	subscribed := strings.Replace(quiet, "  - client publish", "  - client subscribe: {filter: t, as: s}\n  - expect SUBSCRIBE: {packet_id: $s}\n  - send SUBACK: {packet_id: $s, codes: [0]}\n  - client done: s\n  - client publish", 1)
	for _, tt := range []struct {
		name    string
		script  string
		set     func(*fake)
		foreign judge.Verdict
		ours    judge.Verdict
	}{
		{"nothing beside", quiet, sends(4, hi), judge.Pass, judge.Pass},
		{"a message sent again", quiet, sends(4, hi, again), judge.Pass, judge.Fail},
		{"another message under its identifier", quiet, sends(4, hi, other), judge.Fail, judge.Fail},
		{"a PINGREQ, which is answered", quiet, sends(6, hi, &wire.Pingreq{}), judge.Pass, judge.Fail},
		{"a SUBSCRIBE again, which is answered", subscribed, func(f *fake) {
			sends(9, hi, resub)(f)
			f.call = func(f *fake) error { f.send(sub); return f.read(5) }
		}, judge.Pass, judge.Fail},
		{"a SUBSCRIBE for the first time", quiet, sends(4, hi, sub), judge.Fail, judge.Fail},
		{"a PUBACK of nothing", quiet, sends(4, hi, &wire.Puback{PacketID: 3}), judge.Fail, judge.Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for foreign, want := range map[bool]judge.Verdict{true: tt.foreign, false: tt.ours} {
				res := play.Simulated(t, parse(t, tt.script), factory(tt.set), play.Options{Foreign: foreign})
				if res.Verdict != want {
					t.Errorf("foreign %t: verdict %s, want %s: %v", foreign, res.Verdict, want, res.Failure)
				}
				if foreign && want == judge.Pass && res.API != judge.Pass {
					t.Errorf("api %s: %v", res.API, res.APIFailures)
				}
			}
		})
	}
}
