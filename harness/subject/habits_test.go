package subject

import (
	"errors"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
)

// Habits replace what they name, and leave the rest of the policy as it is.
func TestHabits(t *testing.T) {
	cause := &client.ConnackError{Code: 3}
	outage := robust.Outage{Attempt: 3, Cause: cause}
	var told error
	for _, tt := range []struct {
		name     string
		habits   Habits
		delay    time.Duration
		attempts int
	}{
		{"none", Habits{}, 2 * time.Second, 0},
		{"delay", Habits{Delay: func(attempt int, err error) time.Duration {
			told = err
			return time.Duration(attempt) * time.Minute
		}}, 3 * time.Minute, 0},
		{"attempts", Habits{Attempts: 2}, 2 * time.Second, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := tt.habits.change(robust.Config{Policy: robust.Forever(robust.Backoff{})}).Policy
			if got := p.Delay(outage, nil); got != tt.delay {
				t.Errorf("delay %v, want %v", got, tt.delay)
			}
			if got := p.Limit(); got != (robust.Limit{Attempts: tt.attempts}) {
				t.Errorf("limit %+v, want %d attempts", got, tt.attempts)
			}
		})
	}
	if KindOf(told) != Refused || !errors.Is(told, cause) {
		t.Errorf("the delay was told %v, want the cause and its kind", told)
	}
}

// Who watches the attempts hears of each, beside the subject itself.
func TestHabitsAttempted(t *testing.T) {
	var got []error
	heard := 0
	h := Habits{Attempted: func(err error) { got = append(got, err) }}
	c := h.change(robust.Config{OnAttempt: func(robust.Attempt) { heard++ }})
	c.OnAttempt(robust.Attempt{Err: client.ErrClosed})
	c.OnAttempt(robust.Attempt{})
	if len(got) != 2 || KindOf(got[0]) != Closed || got[1] != nil || heard != 2 {
		t.Errorf("told of %v, and the subject of %d attempts; want a closed one and one that went well, of both", got, heard)
	}
}

// Only the subject of package robust has habits.
func TestSetHabits(t *testing.T) {
	for _, f := range Builtin() {
		s, err := f.New(Env{})
		if err != nil {
			t.Fatal(err)
		}
		SetHabits(s, Habits{Attempts: 1})
		if r, ok := s.(*robustSubject); ok != (f.Name == "robust") || ok && r.habits.Attempts != 1 {
			t.Errorf("%s: habits taken over: %t", f.Name, ok)
		}
	}
}
