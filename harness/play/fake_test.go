package play_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// fake is a subject that sends what a test says, so that each judgement can be seen to fail.
type fake struct {
	env  subject.Env
	ctx  context.Context // of the newest connect
	conn net.Conn

	connect func(f *fake) error
	publish func(f *fake, m subject.Message, done func(error))
	call    func(f *fake) error // subscribe, unsubscribe and ping
	abort   func()
}

func (f *fake) dial() {
	if f.conn != nil {
		f.conn.Close()
	}
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

func (f *fake) Subscribe(context.Context, []subject.Filter) ([]int, error) { return nil, f.other() }
func (f *fake) Unsubscribe(context.Context, []string) error                { return f.other() }
func (f *fake) Ping(context.Context) error                                 { return f.other() }
func (f *fake) Disconnect(context.Context) error                           { return f.conn.Close() }

func (f *fake) other() error {
	if f.call != nil {
		return f.call(f)
	}
	return nil
}

func (f *fake) Abort() error {
	if f.abort != nil {
		f.abort()
	}
	if f.conn != nil {
		f.conn.Close()
	}
	return nil
}

func factory(set func(*fake)) subject.Factory {
	return subject.Factory{
		Name:     "fake",
		Features: []spec.Feature{spec.QoS1, spec.QoS2, spec.ManualReconnect, spec.Unsubscribe, spec.ExplicitPing, spec.NestedPublish, spec.ReportsOutcome, spec.TellsGranted, spec.TellsSessionPresent},
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

func parse(t *testing.T, text string) *scenario.Scenario {
	t.Helper()
	text += "why: a PUBLISH at QoS 1 stays unacknowledged until its PUBACK comes (4.3.2)\n"
	sc, err := scenario.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// do does things in turn: it sends a packet, waits for a duration, reads so many bytes, calls a function, or
// returns an error.
func (f *fake) do(things ...any) error {
	for _, thing := range things {
		switch thing := thing.(type) {
		case wire.Packet:
			f.send(thing)
		case time.Duration:
			time.Sleep(thing)
		case int:
			if err := f.read(thing); err != nil {
				return err
			}
		case func(*fake):
			thing(f)
		case error:
			return thing
		}
	}
	return nil
}

// does is a fake whose publish does things in turn, and reports what came of them.
func does(things ...any) func(*fake) {
	return func(f *fake) {
		f.publish = func(f *fake, _ subject.Message, done func(error)) { done(f.do(things...)) }
	}
}

// acts stands before what a fake does whose publish sends what a test says.
const acts = header + `  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
  - client publish: {topic: t}
`

// on is a PUBLISH at QoS 0.
func on(topic string) *wire.Publish { return &wire.Publish{Topic: topic} }

// played is a scenario, a subject that plays it in virtual time, and what comes of it.
type played struct {
	name   string
	script string
	set    func(*fake)
	opts   play.Options
	want   judge.Verdict // as it is shown
	report string        // part of the report of a failure
}

func (tt played) run(t *testing.T) {
	t.Helper()
	t.Run(tt.name, func(t *testing.T) {
		t.Helper()
		res := play.Simulated(t, parse(t, tt.script), factory(tt.set), tt.opts)
		if res.Shown() != tt.want {
			t.Errorf("verdict %s, want %s: %v", res.Shown(), tt.want, res.Reason())
		}
		if res.Reason() != nil && !strings.Contains(res.Reason().Report(), tt.report) {
			t.Errorf("the report lacks %q:\n%s", tt.report, res.Reason().Report())
		}
	})
}
