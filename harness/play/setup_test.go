package play_test

import (
	"errors"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// What the harness or the script cannot do is no fault of the subject. The scenarios are changed behind the checker, which
// refuses such scripts.
func TestSetupErrors(t *testing.T) {
	unbound := up + "  - expect SUBSCRIBE: {packet_id: $x}\n    optional: true\n"
	always := func(sc *scenario.Scenario) { sc.Steps[len(sc.Steps)-1].When = "" }
	without := func(key string) func(sc *scenario.Scenario) {
		return func(sc *scenario.Scenario) {
			sc.Steps = slices.DeleteFunc(sc.Steps, func(st scenario.Step) bool { return st.Key == key })
		}
	}
	witness := broker + "  - witness connect:\n  - client connect:\n  - expect CONNECT:\n  - deliver CONNACK:\n"
	for _, tt := range []struct {
		name   string
		script string
		change func(*scenario.Scenario)
		want   string
	}{
		{"a packet with a variable that has no value", unbound + "  - send SUBACK: {packet_id: $x, codes: [0]}\n    when: $x\n", always, "send SUBACK: packet_id: $x has no value yet"},
		{"bytes with a variable that has no value", unbound + "  - send raw: {hex: \"90 03\", packet_id: $x}\n    when: $x\n", always, "send raw: packet_id: $x has no value yet"},
		{"a fault with a variable that has no value", unbound + "  - fault drop: {packet: SUBACK, packet_id: $x}\n    when: $x\n", always, "fault drop: packet_id: $x has no value yet"},
		{"a witness that is not connected", witness + "  - witness disconnect:\n", without("witness connect"), "witness disconnect: the witness is not connected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sc := parse(t, tt.script)
			tt.change(sc)
			res := play.Simulated(t, sc, factory(func(*fake) {}), play.Options{})
			if res.Verdict != judge.SetupError || !strings.Contains(res.Report(), tt.want) {
				t.Errorf("verdict %s, want setup-error, %q\n%s", res.Verdict, tt.want, res.Report())
			}
		})
	}
	res := play.Simulated(t, parse(t, witness), factory(func(*fake) {}), play.Options{Misdeed: "sings"})
	if want := `the broker has no misdeed "sings"`; res.Verdict != judge.SetupError || !strings.Contains(res.Report(), want) {
		t.Errorf("verdict %s, want setup-error, %q\n%s", res.Verdict, want, res.Report())
	}
}

// A world of which the address is in use is not built.
func TestAddressInUse(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	sc := parse(t, publishes)
	res := play.Real(sc, factory(func(*fake) {}), play.Options{Listen: ln.Addr().String(), Seed: 7})
	if res.Verdict != judge.SetupError || !strings.Contains(res.Failure.Message, "address already in use") {
		t.Errorf("verdict %s: %v", res.Verdict, res.Failure)
	}
	if res.Scenario != sc || res.Subject != "fake" || res.World != "real" || res.Seed != 7 {
		t.Errorf("the result is that of %s, %s, %s and seed %d", res.Scenario.Name, res.Subject, res.World, res.Seed)
	}
}

// A subject whose goroutine ends while it is made, as t.Fatal ends it, is one that could not be made.
func TestEndsInNew(t *testing.T) {
	f := factory(nil)
	f.New = func(subject.Env) (subject.Subject, error) {
		runtime.Goexit()
		return nil, nil
	}
	res := play.Simulated(t, parse(t, publishes), f, play.Options{})
	if res.Verdict != judge.SetupError || !strings.Contains(res.Failure.Message, "its goroutine has ended") {
		t.Errorf("verdict %s: %v", res.Verdict, res.Failure)
	}
}

// A device that does not connect has no fault yet: it may not know the address.
func TestDeviceThatDoesNotConnect(t *testing.T) {
	f := factory(func(f *fake) { f.connect = func(*fake) error { return nil } })
	f.Lasting = true
	res := play.Simulated(t, parse(t, publishes), f, play.Options{Foreign: true})
	if res.Verdict != judge.SetupError || !strings.Contains(res.Failure.Message, "the device did not connect") {
		t.Errorf("verdict %s: %v", res.Verdict, res.Failure)
	}
}

// clocked is a fake with a wall clock of its own.
type clocked struct {
	*fake
	moved []time.Duration
	err   error
}

func (c *clocked) SetClock(moved time.Duration) error {
	c.moved = append(c.moved, moved)
	return c.err
}

// A subject with a wall clock of its own is told how far each jump moves it; one without sees Env.Now move.
func TestClockSetter(t *testing.T) {
	script := parse(t, strings.Replace(up, "needs: [qos1]", "needs: [wall-clock]", 1)+"  - fault clock: {ahead: 5s}\n  - fault clock: {back: 1s}\n")
	for _, fails := range []error{nil, errors.New("the clock is stuck")} {
		c := &clocked{err: fails}
		var now []time.Duration
		f := factory(func(*fake) {})
		f.Features = append(f.Features, "wall-clock")
		f.New = func(env subject.Env) (subject.Subject, error) {
			c.fake = &fake{env: env, abort: func() { now = append(now, env.Now().Sub(time.Now().Round(0))) }}
			return c, nil
		}
		res := play.Simulated(t, script, f, play.Options{})
		want := []time.Duration{5 * time.Second, 4 * time.Second}
		if fails != nil {
			want = want[:1]
			if res.Verdict != judge.SetupError || !strings.Contains(res.Report(), "fault clock: the clock is stuck") {
				t.Errorf("verdict %s\n%s", res.Verdict, res.Report())
			}
		} else if res.Verdict != judge.Pass {
			t.Errorf("verdict %s\n%s", res.Verdict, res.Report())
		}
		if len(c.moved) != len(want) || c.moved[0] != want[0] || c.moved[len(want)-1] != want[len(want)-1] {
			t.Errorf("the clock is moved to %v, want %v", c.moved, want)
		}
		if last := want[len(want)-1]; len(now) != 1 || now[0] != last {
			t.Errorf("Now is ahead by %v at the end, want %v", now, last)
		}
	}
}
