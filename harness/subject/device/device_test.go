package device_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/subject/device"
	"umqtt/harness/transport"
)

const header = "title: x\nlevel: may\nneeds: [qos1, unsubscribe, explicit-ping, nested-publish]\npeer: script\nsteps:\n  - client connect:\n"

func parse(t *testing.T, steps string) *scenario.Scenario {
	t.Helper()
	sc, err := scenario.Parse("a/b.yaml", []byte(header+steps))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// A scenario fits a device when all its calls are ones that somebody can make for it.
func TestFits(t *testing.T) {
	const opened = "  - expect CONNECT:\n  - send CONNACK: {session_present: false, code: 0}\n"
	for name, tt := range map[string]struct {
		steps          string
		alone, trigger string // what is wrong
	}{
		"connect":    {opened + "  - wait: 1s\n", "", ""},
		"publish":    {opened + "  - client publish: {topic: t, as: m}\n  - client done: m\n", "no call for client publish; --trigger", ""},
		"ping":       {opened + "  - client ping:\n", "no call for client ping", ""},
		"abort":      {opened + "  - client abort:\n", "no call for client abort", ""},
		"on_message": {opened + "  - client on_message: {do: publish, topic: t}\n", "no call for client on_message", "no call for client on_message"},
		"receive":    {opened + "  - send PUBLISH: {topic: t, qos: 0}\n  - receive: {topic: t}\n", "does not tell which messages", "does not tell which messages"},
		"twice":      {opened + "  - client connect:\n", "connects when it likes", "connects when it likes"},
	} {
		sc := parse(t, tt.steps)
		for trigger, want := range map[string]string{"": tt.alone, "true": tt.trigger} {
			d := device.Device{Name: "board", Trigger: trigger, Features: []spec.Feature{spec.QoS1, spec.ManualReconnect}, Wait: 3 * time.Minute}
			f, played, err := d.For(sc)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s with trigger %q: %v, want %q", name, trigger, err, want)
			}
			if !slices.Equal(f.Features, []spec.Feature{spec.QoS1, spec.AutoReconnect}) || f.Name != "board" || !f.External {
				t.Errorf("%s: %+v", name, f)
			}
			if err == nil && (played.Steps[1].Within != 3*time.Minute || sc.Steps[1].Within != 0) {
				t.Errorf("%s: the first CONNECT may take %v, and %v in the scenario itself", name, played.Steps[1].Within, sc.Steps[1].Within)
			}
		}
	}
}

// Without a trigger no call is made, whichever the harness tries.
func TestWithoutTrigger(t *testing.T) {
	d := device.Device{Name: "board"}
	f, _, err := d.For(parse(t, "  - expect CONNECT:\n"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.New(subject.Env{Addr: "127.0.0.1:1883"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if _, err := s.Connect(ctx, subject.Options{}); err != subject.ErrUntold {
		t.Errorf("connect: %v", err)
	}
	s.Publish(ctx, subject.Message{}, func(err error) {
		if subject.KindOf(err) != subject.Unsupported {
			t.Errorf("publish: %v", err)
		}
	})
	if err := s.Ping(ctx); subject.KindOf(err) != subject.Unsupported {
		t.Errorf("ping: %v", err)
	}
	if err := s.Abort(); err != nil {
		t.Errorf("the end: %v", err)
	}
	if _, err := f.New(subject.Env{}); err == nil || !strings.Contains(err.Error(), "plays in the real world only") {
		t.Errorf("without an address: %v", err)
	}
}

// A device was told once what it speaks.
func TestNoTransport(t *testing.T) {
	sc := parse(t, "  - expect CONNECT:\n")
	sc.Transport = transport.TLS
	d := device.Device{Name: "board", Features: []spec.Feature{spec.TLS}}
	if _, _, err := d.For(sc); err == nil || !strings.Contains(err.Error(), "plays over tls") {
		t.Errorf("For: %v", err)
	}
}
