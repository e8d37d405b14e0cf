package robust_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
)

type fixed float64

func (f fixed) Float64() float64 { return float64(f) }

// almost1 is the largest number that a Rand may draw.
const almost1 = fixed(1 - 1.0/(1<<53))

func TestDelays(t *testing.T) {
	const s = time.Second
	for _, test := range []struct {
		name   string
		policy robust.Policy
		rand   robust.Rand
		want   []time.Duration // of attempts 1, 2 and so on
	}{
		{"defaults", robust.Forever(robust.Backoff{}), nil, []time.Duration{0, s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s}},
		{"factor 1", robust.Forever(robust.Backoff{Initial: 2 * s, Factor: 1}), nil, []time.Duration{0, 2 * s, 2 * s, 2 * s}},
		{"Initial above the default Max", robust.Forever(robust.Backoff{Initial: 100 * s}), nil, []time.Duration{0, 100 * s, 100 * s}},
		{"least jitter", robust.Forever(robust.Backoff{Max: 3 * s, Jitter: 0.5}), fixed(0), []time.Duration{0, s / 2, s, 3 * s / 2, 3 * s / 2}},
		{"most jitter", robust.Forever(robust.Backoff{Max: 3 * s, Jitter: 0.5}), almost1, []time.Duration{0, 3 * s / 2, 3 * s, 3 * s, 3 * s}},
		{"Within", robust.Within(s), fixed(0.5), []time.Duration{0, s / 2, s, 2 * s, 3600 * time.Millisecond}},
		{"BestEffort", robust.BestEffort(), nil, []time.Duration{0, 0, 0}},
	} {
		for i, want := range test.want {
			got := test.policy.Delay(robust.Outage{Attempt: i + 1}, test.rand)
			if want > 0 {
				got = got.Round(time.Millisecond)
			}
			if got != want {
				t.Errorf("%s: the delay before attempt %d is %v, want %v", test.name, i+1, got, want)
			}
		}
	}
}

// After years of outage the delay is still the longest one.
func TestDelayDoesNotOverflow(t *testing.T) {
	p := robust.Forever(robust.Backoff{Max: time.Hour})
	if d := p.Delay(robust.Outage{Attempt: math.MaxInt}, nil); d != time.Hour {
		t.Errorf("the delay is %v", d)
	}
}

func TestValidation(t *testing.T) {
	good := client.Config{Addr: "broker.example"}
	for _, test := range []struct {
		field string
		cfg   robust.Config
	}{
		{"Addr", robust.Config{}},
		{"Within", robust.Config{Config: good, Policy: robust.Within(0)}},
		{"Backoff.Initial", robust.Config{Config: good, Policy: robust.Forever(robust.Backoff{Initial: -1})}},
		{"Backoff.Max", robust.Config{Config: good, Policy: robust.Forever(robust.Backoff{Initial: 2, Max: 1})}},
		{"Backoff.Factor", robust.Config{Config: good, Policy: robust.Forever(robust.Backoff{Factor: 0.5})}},
		{"Backoff.Factor", robust.Config{Config: good, Policy: robust.Forever(robust.Backoff{Factor: math.NaN()})}},
		{"Backoff.Jitter", robust.Config{Config: good, Policy: robust.Forever(robust.Backoff{Jitter: 1.1})}},
		{"Backoff.Jitter", robust.Config{Config: good, Policy: robust.Forever(robust.Backoff{Jitter: -0.1})}},
	} {
		_, err := robust.New(test.cfg)
		var invalid *client.ValidationError
		if !errors.As(err, &invalid) || invalid.Field != test.field {
			t.Errorf("%s: New returned %v", test.field, err)
		}
	}
	for _, policy := range []robust.Policy{
		nil,
		robust.Within(1),
		robust.Forever(robust.Backoff{Initial: 1, Max: 1, Factor: 1}),
		robust.Forever(robust.Backoff{Jitter: 1}),
		robust.Forever(robust.Backoff{Initial: time.Hour}),
	} {
		if _, err := robust.New(robust.Config{Config: good, Policy: policy}); err != nil {
			t.Errorf("New returned %v", err)
		}
	}
}

// own is a caller's policy: it notes what it is asked.
type own struct{ asked *[]robust.Outage }

func (p own) Delay(o robust.Outage, _ robust.Rand) time.Duration {
	*p.asked = append(*p.asked, o)
	return 1234567 * time.Microsecond // 1.234567 s
}

func (p own) Limit() robust.Limit { return robust.Limit{Attempts: 3} }

// A caller's policy is asked once for each attempt, and its delays are rounded.
func TestOwnPolicy(t *testing.T) {
	var asked []robust.Outage
	script(t, robust.Config{Policy: own{&asked}}, func(w *world) {
		w.refuse = 3
		w.connect(true).fails(robust.ErrGaveUp)
		w.wantAttempts("0s: 1 after 0s, clean, failed", "1.235s: 2 after 1.235s, clean, failed", "2.47s: 3 after 1.235s, clean, failed")
		for i, o := range asked {
			if o.Attempt != i+2 || o.Cause == nil || o.Down != time.Duration(i)*1235*time.Millisecond {
				t.Errorf("it was asked %+v", o)
			}
		}
		if len(asked) != 3 {
			t.Errorf("it was asked %d times, want 3", len(asked))
		}
	})
}
