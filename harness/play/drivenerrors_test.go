package play_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// overheard is a client whose calls are noted, and which lies or fails at one of them.
type overheard struct {
	subject.Subject
	env   subject.Env
	calls *[]string
	fails string // the call that ends the client, such as "connect 2"
	lies  bool   // it reports other return codes, and another session present
	mute  bool   // it reports no return codes
}

// hear notes a call or a message.
func (o *overheard) hear(what string) {
	n := 1
	for _, c := range *o.calls {
		if strings.HasPrefix(c, what+" ") {
			n++
		}
	}
	name := fmt.Sprintf("%s %d", what, n)
	*o.calls = append(*o.calls, name)
	if name == o.fails {
		o.env.Fail(&subject.Fault{Err: errors.New("it is gone")})
	}
}

func (o *overheard) Connect(ctx context.Context, opts subject.Options) (bool, error) {
	o.hear("connect")
	present, err := o.Subject.Connect(ctx, opts)
	return present != o.lies, err
}

func (o *overheard) Publish(ctx context.Context, m subject.Message, done func(error)) {
	o.hear("publish")
	o.Subject.Publish(ctx, m, done)
}

func (o *overheard) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	o.hear("subscribe")
	granted, err := o.Subject.Subscribe(ctx, filters)
	if o.lies && len(granted) > 0 {
		granted[0]--
	}
	if o.mute {
		return nil, err
	}
	return granted, err
}

func (o *overheard) Disconnect(ctx context.Context) error {
	o.hear("disconnect")
	return o.Subject.Disconnect(ctx)
}

// overhears returns ref as a client like this one, and its calls.
func overhears(like overheard) (f subject.Factory, calls *[]string) {
	f = subject.Ref()
	inner := f.New
	calls = new([]string)
	f.New = func(env subject.Env) (subject.Subject, error) {
		o := &like
		o.env, o.calls = env, calls
		got := env.OnMessage
		env.OnMessage = func(m subject.Message) {
			o.hear("message")
			got(m)
		}
		var err error
		o.Subject, err = inner(env)
		return o, err
	}
	return f, calls
}

// A client that is gone is asked for nothing more, wherever the driver waits for it.
func TestDrivenErrors(t *testing.T) {
	sc := driven(t, "strong",
		"fault cut: {how: rst, packet: PUBACK, dir: to_client, nth: 1, at: 2, refuse: 1, forget: true}",
		"client connect:",
		"client subscribe: {filter: t/in, qos: 1}",
		"client publish: {topic: t/out, qos: 1, payload: a}",
		"client publish: {topic: t/out, qos: 1, payload: b}",
	)
	f, calls := overhears(overheard{})
	res := play.Simulated(t, sc, f, play.Options{})
	if res.Shown() != judge.Pass {
		t.Fatalf("%s: %v", res.Shown(), res.Failure)
	}
	whole := *calls
	for _, want := range []string{"connect 2", "subscribe 2", "message 1", "disconnect 1"} {
		if !slices.Contains(whole, want) {
			t.Fatalf("the run has no %s, which the test is about: %q", want, whole)
		}
	}
	refused := slices.IndexFunc(res.Capture.Records, func(r capture.Record) bool { return r.Text == "fault refuse" })
	if refused < 0 || res.Capture.Records[refused+1].Time-res.Capture.Records[refused].Time != time.Second {
		t.Errorf("a connect that is refused is not made again a second later:\n%v", res.Capture.Records)
	} else if at := res.Capture.Records[refused].Time; at != 20*time.Second+ms(1) { // behind two publishes
		t.Errorf("the first connect is made at %v, want at once", at)
	}
	for i, fails := range whole {
		t.Run(fails, func(t *testing.T) {
			f, calls := overhears(overheard{fails: fails})
			res := play.Simulated(t, sc, f, play.Options{})
			if res.Verdict != judge.Fail || !strings.Contains(res.Report(), "it is gone") {
				t.Errorf("verdict %s, want fail, since it is gone\n%s", res.Verdict, res.Report())
			}
			if !slices.Equal(*calls, whole[:i+1]) {
				t.Errorf("the calls and messages are %q, want %q", *calls, whole[:i+1])
			}
		})
	}
}

// A client that was told to leave is not told to connect again, and one that does not tell what it was granted
// subscribes again to what it has asked for.
func TestDrivenCalls(t *testing.T) {
	forgets := "fault cut: {how: rst, packet: PUBLISH, dir: to_server, nth: 1, at: 2, forget: true}"
	for _, tt := range []struct {
		like  overheard
		steps []string
		want  []string // the first calls
	}{
		{overheard{}, []string{"client connect:", "client disconnect:", "client publish: {topic: t/out, qos: 1, payload: a}"}, []string{"connect 1", "disconnect 1", "publish 1"}},
		{overheard{}, []string{forgets, "client connect:", "client subscribe: {filter: t/in, qos: 1}", "client publish: {topic: t/out, qos: 1, payload: a}"}, []string{"connect 1", "subscribe 1", "publish 1", "connect 2", "subscribe 2"}},
		{overheard{mute: true}, []string{forgets, "client connect:", "client subscribe: {filter: t/in, qos: 1}", "client publish: {topic: t/out, qos: 1, payload: a}"}, []string{"connect 1", "subscribe 1", "publish 1", "connect 2", "subscribe 2"}},
	} {
		f, calls := overhears(tt.like)
		res := play.Simulated(t, driven(t, "strong", tt.steps...), f, play.Options{})
		if res.Shown() != judge.Pass || len(*calls) < len(tt.want) || !slices.Equal((*calls)[:len(tt.want)], tt.want) {
			t.Errorf("%s: the calls are %q, want %q first: %v", res.Shown(), *calls, tt.want, res.Failure)
		}
	}
}

// What a client tells of return codes and of the session is held against the wire where its API tells of it.
func TestDrivenTold(t *testing.T) {
	sc := driven(t, "strong", "client connect:", "client subscribe: {filter: t/in, qos: 1}")
	for _, tt := range []struct {
		lies    bool
		without []spec.Feature
		want    []string
	}{
		{false, nil, nil},
		{true, nil, []string{"connect tells session present true", "subscribe tells the return codes [0]"}},
		{true, []spec.Feature{spec.TellsGranted}, []string{"connect tells session present true"}},
		{true, []spec.Feature{spec.TellsSessionPresent}, []string{"subscribe tells the return codes [0]"}},
		{true, []spec.Feature{spec.TellsGranted, spec.TellsSessionPresent}, nil},
	} {
		f, _ := overhears(overheard{lies: tt.lies})
		f.Features = slices.DeleteFunc(slices.Clone(f.Features), func(f spec.Feature) bool { return slices.Contains(tt.without, f) })
		res := play.Simulated(t, sc, f, play.Options{})
		for _, v := range res.Violations {
			if !slices.ContainsFunc(tt.want, func(w string) bool { return strings.HasPrefix(v.Message, w) }) {
				t.Errorf("it lies: %t, without %s: %s: %s, want %q", tt.lies, tt.without, v.Rule, v.Message, tt.want)
			}
		}
		if len(res.Violations) != len(tt.want) {
			t.Errorf("it lies: %t, without %s: %d violations, want %q", tt.lies, tt.without, len(res.Violations), tt.want)
		}
	}
}
