package play_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/mutant"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// flaps is a scenario of some reconnects, with a peer and what it says of the CONNACKs.
func flaps(peer, connack string) string {
	return `title: a test
covers: [api-resources-1]
level: policy
profile: umqtt
peer: ` + peer + `
steps:
  - client connect:
  - expect CONNECT:
  - ` + connack + ` CONNACK: {code: 0}
  - measure start:
  - fault flap: {count: 5, how: rst, lasts: 1s}
    within: 2m
  - measure growth: {threads: 0, descriptors: 0}
    within: 2s
`
}

// A flap has every kind of subject connect again, at either peer, as often as it says.
func TestFlap(t *testing.T) {
	for peer, connack := range map[string]string{"script": "send", "broker": "deliver"} {
		for _, f := range subject.Builtin() {
			t.Run(f.Name+"/"+peer, func(t *testing.T) {
				res := play.Simulated(t, parse(t, flaps(peer, connack)), f, play.Options{Strict: true})
				if res.Verdict != judge.Pass {
					t.Fatalf("%s: %v", res.Verdict, res.Failure)
				}
				connects, cuts := 0, 0
				for _, r := range res.Capture.Records {
					if r.Kind == capture.Sent && len(r.Data) > 0 && wire.TypeOf(r.Data) == wire.CONNECT {
						connects++
					}
					if r.Text == "fault cut rst" {
						cuts++
					}
				}
				if connects != 6 || cuts != 5 {
					t.Errorf("%d connects, %d cuts", connects, cuts)
				}
			})
		}
	}
}

// A subject that does not come back fails the flap.
func TestFlapWithoutReturn(t *testing.T) {
	f := factory(func(f *fake) {
		f.connect = func(f *fake) error {
			if f.conn != nil {
				return &subject.Error{Kind: subject.Network, Err: context.Canceled}
			}
			f.dial()
			return f.read(4)
		}
	})
	res := play.Simulated(t, parse(t, flaps("script", "send")), f, play.Options{Strict: true})
	if res.Verdict != judge.Fail || !strings.Contains(res.Failure.Message, "the client sent no CONNECT within 2m0s") {
		t.Errorf("%s: %v", res.Verdict, res.Failure)
	}
}

// What is left behind at each reconnect is counted.
func TestGrowth(t *testing.T) {
	for name, want := range map[string]string{"goroutine-left-behind": "threads +5", "lost-connection-kept": "descriptors +5"} {
		m, ok := mutant.Find(name)
		if !ok {
			t.Fatalf("there is no mutant %s", name)
		}
		script := strings.Replace(flaps("script", "send"), "how: rst", "how: fin", 1)
		res := play.Simulated(t, parse(t, script), m.Apply(subject.Simple()), play.Options{Strict: true})
		if res.Verdict != judge.Fail || !strings.Contains(res.Failure.Message, want) {
			t.Errorf("%s: %s: %v, want %s", name, res.Verdict, res.Failure, want)
		}
	}
}

// A flap fails where the subject does not come to a connection that lasts, and ends where something else goes wrong.
func TestFlapErrors(t *testing.T) {
	gone := func(f *fake) { f.env.Fail(&subject.Fault{Err: errors.New("it is gone")}) }
	later := func(d time.Duration, do func(*fake)) func(*fake) {
		return func(f *fake) { time.AfterFunc(d, func() { do(f) }) }
	}
	for _, tt := range []struct {
		name, peer, connack string
		first, again        func(*fake) // what the subject does once it has dialled
		want                string
		last                string // the step that begins last
	}{
		{"it closes the next connection", "script", "send", nil, func(f *fake) { f.conn.Close() }, "fault flap: the client ended the connection before this step", "fault flap"},
		{"it asks for no more", "broker", "deliver", nil, func(f *fake) { f.conn.Close() }, "the client was handed no such CONNACK within 2m0s", "fault flap"},
		{"it fails while the connection lasts", "script", "send", nil, later(500*time.Millisecond, gone), "it is gone", "fault flap"},
		{"it fails before it is accepted", "script", "send", nil, gone, "it is gone", "fault flap"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var begun string
			dials := 0
			f := factory(func(f *fake) {
				f.connect = func(f *fake) error {
					f.dial()
					does := tt.first
					if dials++; dials > 1 {
						does = tt.again
					}
					if does != nil {
						does(f)
						return nil
					}
					return f.read(4)
				}
			})
			o := play.Options{Strict: true, Begin: func(st *scenario.Step) { begun = st.Key }}
			res := play.Simulated(t, parse(t, flaps(tt.peer, tt.connack)), f, o)
			if !res.Failed() || !strings.Contains(res.Report(), tt.want) {
				t.Errorf("verdict %s, want a failure, %q\n%s", res.Verdict, tt.want, res.Report())
			}
			if begun != tt.last {
				t.Errorf("the last step that begins is %q, want %q", begun, tt.last)
			}
		})
	}
}

// measured is a fake that says itself what it holds.
type measured struct {
	*fake
	holds []subject.Usage // the last one from then on
	err   error
}

func (m *measured) Usage() (subject.Usage, error) {
	u := m.holds[0]
	if len(m.holds) > 1 {
		m.holds = m.holds[1:]
	}
	return u, m.err
}

// What a subject says that it holds is compared, what cannot be measured is not, and a step waits for its bound.
func TestMeasured(t *testing.T) {
	use := func(threads, descriptors int, memory int64) subject.Usage {
		return subject.Usage{Threads: threads, Descriptors: descriptors, Memory: memory}
	}
	for _, tt := range []struct {
		name   string
		holds  []subject.Usage
		err    error
		want   string
		took   time.Duration
		within string
	}{
		{"no more", []subject.Usage{use(1, 2, 300)}, nil, "", 0, ""},
		{"as much as it may", []subject.Usage{use(1, 2, 300), use(2, 4, 400)}, nil, "", 0, ""},
		{"a thread", []subject.Usage{use(1, 2, 300), use(3, 4, 400)}, nil, "the client holds more than it did: threads +2, from 1 to 3", 10 * time.Second, ""},
		{"a descriptor", []subject.Usage{use(1, 2, 300), use(2, 5, 400)}, nil, "descriptors +3, from 2 to 5", 10 * time.Second, ""},
		{"a byte", []subject.Usage{use(1, 2, 300), use(2, 4, 401)}, nil, "memory +101, from 300 to 401", 10 * time.Second, ""},
		{"more for a moment", []subject.Usage{use(1, 2, 300), use(3, 5, 401), use(3, 5, 401), use(1, 2, 300)}, nil, "", 100 * time.Millisecond, ""},
		{"what cannot be measured", []subject.Usage{use(subject.Unmeasured, subject.Unmeasured, subject.Unmeasured), use(9, 9, 999)}, nil, "", 0, ""},
		{"what is not told", []subject.Usage{use(1, 2, 300), use(9, 9, 999)}, errors.New("no"), "", 0, ""},
		{"a thread, for less than a look", []subject.Usage{use(1, 2, 300), use(3, 4, 400)}, nil, "threads +2, from 1 to 3", 110 * time.Millisecond, "    within: 110ms\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := factory(nil)
			f.New = func(env subject.Env) (subject.Subject, error) {
				return &measured{&fake{env: env}, tt.holds, tt.err}, nil
			}
			res := play.Simulated(t, parse(t, up+"  - measure start:\n  - measure growth: {threads: 1, descriptors: 2, memory: 100}\n"+tt.within), f, play.Options{Strict: true})
			if res.Failed() != (tt.want != "") || !strings.Contains(res.Report(), tt.want) {
				t.Errorf("verdict %s, want %q\n%s", res.Verdict, tt.want, res.Report())
			}
			took := res.Elapsed
			if !res.Failed() {
				took -= time.Second // the silence
			}
			if took != tt.took {
				t.Errorf("it takes %v, want %v", took, tt.took)
			}
		})
	}
}
