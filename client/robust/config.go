package robust

import (
	"time"

	"umqtt/client"
)

// DefaultPoisonAfter is what a PoisonAfter of 0 stands for.
const DefaultPoisonAfter = 3

// Config is the configuration of the connection, [client.Config], and of what
// happens when it is lost. The zero value of each field of its own is a working
// default.
type Config struct {
	client.Config

	// Policy decides when a lost connection is tried again and when a call gives
	// up. Nil stands for Forever(Backoff{Jitter: 0.2}).
	Policy Policy

	// PoisonAfter is how many connections in a row the server may end while the
	// same packet is the oldest that it has not acknowledged. Then the packet is
	// given up with a [*PoisonError]. 0 stands for DefaultPoisonAfter; with a
	// negative number nothing is ever given up.
	PoisonAfter int

	// CloseOversize closes the connection at a PUBLISH above MaxPacket. Otherwise it
	// is read past, acknowledged and reported, as with [client.OversizeSkip]: a server
	// that keeps the session would send a message at QoS 1 again on each connection,
	// and the client would never get past it. OnOversize has no effect.
	CloseOversize bool

	// OnAttempt, if not nil, is told of each attempt to connect when it has
	// succeeded or failed. It must not call the client: the calls fail with
	// [client.ErrConcurrent].
	OnAttempt func(Attempt)

	// Clock tells the time and waits between attempts. Nil stands for the
	// system's. The timeouts of client.Config run on the system's clock always.
	Clock Clock

	// Rand draws the jitter. Nil stands for the functions of math/rand/v2. A
	// *rand.Rand with a seed of its own gives the same delays every time.
	Rand Rand
}

// Attempt is one attempt to connect.
type Attempt struct {
	// Number is 1 for the first attempt, and again for the first one after a
	// connection that had proved itself; see Policy.
	Number int
	// Cause is why there was no connection before it: what ended the last one, or
	// why the attempt before this one failed. It is nil for a first Connect.
	Cause error
	// Delay is the wait that the policy asked for before it, in whole milliseconds.
	Delay time.Duration
	// CleanSession is the clean session flag of the CONNECT.
	CleanSession bool
	// SessionPresent is what the server answered.
	SessionPresent bool
	// Err is why it failed, nil if it did not.
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
