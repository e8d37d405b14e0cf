package judge

import (
	"fmt"
	"slices"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// A Call is one call of the subject's API, and what it has reported.
type Call struct {
	// Name is what the scenario calls it; it may be empty.
	Name string
	// Verb is the call's verb, such as "publish".
	Verb string
	// Step is the step that makes it, or nil where the harness does by itself.
	Step *scenario.Step
	// Nested tells that it is made from inside the message callback.
	Nested bool
	// Message is what a publish publishes.
	Message subject.Message
	// Filters is what a subscribe or an unsubscribe names.
	Filters []string
	// Began tells that the call was made, and From how many records there were by then.
	Began bool
	From  int
	// Done tells that it has reported its outcome, Err, and At how many records there were by then.
	Done bool
	Err  error
	At   int
	// Granted and SessionPresent are what it reported besides.
	Granted        []int
	SessionPresent bool

	judged bool // its success was judged
}

// String names the call as reports do.
func (c *Call) String() string {
	if c.Name == "" {
		return c.Verb
	}
	return fmt.Sprintf("%s %q", c.Verb, c.Name)
}

// Call judges a call that has reported success, once: what answers it must have been handed over before.
func (j *Judge) Call(c *Call) error {
	if !c.Done || c.Err != nil || c.judged {
		return nil
	}
	c.judged = true
	during := j.records.Since(c.From)
	during = during[:min(max(0, c.At-c.From), len(during))]
	var missing string
	switch c.Verb {
	case "connect":
		if !j.living(c.At) && !slices.ContainsFunc(during, accepted) {
			missing = "CONNACK code=0"
		}
	case "subscribe", "unsubscribe":
		missing = j.unanswered(c)
	case "publish":
		missing = Unacknowledged(during, c)
	}
	if missing != "" {
		err := AsAPI(Blame(j.Wanted(c.Step, missing+" before it", "no such packet", "%s", premature(during, c))), ReportedRight)
		err.(*Error).Always = true
		return err
	}
	return nil
}

// accepted reports whether a record is a CONNACK that accepts the connection.
func accepted(r capture.Record) bool {
	q, _ := r.Packet()
	a, ok := q.(*wire.Connack)
	return ok && a.Code == 0
}

// unanswered returns what a subscribe or an unsubscribe still waits for: each of its filters stands in a packet,
// and the newest such packet has been acknowledged with its packet identifier.
func (j *Judge) unanswered(c *Call) string {
	for _, filter := range c.Filters {
		if !j.settled(c.At, c.Verb, filter) {
			return answer(c).String()
		}
	}
	return ""
}

// Unacknowledged returns what a QoS 1 or 2 publish still waits for, by the records since the call began: an
// acknowledgement of an id that one of its PUBLISH packets went out with.
func Unacknowledged(records []capture.Record, c *Call) string {
	if c.Message.QoS == 0 || c.Message.QoS > 2 {
		return ""
	}
	ids := map[uint16]bool{}
	for _, r := range records {
		switch q, _ := r.Packet(); q := q.(type) {
		case *wire.Publish:
			if r.Kind == capture.Sent && q.Topic == c.Message.Topic && string(q.Payload) == c.Message.Payload {
				ids[q.PacketID] = true
			}
		case *wire.Puback:
			if r.Kind == capture.Handed && c.Message.QoS == 1 && ids[q.PacketID] {
				return ""
			}
		case *wire.Pubcomp:
			if r.Kind == capture.Handed && c.Message.QoS == 2 && ids[q.PacketID] {
				return ""
			}
		}
	}
	if c.Message.QoS == 2 {
		return "PUBCOMP"
	}
	return "PUBACK"
}
