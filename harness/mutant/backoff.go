package mutant

import (
	"time"

	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// backingOff lists mutants that wait too little, or too long, between attempts to connect.
func backingOff() []Mutant {
	return []Mutant{
		{
			Name: "no-backoff", Doc: "tries again at once, however often that has failed",
			Violates: []string{"umqtt-backoff-1"}, Subjects: reconnecting,
			Wrap: habits(func() subject.Habits {
				return subject.Habits{Delay: func(int, error) time.Duration { return time.Millisecond }}
			}),
		},
		{
			Name: "constant-backoff", Doc: "waits for a second before each attempt, however many have failed",
			Violates: []string{"umqtt-backoff-1"}, Subjects: reconnecting,
			Wrap: habits(func() subject.Habits {
				return subject.Habits{Delay: func(int, error) time.Duration { return time.Second }}
			}),
		},
		{
			Name: "boundless-backoff", Doc: "doubles the wait between attempts without a bound",
			Violates: []string{"umqtt-backoff-1"}, Subjects: reconnecting,
			Wrap: habits(func() subject.Habits {
				return subject.Habits{Delay: func(attempt int, _ error) time.Duration { return time.Second << min(attempt-1, 20) }}
			}),
		},
		{
			Name: "unavailable-hammered", Doc: "asks a server that says it is unavailable again at once",
			Violates: []string{"umqtt-backoff-1"}, Subjects: reconnecting,
			Wrap: habits(func() subject.Habits {
				return subject.Habits{Delay: func(attempt int, cause error) time.Duration {
					if subject.KindOf(cause) == subject.Refused {
						return time.Millisecond
					}
					return doubled(attempt - 1)
				}}
			}),
		},
		{
			Name: "backoff-anew-each-time", Doc: "begins its back-off anew after every CONNACK, however soon the connection ends behind it",
			Violates: []string{"umqtt-backoff-2"}, Subjects: reconnecting,
			Wrap: habits(func() subject.Habits {
				failed := 0
				return subject.Habits{
					Attempted: func(err error) {
						if failed++; err == nil {
							failed = 0
						}
					},
					Delay: func(int, error) time.Duration { return doubled(failed + 1) },
				}
			}),
		},
		{
			Name: "backoff-anew-after-a-second", Doc: "begins its back-off anew after every connection that has lasted for a second",
			Violates: []string{"umqtt-backoff-2"}, Subjects: reconnecting,
			Wrap: habits(func() subject.Habits {
				made, up := 0, time.Time{}
				return subject.Habits{
					Attempted: func(err error) {
						if made++; err == nil {
							up = time.Now()
						}
					},
					Delay: func(int, error) time.Duration {
						if !up.IsZero() && time.Since(up) >= time.Second {
							made, up = 1, time.Time{}
						}
						return doubled(made)
					},
				}
			}),
		},
		{
			Name: "backoff-never-anew", Doc: "goes on with its back-off after a connection that lasted",
			Violates: []string{"umqtt-backoff-2"}, Subjects: reconnecting,
			Wrap: habits(func() subject.Habits {
				made := 0
				return subject.Habits{
					Attempted: func(error) { made++ },
					Delay:     func(int, error) time.Duration { return doubled(made) },
				}
			}),
		},
	}
}

// doubled is the n-th wait, from 1, of a back-off like that of the subject: no wait before the first.
func doubled(n int) time.Duration {
	if n < 1 {
		return 0
	}
	return min(time.Second<<min(n-1, 10), 30*time.Second)
}

// refusing lists mutants that draw the wrong conclusion from a server that will not have them, or their
// message.
func refusing() []Mutant {
	return []Mutant{
		{
			Name: "unavailable-is-final", Doc: "gives up when the server says that it is unavailable",
			Violates: []string{"umqtt-reconnect-2"}, Subjects: reconnecting,
			Rules: rules(handed(wire.CONNACK, is{"code": 3}), set(is{"code": 5})),
		},
		{
			Name: "refusal-retried", Doc: "goes on trying when the server has refused it for good",
			Violates: []string{"umqtt-reconnect-2"}, Subjects: reconnecting,
			Rewrite: edit(wire.ToClient, func(a *wire.Connack) {
				if a.Code != 0 {
					a.Code = 3
				}
			}),
		},
		{
			Name: "poison-for-ever", Doc: "never gives up a message at which the server ends every connection",
			Violates: []string{"umqtt-poison-1"}, Subjects: reconnecting,
			Wrap: habits(func() subject.Habits { return subject.Habits{PoisonAfter: -1} }),
		},
		{
			Name: "poison-at-once", Doc: "gives a message up at the first connection that ends while it waits",
			Violates: []string{"umqtt-poison-1"}, Subjects: reconnecting,
			Wrap: habits(func() subject.Habits { return subject.Habits{PoisonAfter: 1} }),
		},
	}
}
