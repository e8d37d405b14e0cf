package play_test

import (
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
)

// A step that is given excuses the subject from what it waits for, and not from what no subject may do.
func TestGivenExcusesNoLie(t *testing.T) {
	script := up + "  - client publish: {topic: t, qos: 1, as: m1}\n  - expect PUBLISH: {packet_id: $id}\n" +
		"  - expect PINGREQ:\n    given: true\n    within: 1s\n  - send PUBACK: {packet_id: $id}\n  - client done: m1\n"
	for _, tt := range []struct {
		name string
		end  func(done func(error))
		want judge.Verdict
	}{
		{"success too early", func(done func(error)) {
			time.Sleep(500 * time.Millisecond) // it shows while the step waits
			done(nil)
		}, judge.APIFail},
		{"only what is given is missing", func(func(error)) {}, judge.Inconclusive},
	} {
		set := publishing(0, tt.end)
		if res := play.Simulated(t, parse(t, script), factory(set), play.Options{}); res.Shown() != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, res.Shown(), tt.want)
		}
	}
}

// A call that hangs is told of in a step that is given, too.
func TestGivenExcusesNoHang(t *testing.T) {
	given := "    given: true\n"
	for _, tt := range []struct {
		name, script string
		set          func(*fake)
		api          judge.Verdict
	}{
		{"it hangs", publishing1 + acked + "  - client done: m1\n" + given, does(hi, 4, ms(20000)), judge.Fail},
		{"it fails", publishing1 + "  - client done: m1\n" + given, does(hi, errNo), judge.Pass},
		{"it waits", publishing1 + "  - client done: m1\n" + given, does(hi, ms(20000)), judge.Pass},
	} {
		res := play.Simulated(t, parse(t, tt.script), factory(tt.set), play.Options{})
		if res.Verdict != judge.Inconclusive || res.API != tt.api {
			t.Errorf("%s: verdict %s, api %s, want inconclusive and %s: %v", tt.name, res.Verdict, res.API, tt.api, res.APIFailures)
		}
	}
}
