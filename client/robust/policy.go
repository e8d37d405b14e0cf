package robust

import "time"

// Policy decides when a lost connection is tried again, and when a call gives up.
// A client has one. A policy is a value without state of its own: clients may
// share it.
//
// The client counts the attempts of an outage. The count begins again after a
// connection that has proved itself: one that lived at least ten times as long as the
// delay that would otherwise follow its end. So a server that accepts and closes at
// once is not hammered, nor one whose connections are lost again and again after a
// little while.
type Policy interface {
	// Delay returns how long to wait before an attempt. The wait begins when the
	// connection was found lost, or when the attempt before has failed, and goes
	// on between calls. It is rounded to milliseconds. The first attempt of a
	// Connect without an outage before it is made without asking.
	Delay(o Outage, r Rand) time.Duration
	// Limit returns how much each call may do about an outage.
	Limit() Limit
}

// Outage is the time without a connection.
type Outage struct {
	// Attempt is the number of the attempt that comes next, from 1.
	Attempt int
	// Cause is what ended the connection, or why the last attempt failed. Both
	// are errors of package client, without the [client.Error] around them.
	Cause error
	// Down is how long ago the connection was found lost.
	Down time.Duration
}

// Limit bounds a call. A call that meets it fails with a [*GaveUpError]; nothing
// keeps the next call from trying again.
type Limit struct {
	// Attempts is the most attempts to connect that one call makes; 0: any number.
	Attempts int
	// Time is the longest that a call takes, the wait for an acknowledgement
	// included. WaitMsg may wait for messages longer: there it bounds each
	// outage. A call gives up early when the next attempt would be too late.
	// 0: no bound.
	Time time.Duration
}

// BestEffort suits readings of which one may be lost. A call that finds the
// connection lost makes one attempt, at once, and fails if that does. It never
// waits between attempts: the pace is the caller's.
func BestEffort() Policy { return bestEffort{} }

type bestEffort struct{}

func (bestEffort) Delay(Outage, Rand) time.Duration { return 0 }
func (bestEffort) Limit() Limit                     { return Limit{Attempts: 1} }

// Within suits what is worth nothing after some time, such as the press of a
// button: a call tries for at most d. The attempts of an outage are made at once,
// then after 0.5 s, 1 s, 2 s and from then on every 4 s, each a fifth more or
// less.
//
// In a session that is kept, a message at QoS 1 of which a call has given up stays in
// flight once it was sent, as the [*client.PendingError] says, and the next connection
// sends it again, however late: the standard lets no client take it back. What must
// not come late goes into a clean session, or out at QoS 0.
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

// Forever suits what must be delivered whatever happens. A call tries until it
// succeeds, its context ends, or the server refuses for good.
func Forever(b Backoff) Policy { return forever{b} }

type forever struct{ b Backoff }

func (f forever) Delay(o Outage, r Rand) time.Duration { return f.b.delay(o.Attempt, r) }
func (f forever) Limit() Limit                         { return Limit{} }
func (f forever) validate() error                      { return f.b.validate() }
