package play_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/play"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
	"umqtt/scenarios"
)

// fake is a subject that sends what a test says, so that each judgement can be seen to fail.
type fake struct {
	env  subject.Env
	ctx  context.Context // of the newest connect
	conn net.Conn

	connect func(f *fake) error
	publish func(f *fake, m subject.Message, done func(error))
}

func (f *fake) dial() {
	f.conn, _ = f.env.Dial(context.Background())
	f.send(&wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: "c1"})
}

func (f *fake) send(p wire.Packet) { f.conn.Write(p.Append(nil)) }

// read waits for so many bytes.
func (f *fake) read(n int) error {
	f.conn.SetReadDeadline(time.Now().Add(time.Second))
	buf := make([]byte, n)
	for got := 0; got < n; {
		k, err := f.conn.Read(buf[got:])
		if err != nil {
			return err
		}
		got += k
	}
	return nil
}

func (f *fake) Connect(ctx context.Context, _ subject.Options) (bool, error) {
	f.ctx = ctx
	if f.connect != nil {
		return false, f.connect(f)
	}
	f.dial()
	return false, f.read(4)
}

func (f *fake) Publish(_ context.Context, m subject.Message, done func(error)) {
	if f.publish != nil {
		f.publish(f, m, done)
		return
	}
	f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
	done(f.read(4))
}

func (f *fake) Subscribe(context.Context, []subject.Filter) ([]int, error) { return nil, nil }
func (f *fake) Unsubscribe(context.Context, []string) error                { return nil }
func (f *fake) Ping(context.Context) error                                 { return nil }
func (f *fake) Disconnect(context.Context) error                           { return f.conn.Close() }
func (f *fake) Abort() error {
	if f.conn != nil {
		f.conn.Close()
	}
	return nil
}

func factory(set func(*fake)) subject.Factory {
	return subject.Factory{
		Name:     "fake",
		Features: []spec.Feature{spec.QoS1, spec.ManualReconnect},
		New: func(env subject.Env) (subject.Subject, error) {
			f := &fake{env: env}
			set(f)
			return f, nil
		},
	}
}

// header stands before the steps of every scenario of these tests.
const header = `title: a test
covers: [MQTT-4.3.2-1]
level: must
needs: [qos1]
peer: script
steps:
`

// publishes is a scenario of one publish.
const publishes = header + `  - client connect:
  - expect CONNECT: {client_id: c1}
  - send CONNACK: {session_present: false, code: 0}
  - client publish: {topic: t, qos: 1, payload: hi, as: m1}
  - expect PUBLISH: {topic: t, payload: hi, packet_id: $id}
  - client pending: m1
  - send PUBACK: {packet_id: $id}
  - client done: m1
`

func parse(t *testing.T, text string) *scenarios.Scenario {
	t.Helper()
	sc, err := scenarios.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// Whatever a subject gets wrong is seen, at the step where it shows, and says what was expected.
func TestVerdicts(t *testing.T) {
	for _, tt := range []struct {
		name     string
		scenario string
		set      func(*fake)
		verdict  play.Verdict
		line     int    // of the step
		message  string // part of the failure's report
	}{
		{"it does all of it", publishes, func(*fake) {}, play.Pass, 0, ""},
		{"success before the acknowledgement", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
				done(nil)
			}
		}, play.Fail, 10, "the API reported success of publish m1 too early"},
		{"another packet", publishes, func(f *fake) {
			f.publish = func(f *fake, _ subject.Message, _ func(error)) { f.send(&wire.Pingreq{}) }
		}, play.Fail, 11, "the subject sent something else\n  statements: MQTT-4.3.2-1\n  want: PUBLISH topic=\"t\" packet_id=$id payload=\"hi\"\n  got:  PINGREQ"},
		{"another field", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, _ func(error)) {
				f.send(&wire.Publish{Topic: "u", Payload: []byte("hi"), QoS: 1, PacketID: 1})
			}
		}, play.Fail, 11, "topic differs"},
		{"a malformed packet", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, _ func(error)) {
				f.send(&wire.Publish{Topic: "t", Payload: []byte("hi"), QoS: 1})
			}
		}, play.Fail, 11, "malformed packet"},
		{"nothing at all", publishes, func(f *fake) {
			f.publish = func(*fake, subject.Message, func(error)) {}
		}, play.Fail, 11, "did not send it in time"},
		{"the end of the connection instead", publishes, func(f *fake) {
			f.publish = func(f *fake, _ subject.Message, _ func(error)) { f.conn.Close() }
		}, play.Fail, 11, "the end of connection 1 (FIN)"},
		{"no result", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, _ func(error)) {
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
			}
		}, play.Fail, 14, "the call m1 did not return in time"},
		{"failure for success", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
				f.read(4)
				done(errors.New("no"))
			}
		}, play.Fail, 14, "the call failed"},
		{"two results", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
				done(f.read(4))
				done(nil)
			}
		}, play.Fail, 1, "the outcome of publish m1 twice"},
		{"a panic", publishes, func(f *fake) {
			f.publish = func(*fake, subject.Message, func(error)) { panic("oh") }
		}, play.Fail, 1, "the subject panicked: oh"},
		{"a message nobody sent", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				f.env.OnMessage(subject.Message{Topic: "t", Payload: "invented"})
			}
		}, play.Fail, 1, "a message that the subject was not handed whole"},
		{"a packet after the last step", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
				err := f.read(4)
				f.send(&wire.Pingreq{})
				done(err)
			}
		}, play.Fail, 1, "something that no step expects"},
		{"a message that no step lists", header + `  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
  - send PUBLISH: {topic: t, payload: hi}
`, func(f *fake) {
			f.connect = func(f *fake) error {
				f.dial()
				f.read(4)
				err := f.read(7)
				f.env.OnMessage(subject.Message{Topic: "t", Payload: "hi"})
				return err
			}
		}, play.Fail, 1, "a message that no step lists"},
		{"an unmet precondition", header + `  - client connect:
  - expect CONNECT: {client_id: other}
    given: true
`, func(*fake) {}, play.Inconclusive, 8, "client_id differs"},
		{"a failure at level should", strings.Replace(publishes, "level: must", "level: should", 1), func(f *fake) {
			f.publish = func(*fake, subject.Message, func(error)) {}
		}, play.Warn, 11, "did not send it in time"},
		{"a failure at level may", strings.Replace(publishes, "level: must", "level: may", 1), func(f *fake) {
			f.publish = func(*fake, subject.Message, func(error)) {}
		}, play.Info, 11, "did not send it in time"},
		{"a call that fails unseen", header + `  - client connect:
  - expect CONNECT:
  - wait: 2s
`, func(*fake) {}, play.Fail, 7, "the call failed"},
		{"the wrong time", header + `  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
  - client publish: {topic: t, qos: 1, payload: hi, as: m1}
  - expect PUBLISH: {packet_id: $id}
    after: 1s~2s
`, func(*fake) {}, play.Fail, 11, "at the wrong time"},
		{"what a monitor sees", header + `  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
  - client publish: {topic: t, qos: 1, payload: hi, as: m1}
  - expect PUBLISH: {topic: t}
`, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, _ func(error)) {
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1, Dup: true})
			}
		}, play.Fail, 1, "the monitor first-sending"},
		{"a connection left open", header + `  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
`, func(f *fake) {
			f.connect = func(f *fake) error {
				f.dial()
				err := f.read(4)
				f.conn = nil // and nobody closes it
				return err
			}
		}, play.Fail, 1, "left its connections [1] open"},
		{"a feature it lacks", strings.Replace(publishes, "needs: [qos1]", "needs: [qos1, will]", 1), func(*fake) {}, play.Unsupported, 0, "lacks the feature will"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := play.Simulated(t, parse(t, tt.scenario), factory(tt.set), play.Options{})
			if res.Verdict != tt.verdict {
				t.Fatalf("verdict %s, want %s: %v", res.Verdict, tt.verdict, res.Failure)
			}
			if res.Failure == nil {
				return
			}
			if got := res.Failure.Report(); !strings.Contains(got, tt.message) {
				t.Errorf("the report lacks %q:\n%s", tt.message, got)
			}
			if res.Failure.Pos.Line != tt.line {
				t.Errorf("it is blamed on line %d, want %d", res.Failure.Pos.Line, tt.line)
			}
		})
	}
}

// A subject whose call does not end with its context is reported, and stops neither world.
func TestStuckSubject(t *testing.T) {
	t.Parallel()
	sc := parse(t, strings.Replace(publishes, "packet_id: $id}\n", "packet_id: $id}\n    within: 10ms\n", 1))
	f := factory(func(f *fake) {
		f.publish = func(*fake, subject.Message, func(error)) { select {} }
	})
	for _, res := range []*play.Result{play.Simulated(t, sc, f, play.Options{}), play.Real(sc, f, play.Options{})} {
		if res.Verdict != play.Fail || !strings.Contains(res.Failure.Message, "in time") {
			t.Errorf("%s: verdict %s, want fail: %v", res.World, res.Verdict, res.Failure)
		}
	}
}

// A subject that leaves a goroutine running is reported, in both worlds.
func TestLeftGoroutine(t *testing.T) {
	t.Parallel()
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	f := factory(func(f *fake) {
		f.connect = func(f *fake) error {
			f.dial()
			left := forever
			if f.env.Addr == "" {
				left = make(chan struct{}) // a channel of the bubble
			}
			go func() { <-left }()
			return f.read(4)
		}
	})
	sc := parse(t, publishes)
	if res := play.Simulated(t, sc, f, play.Options{}); res.Verdict != play.Fail || !strings.Contains(res.Failure.Message, "blocked goroutines remain") {
		t.Errorf("simulated: verdict %s, want fail: %v", res.Verdict, res.Failure)
	}
	if res := play.Real(sc, f, play.Options{}); res.Verdict != play.Fail || !strings.Contains(res.Failure.Message, "left goroutines running:") {
		t.Errorf("real: verdict %s, want fail: %v", res.Verdict, res.Failure)
	}
}

// A scenario that goes on and on is ended by its budget, and so is one whose subject and peer keep each
// other busy in hardly any virtual time.
func TestBudgets(t *testing.T) {
	waits := parse(t, header+"  - client connect:\n  - expect CONNECT:\n  - send CONNACK: {code: 0}\n  - wait: 100h\n")
	res := play.Simulated(t, waits, factory(func(*fake) {}), play.Options{Budget: time.Hour})
	if res.Verdict != play.SetupError || !strings.Contains(res.Failure.Message, "budget of 1h") {
		t.Errorf("verdict %s, want setup-error: %v", res.Verdict, res.Failure)
	}
	busy := parse(t, strings.Replace(publishes, "steps:", "allow: [PINGREQ]\nsteps:", 1))
	res = play.Simulated(t, busy, factory(func(f *fake) {
		f.publish = func(f *fake, _ subject.Message, _ func(error)) {
			for range 150_000 {
				f.send(&wire.Pingreq{})
				time.Sleep(time.Nanosecond) // hardly any virtual time
			}
		}
	}), play.Options{})
	if res.Verdict != play.Fail || !strings.Contains(res.Failure.Message, "keep each other busy") {
		t.Errorf("verdict %s, want fail: %v", res.Verdict, res.Failure)
	}
}

// A subject that dials in a loop, and lets no time pass, fails its scenario and nothing else.
func TestDialsWithoutEnd(t *testing.T) {
	f := factory(func(f *fake) {
		f.connect = func(f *fake) error {
			f.dial()
			for f.ctx.Err() == nil {
				f.env.Dial(f.ctx)
			}
			return f.ctx.Err()
		}
	})
	sc := parse(t, header+"  - client connect: {as: up}\n  - expect CONNECT:\n  - fault down:\n  - wait: 10s\n")
	res := play.Simulated(t, sc, f, play.Options{Watchdog: 20 * time.Second})
	if res.Verdict != play.Fail || !strings.Contains(res.Failure.Message, "dialled more than") {
		t.Errorf("verdict %s, want fail: %v", res.Verdict, res.Failure)
	}
}

// A subject that waits for a mutex stops virtual time for good. The watchdog ends the process and shows
// where everybody is.
func TestWatchdog(t *testing.T) {
	if os.Getenv("PLAY_TEST_HANG") != "" {
		play.Simulated(t, parse(t, publishes), factory(func(f *fake) {
			f.publish = func(*fake, subject.Message, func(error)) {
				var mu sync.Mutex
				mu.Lock()
				mu.Lock()
			}
		}), play.Options{Watchdog: 50 * time.Millisecond})
		return
	}
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run=^TestWatchdog$")
	cmd.Env = append(os.Environ(), "PLAY_TEST_HANG=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the process ended well:\n%s", out)
	}
	for _, want := range []string{"test with fake hangs", "sync.(*Mutex).Lock", "play.(*runner)"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the output lacks %q:\n%.3000s", want, out)
		}
	}
}

// A subject that is not ours may send a packet that no step expects: a PINGREQ in silence, another one
// with a warning. What is malformed or missing fails all the same.
func TestForeignSubjects(t *testing.T) {
	extra := func(ps ...wire.Packet) func(*fake) {
		return func(f *fake) {
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				for _, p := range ps {
					f.send(p)
				}
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
				done(f.read(4))
			}
		}
	}
	for _, tt := range []struct {
		name string
		set  func(*fake)
		want play.Verdict
	}{
		{"PINGREQ", extra(&wire.Pingreq{}), play.Pass},
		{"SUBSCRIBE", extra(&wire.Subscribe{PacketID: 9, Filters: []wire.Subscription{{Filter: "t"}}}), play.Warn},
		{"a malformed packet", extra(&wire.Subscribe{PacketID: 9}), play.Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if res := play.Simulated(t, parse(t, publishes), factory(tt.set), play.Options{Foreign: true}); res.Verdict != tt.want {
				t.Errorf("verdict %s, want %s: %v", res.Verdict, tt.want, res.Failure)
			}
		})
	}
}

// The capture ends with the verdict, and holds the subject's side only.
func TestCapture(t *testing.T) {
	res := play.Simulated(t, parse(t, publishes), factory(func(*fake) {}), play.Options{})
	var got []string
	for _, r := range res.Capture.Records {
		got = append(got, r.String())
	}
	want := []string{
		`0.000 > CONNECT level=4 clean=1 keepalive=0 id="c1"`,
		`0.000 < CONNACK sp=0 code=0`,
		`0.000 > PUBLISH qos=1 dup=0 retain=0 topic="t" id=1 payload="hi"`,
		`0.001 < PUBACK id=1`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("capture (-want +got):\n%s", diff)
	}
}
