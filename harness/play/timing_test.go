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

// exactly stands in the header of a scenario that asks for instants.
const exactly = "world: simulated\nreason: exact instants\n"

// ms is a duration in milliseconds.
func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// A step waits as long as it says, or ten seconds; and what it waits for comes within its after, counted from
// the step before.
func TestTimesOfSteps(t *testing.T) {
	step := func(bound string) string { return acts + "  - wait: 3s\n  - expect PUBLISH: {topic: a}\n" + bound }
	// The packets of the second step come while the first one waits for a moment, so that they are there when
	// the second begins.
	there := func(second string) string {
		exact := strings.Replace(acts, "steps:", exactly+"steps:", 1)
		return exact + "  - expect PUBLISH: {topic: a}\n  - client publish: {topic: t, as: x}\n  - client pending: x\n" + second + "  - client ends: x\n"
	}
	twice := func(first, second any) func(*fake) {
		times := 0
		return func(f *fake) {
			f.publish = func(f *fake, _ subject.Message, done func(error)) {
				if times++; times == 1 {
					done(f.do(first))
					return
				}
				done(f.do(800*time.Microsecond, second, ms(1)))
			}
		}
	}
	closes := func(f *fake) { f.conn.Close() }
	for _, tt := range []played{
		{"just within the default", step(""), does(ms(12999), on("a")), play.Options{}, judge.Pass, ""},
		{"just beyond the default", step(""), does(ms(13001), on("a")), play.Options{}, judge.Fail, "the client sent no PUBLISH within 10s"},
		{"just within", step("    within: 2s\n"), does(ms(4999), on("a")), play.Options{}, judge.Pass, ""},
		{"just beyond", step("    within: 2s\n"), does(ms(5001), on("a")), play.Options{}, judge.Fail, "the client sent no PUBLISH within 2s"},
		{"within beyond the default", step("    within: 20s\n"), does(ms(22999), on("a")), play.Options{}, judge.Pass, ""},
		{"before after", step("    after: 1s~12s\n"), does(ms(3999), on("a")), play.Options{}, judge.Fail, "the client sent PUBLISH too early\n  want: 1s~12s after the step before\n  got:  999ms after it"},
		{"at the beginning of after", step("    after: 1s~12s\n"), does(ms(4000), on("a")), play.Options{}, judge.Pass, ""},
		{"at the end of after", step("    after: 1s~12s\n"), does(ms(15000), on("a")), play.Options{}, judge.Pass, ""},
		{"beyond after", step("    after: 1s~12s\n"), does(ms(15001), on("a")), play.Options{}, judge.Fail, "the client sent no PUBLISH within 1s~12s of the step before"},
		{"before an open after", step("    after: 1s\n"), does(ms(3999), on("a")), play.Options{}, judge.Fail, "the client sent PUBLISH too early"},
		{"after an open after", step("    after: 1s\n"), does(ms(12999), on("a")), play.Options{}, judge.Pass, ""},
		{"beyond after, and seen", there("  - expect PUBLISH: {topic: b}\n    after: 100us~500us\n"), twice(on("a"), on("b")), play.Options{}, judge.Fail, "the client sent PUBLISH too late\n  want: 100µs~500µs after the step before\n  got:  800µs after it"},
		{"within after, and seen", there("  - expect PUBLISH: {topic: b}\n    after: 100us~900us\n"), twice(on("a"), on("b")), play.Options{}, judge.Pass, ""},
		{"a PINGREQ beyond after, and seen", there("  - expect PINGREQ:\n    after: 100us~500us\n"), twice(on("a"), &wire.Pingreq{}), play.Options{}, judge.Fail, "the client sent it too late\n  want: within 500µs\n  got:  after 800µs"},
		{"a PINGREQ behind an open after, and seen", there("  - expect PINGREQ:\n    after: 100us\n"), twice(on("a"), &wire.Pingreq{}), play.Options{}, judge.Pass, ""},
		{"an end before after", acts + "  - expect close:\n    after: 1s~2s\n", does(ms(500), closes), play.Options{}, judge.Fail, "the client closed the connection too early"},
		{"after counts from the packet before", step("  - expect PUBLISH: {topic: b}\n    after: 1s~2s\n"), does(ms(5000), on("a"), ms(1000), on("b")), play.Options{}, judge.Pass, ""},
		{"after counts from the end of an optional step", acts + "  - expect PUBLISH: {topic: a}\n    optional: true\n    within: 4s\n  - expect PUBLISH: {topic: b}\n    after: 1s~2s\n", does(ms(5500), on("b")), play.Options{}, judge.Pass, ""},
		{"after counts from a PINGREQ before", acts + "  - wait: 3s\n  - expect PINGREQ:\n  - expect PUBLISH: {topic: b}\n    after: 1s~2s\n", does(ms(5000), &wire.Pingreq{}, ms(1000), on("b")), play.Options{}, judge.Pass, ""},
		{"a PINGREQ before after", acts + "  - expect PINGREQ:\n    after: 1s~2s\n", does(ms(500), &wire.Pingreq{}), play.Options{}, judge.Pass, ""},
		{"a PINGREQ at the end of after", acts + "  - wait: 1s\n  - expect PINGREQ:\n    after: 1s~2s\n", does(ms(3000), &wire.Pingreq{}), play.Options{}, judge.Pass, ""},
		{"a PINGREQ beyond after", acts + "  - expect PINGREQ:\n    after: 1s~2s\n", does(ms(2001), &wire.Pingreq{}), play.Options{}, judge.Fail, "the client sent no PINGREQ within 1s~2s of the step before"},
	} {
		tt.run(t)
	}
}

// A foreign subject pings when it likes. One that has done so unasked owes the next PINGREQ one and a half
// times the keep alive later, whatever the step says.
func TestEarlyPingMovesTheNextOne(t *testing.T) {
	ping := &wire.Pingreq{}
	script := func(step string) string {
		return strings.Replace(acts, "steps:", exactly+"client: {keep_alive: 10s}\nsteps:", 1) + "  - wait: 4s\n" + step
	}
	foreign := play.Options{Foreign: true}
	within, short := script("  - expect PINGREQ:\n    within: 12s\n"), script("  - expect PINGREQ:\n    within: 5s\n")
	after := script("  - expect PINGREQ:\n    after: 1s~2s\n")
	for _, tt := range []played{
		{"none before", short, does(ms(9000), ping), foreign, judge.Pass, ""},
		{"none before, too late", short, does(ms(9001), ping), foreign, judge.Fail, "the client sent no PINGREQ within 5s"},
		{"due", within, does(ms(2000), ping, ms(15000), ping), foreign, judge.Pass, ""},
		{"overdue", within, does(ms(2000), ping, ms(15001), ping), foreign, judge.Fail, "the client sent no PINGREQ within 12s"},
		{"due beyond after", after, does(ms(2000), ping, ms(15000), ping), foreign, judge.Pass, ""},
		{"overdue beyond after", after, does(ms(2000), ping, ms(15001), ping), foreign, judge.Fail, "the client sent no PINGREQ"},
		{"due before the end of the wait", script("  - expect PINGREQ:\n    within: 15s\n"), does(ms(2000), ping, ms(17000), ping), foreign, judge.Pass, ""},
		{"another packet is not due then", script("  - expect PUBLISH:\n    within: 5s\n"), does(ms(2000), ping, ms(7001), on("a")), foreign, judge.Fail, "the client sent no PUBLISH within 5s"},
	} {
		tt.run(t)
	}
}
