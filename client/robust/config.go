package robust

import (
	"time"

	"umqtt/client"
)

// DefaultPoisonAfter is the default of Config.PoisonAfter.
const DefaultPoisonAfter = 3

// Config configures the connection, by [client.Config], and what happens when it is
// lost. The zero value of each field below it is a working default.
type Config struct {
	client.Config

	// Policy decides when to try to connect again, and when a call fails. Nil means
	// Forever(Backoff{Jitter: 0.2}).
	Policy Policy

	// PoisonAfter is the number of connections in a row that the server may end while
	// the same packet is the oldest unacknowledged one. The packet is then dropped with
	// a [*PoisonError]. 0 means DefaultPoisonAfter; with a negative number no packet is
	// dropped.
	PoisonAfter int

	// CloseOversize closes the connection at a PUBLISH larger than MaxPacket. The
	// default is to discard, acknowledge and report it, as with [client.OversizeSkip]:
	// a server that keeps the session would send a QoS 1 message again on each
	// connection, and each would end. OnOversize has no effect.
	CloseOversize bool

	// OnAttempt, if not nil, is called after each attempt to connect. It must not call
	// the client: such a call fails with [client.ErrConcurrent].
	OnAttempt func(Attempt)

	// Clock returns the time and waits between attempts. Nil means the system clock.
	// The timeouts of client.Config always use the system clock.
	Clock Clock

	// Rand draws the jitter. Nil means the functions of math/rand/v2. A *rand.Rand with
	// a fixed seed gives the same delays every time.
	Rand Rand
}

// Attempt is one attempt to connect.
type Attempt struct {
	// Number is the number of the attempt in its outage, from 1; see Policy for when it
	// begins again.
	Number int
	// Cause is what ended the last connection, or why the previous attempt failed. It
	// is nil for a first Connect.
	Cause error
	// Delay is the policy's delay before the attempt, in whole milliseconds.
	Delay time.Duration
	// CleanSession is the clean session flag of the CONNECT.
	CleanSession bool
	// SessionPresent is the session present flag of the CONNACK.
	SessionPresent bool
	// Err is why the attempt failed, or nil.
	Err error
}

// withDefaults fills in what zero fields stand for.
func (c Config) withDefaults() Config {
	if c.Policy == nil {
		c.Policy = Forever(Backoff{Jitter: 0.2})
	}
	if c.PoisonAfter == 0 {
		c.PoisonAfter = DefaultPoisonAfter
	}
	if c.Clock == nil {
		c.Clock = systemClock{}
	}
	if c.Rand == nil {
		c.Rand = systemRand{}
	}
	return c
}
