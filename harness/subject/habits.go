package subject

import (
	"time"

	"umqtt/client/robust"
)

// Habits change how the subject of package robust meets a lost connection, so that a mutant can have bad
// ones. Zero fields leave it as it is.
type Habits struct {
	// Delay is the wait before an attempt to connect, in place of the subject's back-off. The attempt's
	// number is that of [robust.Outage]; cause is why there is no connection, an [Error].
	Delay func(attempt int, cause error) time.Duration
	// Attempts is the most that one call makes to connect; 0 is any number.
	Attempts int
	// PoisonAfter is [robust.Config].PoisonAfter.
	PoisonAfter int
	// Attempted is told what came of each attempt: nil, or why it failed.
	Attempted func(err error)
	// Dialling is told of each attempt before it is made.
	Dialling func()
}

// SetHabits gives the subject of package robust other habits, from its first Connect on. Other subjects
// have none, and stay as they are.
func SetHabits(s Subject, h Habits) {
	if r, ok := s.(*robustSubject); ok {
		r.habits = h
	}
}

// change returns the configuration of a client with these habits.
func (h Habits) change(c robust.Config) robust.Config {
	c.Policy = habitual{c.Policy, h}
	c.PoisonAfter = h.PoisonAfter
	if h.Attempted != nil {
		then := c.OnAttempt
		c.OnAttempt = func(a robust.Attempt) {
			h.Attempted(classify(a.Err))
			then(a)
		}
	}
	return c
}

// habitual is a policy as the habits have it.
type habitual struct {
	robust.Policy
	habits Habits
}

func (p habitual) Delay(o robust.Outage, r robust.Rand) time.Duration {
	if p.habits.Delay == nil {
		return p.Policy.Delay(o, r)
	}
	return p.habits.Delay(o.Attempt, classify(o.Cause))
}

func (p habitual) Limit() robust.Limit {
	l := p.Policy.Limit()
	if p.habits.Attempts > 0 {
		l.Attempts = p.habits.Attempts
	}
	return l
}
