package play_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// idling is a fake that notes what its Idle is called for, and how it ended.
type idling struct {
	*fake
	disconnect error
	idle       func(ctx context.Context) error
	log        *[]string
}

func (f idling) Idle(ctx context.Context) error {
	*f.log = append(*f.log, "idle")
	err := f.idle(ctx)
	if cause := context.Cause(ctx); cause != nil {
		*f.log = append(*f.log, cause.Error())
	}
	return err
}

func (f idling) Connect(ctx context.Context, o subject.Options) (bool, error) {
	*f.log = append(*f.log, "connect")
	return f.fake.Connect(ctx, o)
}

func (f idling) Publish(ctx context.Context, m subject.Message, done func(error)) {
	*f.log = append(*f.log, "publish")
	done(nil)
}

func (f idling) Disconnect(context.Context) error {
	*f.log = append(*f.log, "disconnect")
	if f.disconnect == nil {
		f.conn.Close()
	}
	return f.disconnect
}

// The harness lets a subject idle between its calls, while it is connected as far as its API has told.
func TestIdlesWhileConnected(t *testing.T) {
	const (
		call = "another call waits for its turn"
		over = "context canceled"
	)
	waits := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	silent := func(ctx context.Context) error { <-ctx.Done(); return nil }
	lost := func(context.Context) error { time.Sleep(ms(100)); return errNo }
	early := func(context.Context) error { time.Sleep(ms(100)); return nil }
	connects := header + "  - client connect: {as: up}\n  - expect CONNECT:\n  - send CONNACK: {code: 0}\n  - client done: up\n  - wait: 1s\n"
	const publish = "  - client publish: {topic: t}\n  - wait: 1s\n"
	for _, tt := range []struct {
		name   string
		script string
		idle   func(context.Context) error
		set    func(*idling)
		want   []string
	}{
		{"to the end", connects, waits, nil, []string{"connect", "idle", over}},
		{"around a call", connects + publish, waits, nil, []string{"connect", "idle", call, "publish", "idle", over}},
		{"around a call, without an error", connects + publish, silent, nil, []string{"connect", "idle", call, "publish", "idle", over}},
		{"until the connection is lost", connects + publish, lost, nil, []string{"connect", "idle", "publish"}},
		{"until it returns by itself", connects + publish, early, nil, []string{"connect", "idle", "publish"}},
		{"until it disconnects", connects + "  - client disconnect:\n  - wait: 1s\n", waits, nil, []string{"connect", "idle", call, "disconnect"}},
		{"until it aborts", connects + "  - client abort:\n  - wait: 1s\n", waits, nil, []string{"connect", "idle", call}},
		{"when it fails to disconnect", connects + "  - client disconnect: {as: x}\n  - client fails: x\n  - wait: 1s\n", waits,
			func(f *idling) { f.disconnect = errNo }, []string{"connect", "idle", call, "disconnect", "idle", over}},
		{"not when it fails to connect", header + "  - client connect: {as: up}\n  - expect CONNECT:\n  - client fails: up\n  - wait: 1s\n", waits, nil, []string{"connect"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log []string
			f := factory(nil)
			f.New = func(env subject.Env) (subject.Subject, error) {
				s := idling{fake: &fake{env: env}, idle: tt.idle, log: &log}
				if tt.set != nil {
					tt.set(&s)
				}
				return s, nil
			}
			if res := play.Simulated(t, parse(t, tt.script), f, play.Options{}); res.Shown() != judge.Pass {
				t.Errorf("verdict %s, want pass: %v", res.Shown(), res.Reason())
			}
			if diff := cmp.Diff(tt.want, log); diff != "" {
				t.Errorf("what it did (-want +got):\n%s", diff)
			}
		})
	}
}

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

// A subject that leaves a goroutine behind is told of what it did wrong before, too.
func TestLeftGoroutineAfterAFailure(t *testing.T) {
	leaves := func(*fake) { go func() { select {} }() }
	for _, tt := range []played{
		{"nothing else", acts + "  - expect PUBLISH:\n", does(leaves, on("a")), play.Options{}, judge.Fail, "test.yaml:1:1: the client left goroutines behind"},
		{"another packet", acts + "  - expect PINGREQ:\n", does(leaves, on("a")), play.Options{}, judge.Fail,
			"test.yaml:11:5: expect PINGREQ: the client sent PUBLISH instead of PINGREQ; then the client left goroutines behind"},
		{"another packet, where it is free", strings.Replace(acts, "level: must", "level: may", 1) + "  - expect PINGREQ:\n", does(leaves, on("a")), play.Options{}, judge.Fail, "; then the client left goroutines behind"},
	} {
		tt.run(t)
	}
	res := play.Simulated(t, parse(t, acts+"  - expect PUBLISH:\n"), factory(does(leaves, on("a"))), play.Options{})
	if res.Failure == nil || len(res.Failure.Last) != 3 {
		t.Errorf("the failure lacks the last packets: %+v", res.Failure)
	}
}

// A subject that lacks a feature, or cannot play in a world, plays nothing there; the result says why.
func TestSuits(t *testing.T) {
	simulated := strings.Replace(acts, "peer: script\n", "peer: script\nworld: simulated\nreason: exact instants\n", 1)
	external := factory(func(*fake) {})
	external.External = true
	lacking := factory(func(*fake) {})
	lacking.Features = []spec.Feature{spec.ManualReconnect}
	for _, tt := range []struct {
		name    string
		play    func() *judge.Result
		message string
		missing spec.Feature
	}{
		{"a feature", func() *judge.Result { return play.Simulated(t, parse(t, acts), lacking, play.Options{}) }, "the client lacks the feature qos1", spec.QoS1},
		{"a feature, over TCP", func() *judge.Result { return play.Real(parse(t, acts), lacking, play.Options{}) }, "the client lacks the feature qos1", spec.QoS1},
		{"the world", func() *judge.Result { return play.Real(parse(t, simulated), factory(func(*fake) {}), play.Options{}) }, "it plays in the simulated world only: exact instants", ""},
		{"a subject that dials itself", func() *judge.Result { return play.Simulated(t, parse(t, acts), external, play.Options{}) }, "the client dials by itself and plays in the real world only", ""},
	} {
		res := tt.play()
		if res.Verdict != judge.Unsupported || res.Failure.Message != tt.message || res.Missing != tt.missing || res.Scenario == nil || res.Subject != "fake" {
			t.Errorf("%s: verdict %s, missing %q, want unsupported: %v", tt.name, res.Verdict, res.Missing, res.Failure)
		}
	}
}
