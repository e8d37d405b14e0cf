package robust

import "time"

// Policy decides when to try to connect again, and when a call fails. A client has one
// policy. A policy has no state, so that clients may share it.
//
// The client counts the attempts of an outage. The count begins again after a
// connection that lasted at least ten times the delay that would otherwise follow its
// end. The delays therefore also grow when a server accepts connections and closes them
// after a short time.
type Policy interface {
	// Delay returns how long to wait before an attempt. The wait begins when the
	// connection is found lost, or when the previous attempt fails, and continues
	// between calls. It is rounded to milliseconds. Delay is not called for the first
	// attempt of a Connect without an outage before it.
	Delay(o Outage, r Rand) time.Duration
	// Limit returns the bounds of each call.
	Limit() Limit
}

// Outage describes an outage to a Policy.
type Outage struct {
	// Attempt is the number of the next attempt, from 1.
	Attempt int
	// Cause is what ended the connection, or why the last attempt failed. Both
	// are errors of package client, without the [client.Error] around them.
	Cause error
	// Down is the time since the connection was found lost.
	Down time.Duration
}

// Limit bounds a call. A call that reaches a bound fails with a [*GaveUpError]. The
// next call tries again.
type Limit struct {
	// Attempts is the largest number of attempts to connect in one call; 0: no bound.
	Attempts int
	// Time bounds a call, the wait for an acknowledgement included; 0: no bound. In
	// WaitMsg it bounds each outage, not the wait for messages. A call fails earlier if
	// the next attempt would be made after this time.
	Time time.Duration
}

// BestEffort is for readings of which some may be lost. A call that finds the
// connection lost makes one attempt, at once, and fails if the attempt fails. There is
// no delay between the attempts of successive calls.
func BestEffort() Policy { return bestEffort{} }

type bestEffort struct{}

func (bestEffort) Delay(Outage, Rand) time.Duration { return 0 }
func (bestEffort) Limit() Limit                     { return Limit{Attempts: 1} }

// Within is for messages that are useless after some time, such as the press of a
// button: a call tries for at most d. The first attempt of an outage is made at once,
// the next ones after 0.5 s, 1 s, 2 s and then 4 s each; these delays vary at random by
// up to 20 %.
//
// Without a clean session, a QoS 1 message that was sent stays in flight when its call
// fails, as the [*client.PendingError] says, and the next connection sends it again,
// however late: the standard does not let a client withdraw it. For messages that must
// not be delivered late, use a clean session or QoS 0.
func Within(d time.Duration) Policy { return within{d} }

type within struct{ d time.Duration }

var withinBackoff = Backoff{Initial: 500 * time.Millisecond, Max: 4 * time.Second, Jitter: 0.2}

func (w within) Delay(o Outage, r Rand) time.Duration { return withinBackoff.delay(o.Attempt, r) }
func (w within) Limit() Limit                         { return Limit{Time: w.d} }

func (w within) validate() error {
	if w.d <= 0 {
		return invalid("Within", "not above 0")
	}
	return nil
}

// Forever is for messages that must be delivered. A call tries until it succeeds, its
// context ends, or a CONNACK refuses the connection for good.
func Forever(b Backoff) Policy { return forever{b} }

type forever struct{ b Backoff }

func (f forever) Delay(o Outage, r Rand) time.Duration { return f.b.delay(o.Attempt, r) }
func (f forever) Limit() Limit                         { return Limit{} }
func (f forever) validate() error                      { return f.b.validate() }
