package play_test

import (
	"errors"
	"testing"

	"umqtt/harness/play"
	"umqtt/harness/subject"
)

// The digest of a run is about the capture and about what the API reported, and about nothing else.
func TestTrace(t *testing.T) {
	script := up + "  - client publish: {topic: t, payload: hi, as: m1}\n  - expect PUBLISH:\n  - client ends: m1\n"
	trace := func(set func(*fake)) (string, string) {
		res := play.Simulated(t, parse(t, script), factory(set), play.Options{})
		return res.Trace, res.Capture.Hash()
	}
	publishes := func(err error) func(*fake) { return does(on("t"), err) }
	ok, hash := trace(does(on("t")))
	seen := map[string]string{ok: "success"}
	for _, tt := range []struct {
		name string
		set  func(*fake)
		same bool
	}{
		{"the same again", does(on("t")), true},
		{"a refusal", publishes(&subject.Error{Kind: subject.Refused, Err: errNo}), false},
		{"a refusal, in other words", publishes(&subject.Error{Kind: subject.Refused, Err: errors.New("other")}), true},
		{"a timeout", publishes(&subject.Error{Kind: subject.Timeout, Err: errNo}), false},
		{"success later", does(on("t"), ms(1)), false},
		{"a message", does(on("t"), func(f *fake) { f.env.OnMessage(subject.Message{Topic: "t"}) }), false},
		{"a message with DUP", does(on("t"), func(f *fake) { f.env.OnMessage(subject.Message{Topic: "t", Dup: true}) }), false},
	} {
		got, other := trace(tt.set)
		if other != hash {
			t.Fatalf("%s: another capture", tt.name)
		}
		first, again := seen[got]
		if again != tt.same {
			t.Errorf("%s: the digest is that of %q", tt.name, first)
		}
		seen[got] = tt.name
	}
	if _, ok := seen[""]; ok {
		t.Errorf("a run without a digest")
	}
}
