package play_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/judge"
	"umqtt/harness/play"
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

// A step goes on as soon as the subject has done what it waits for, and not at the end of its wait.
func TestStepsTakeNoLongerThanTheSubject(t *testing.T) {
	hi := subject.Message{Topic: "t", Payload: "hi"}
	publishing := func(do func(f *fake, done func(error))) func(*fake) {
		return func(f *fake) {
			f.publish = func(f *fake, _ subject.Message, done func(error)) { do(f, done) }
		}
	}
	receives := up + "  - send PUBLISH: {topic: t, payload: hi}\n  - client publish: {topic: t}\n  - receive: {payload: hi}\n"
	reports := up + "  - client publish: {topic: t, as: x}\n  - client ends: x\n"
	for _, tt := range []struct {
		name   string
		script string
		set    func(*fake)
		want   judge.Verdict
		took   time.Duration
	}{
		{"a result", reports, does(ms(1500)), judge.Pass, ms(2500)}, // the silence is one second
		{"a result behind the call", reports, publishing(func(_ *fake, done func(error)) { time.AfterFunc(ms(1500), func() { done(nil) }) }), judge.Pass, ms(2500)},
		{"a message", receives, publishing(func(f *fake, done func(error)) {
			done(nil)
			f.read(7)
			time.Sleep(ms(1500))
			f.env.OnMessage(hi)
			time.Sleep(ms(1500))
		}), judge.Pass, ms(2500)},
		{"a panic", reports, does(ms(1500), func(*fake) { panic("oh") }), judge.Fail, ms(1500)},
		{"two results", up + "  - client publish: {topic: t}\n  - wait: 9s\n", publishing(func(_ *fake, done func(error)) {
			done(nil)
			time.AfterFunc(ms(1500), func() { done(nil) })
		}), judge.Fail, ms(1500)},
		{"an optional packet that does not come", acts + "  - expect PINGREQ:\n    optional: true\n", does(), judge.Pass, ms(2000)}, // as long as the silence
		{"an optional packet that does not come within", acts + "  - expect PINGREQ:\n    optional: true\n    within: 4s\n", does(), judge.Pass, ms(5000)},
		{"an optional packet that does not come after", acts + "  - expect PINGREQ:\n    optional: true\n    after: 1s~3s\n", does(), judge.Pass, ms(4000)},
		{"optional packets in any order", acts + strings.Repeat("  - expect PINGREQ:\n    optional: true\n    unordered: true\n", 2), does(), judge.Pass, ms(2000)},
		{"a subject that is not made", reports, nil, judge.SetupError, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := factory(tt.set)
			if tt.set == nil {
				f.New = func(subject.Env) (subject.Subject, error) { return nil, errNo }
			}
			res := play.Simulated(t, parse(t, tt.script), f, play.Options{})
			if res.Shown() != tt.want || res.Elapsed < tt.took || res.Elapsed > tt.took+ms(10) {
				t.Errorf("verdict %s after %v, want %s after %v: %v", res.Shown(), res.Elapsed, tt.want, tt.took, res.Reason())
			}
		})
	}
}
