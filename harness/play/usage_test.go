package play_test

import (
	"context"
	"strings"
	"testing"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/mutant"
	"umqtt/harness/play"
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
