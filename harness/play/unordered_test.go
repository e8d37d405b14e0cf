package play_test

import (
	"strings"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// Steps in any order are all met, by what is there when they begin too; what none of them wants fails at once,
// and each kind of step fails for itself.
func TestUnordered(t *testing.T) {
	steps := func(before string, list ...string) string {
		return acts + before + strings.Join(list, "\n    unordered: true\n") + "\n    unordered: true\n"
	}
	const a, b, c = "  - expect PUBLISH: {topic: a}", "  - expect PUBLISH: {topic: b}", "  - expect PINGREQ:"
	wait := "  - wait: 1s\n"
	ping := &wire.Pingreq{}
	receives := strings.Replace(acts, "  - client publish", "  - send PUBLISH: {topic: t, payload: hi}\n  - client publish", 1) +
		"  - receive: {payload: hi}\n    unordered: true\n" + a + "\n    unordered: true\n"
	gets := func(f *fake) { f.env.OnMessage(subject.Message{Topic: "t", Payload: "hi"}) }
	optional := func(first, second string) string {
		return acts + a + "\n    unordered: true\n    optional: true\n" + first + b + "\n    unordered: true\n" + second
	}
	next := "  - expect PUBLISH: {topic: n}\n    after: 1s~2s\n"
	for _, tt := range []played{
		{"as listed", steps("", a, b, c), does(on("a"), on("b"), ping), play.Options{}, judge.Pass, ""},
		{"the other way round", steps("", a, b, c), does(ping, on("b"), on("a")), play.Options{}, judge.Pass, ""},
		{"all there already", steps(wait, a, b, c), does(on("b"), ping, on("a")), play.Options{}, judge.Pass, ""},
		{"the last one missing", steps("", a, b, c), does(on("a"), on("b")), play.Options{}, judge.Fail, "expect PINGREQ: the client sent no PINGREQ within 10s"},
		{"one of another topic", steps("", a, b), does(on("a"), on("c")), play.Options{}, judge.Fail, "the client sent PUBLISH with topic=\"c\", not \"b\""},
		{"another packet", steps("", a, b), does(ping), play.Options{}, judge.Fail, "expect PUBLISH: the client sent PINGREQ instead of PUBLISH"},
		{"another packet, and optional ones", optional("    within: 1s\n", ""), does(ping), play.Options{}, judge.Fail, "test.yaml:15:5: expect PUBLISH: the client sent PINGREQ instead of PUBLISH"},
		{"a message and a packet", receives, does(7, gets, on("a")), play.Options{}, judge.Pass, ""},
		{"a packet and a message", receives, does(on("a"), 7, ms(1000), gets), play.Options{}, judge.Pass, ""},
		{"a message and another packet", receives, does(7, gets, on("b")), play.Options{}, judge.Fail, "the client sent PUBLISH with topic=\"b\", not \"a\""},
		{"another packet while a message is missing", receives, does(on("b"), ms(20000)), play.Options{}, judge.Fail, "the client sent PUBLISH with topic=\"b\", not \"a\""},
		{"a packet and no message", receives, does(7, on("a")), play.Options{}, judge.APIFail, "the callback did not get the message within 10s"},
		{"they wait for the longest", steps("", a+"\n    within: 2s", b+"\n    within: 20s"), does(ms(19999), on("b"), on("a")), play.Options{}, judge.Pass, ""},
		{"and no longer", steps("", a+"\n    within: 2s", b+"\n    within: 20s"), does(ms(20001), on("b"), on("a")), play.Options{}, judge.Fail, "sent no PUBLISH within 2s"},
		{"one of them by default", steps("", a+"\n    within: 2s", b), does(ms(9999), on("b"), on("a")), play.Options{}, judge.Pass, ""},
		{"an optional one waits as long", optional("    within: 20s\n", ""), does(on("b"), ms(19999), on("a")), play.Options{}, judge.Pass, ""},
		{"an optional one too late", optional("    within: 20s\n", ""), does(on("b"), ms(20001), on("a")), play.Options{}, judge.Fail, "which no step expects"},
		{"an optional one shortens nothing", optional("    within: 1s\n", ""), does(ms(9999), on("b")), play.Options{}, judge.Pass, ""},
		{"after counts from the last one", steps("", a, b) + next, does(on("a"), ms(2000), on("b"), ms(1000), on("n")), play.Options{}, judge.Pass, ""},
		{"after counts from the end of the wait for an optional one", optional("    within: 12s\n", next), does(on("b"), ms(13500), on("n")), play.Options{}, judge.Pass, ""},
		{"one that is not played", acts + "  - expect SUBSCRIBE: {packet_id: $s}\n    optional: true\n" + a + "\n    unordered: true\n  - expect PUBLISH: {topic: b}\n    when: $s\n    unordered: true\n", does(ms(2000), on("a")), play.Options{}, judge.Pass, ""},
		{"none that is played", acts + "  - expect SUBSCRIBE: {packet_id: $s}\n    optional: true\n    within: 3s\n" + strings.Repeat("  - expect PUBLISH: {packet_id: $s}\n    when: $s\n    unordered: true\n", 2) + next, does(ms(4500), on("n")), play.Options{}, judge.Pass, ""},
	} {
		tt.run(t)
	}
}

// What steps in any order wait for is taken, and what is wrong is told, as soon as it is there.
func TestUnorderedTakesNoTime(t *testing.T) {
	script := acts + "  - wait: 1s\n  - expect PUBLISH: {topic: a}\n    unordered: true\n  - expect PUBLISH: {topic: b}\n    unordered: true\n"
	for _, tt := range []struct {
		name string
		sent []any
		want judge.Verdict
		took time.Duration
	}{
		{"both are there", []any{on("b"), on("a")}, judge.Pass, 2 * time.Second}, // the silence is one
		{"another is there", []any{on("c")}, judge.Fail, time.Second},
		{"another comes behind", []any{on("b"), on("c")}, judge.Fail, time.Second},
	} {
		res := play.Simulated(t, parse(t, script), factory(does(tt.sent...)), play.Options{})
		if res.Verdict != tt.want || res.Elapsed < tt.took || res.Elapsed > tt.took+10*time.Millisecond {
			t.Errorf("%s: verdict %s after %v, want %s after %v: %v", tt.name, res.Verdict, res.Elapsed, tt.want, tt.took, res.Failure)
		}
	}
}
