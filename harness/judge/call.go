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
	records := j.records.Since(0)[:c.At]
	var missing string
	switch c.Verb {
	case "connect":
		if !living(records) && !slices.ContainsFunc(records[min(c.From, len(records)):], accepted) {
			missing = "CONNACK code=0"
		}
	case "subscribe", "unsubscribe":
		missing = unanswered(records, c)
	case "publish":
		missing = Unacknowledged(records, c)
	}
	if missing != "" {
		err := AsAPI(Blame(j.Wanted(c.Step, missing+" before it", "no such packet", "%s", premature(records, c))), ReportedRight)
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

// living reports whether the newest connection was accepted and has not ended: a connect that finds it so
// has nothing to do.
func living(records []capture.Record) bool {
	newest, alive := 0, false
	for _, r := range records {
		if r.Conn > newest {
			newest, alive = r.Conn, false
		}
		if r.Conn != newest || r.Kind == capture.Event {
			continue
		}
		if len(r.Data) == 0 {
			alive = false
		} else if accepted(r) {
			alive = true
		}
	}
	return alive
}

// unanswered returns what a subscribe or an unsubscribe still waits for: each of its filters stands in a packet,
// and the newest such packet has been acknowledged with its packet identifier.
func unanswered(records []capture.Record, c *Call) string {
	for _, filter := range c.Filters {
		if !settled(records, c.Verb, filter) {
			return answer(c).String()
		}
	}
	return ""
}

// settled reports whether the newest packet that subscribes to a filter, or unsubscribes from it, has been
// acknowledged. A packet that only the other side may send is malformed, and none.
func settled(records []capture.Record, verb, filter string) bool {
	acked := false
	var id uint16
	conn := 0
	for _, r := range records {
		switch q, _ := r.Packet(); q := q.(type) {
		case *wire.Subscribe:
			named := func(s wire.Subscription) bool { return s.Filter == filter }
			if verb == "subscribe" && slices.ContainsFunc(q.Filters, named) {
				acked, id, conn = false, q.PacketID, r.Conn
			}
		case *wire.Unsubscribe:
			if verb == "unsubscribe" && slices.Contains(q.Filters, filter) {
				acked, id, conn = false, q.PacketID, r.Conn
			}
		case *wire.Suback:
			acked = acked || verb == "subscribe" && r.Conn == conn && q.PacketID == id
		case *wire.Unsuback:
			acked = acked || verb == "unsubscribe" && r.Conn == conn && q.PacketID == id
		}
	}
	return acked
}

// Unacknowledged returns what a QoS 1 or 2 publish still waits for: an acknowledgement of an id that
// one of its PUBLISH packets went out with.
func Unacknowledged(records []capture.Record, c *Call) string {
	if c.Message.QoS == 0 {
		return ""
	}
	ids := map[uint16]bool{}
	for i, r := range records {
		switch q, _ := r.Packet(); q := q.(type) {
		case *wire.Publish:
			if i >= c.From && r.Kind == capture.Sent && q.Topic == c.Message.Topic && string(q.Payload) == c.Message.Payload {
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
