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
		if !living(records) {
			missing = lacks(records, c.From, accepts, "CONNACK code=0")
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

// accepts reports whether a packet is a CONNACK that accepts the connection.
func accepts(q wire.Packet) bool { a, ok := q.(*wire.Connack); return ok && a.Code == 0 }

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
		} else if q, err := r.Packet(); err == nil && r.Kind == capture.Handed && accepts(q) {
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
// acknowledged.
func settled(records []capture.Record, verb, filter string) bool {
	acked := false
	var id uint16
	conn := 0
	for _, r := range records {
		switch q, _ := r.Packet(); q := q.(type) {
		case *wire.Subscribe:
			named := func(s wire.Subscription) bool { return s.Filter == filter }
			if r.Kind == capture.Sent && verb == "subscribe" && slices.ContainsFunc(q.Filters, named) {
				acked, id, conn = false, q.PacketID, r.Conn
			}
		case *wire.Unsubscribe:
			if r.Kind == capture.Sent && verb == "unsubscribe" && slices.Contains(q.Filters, filter) {
				acked, id, conn = false, q.PacketID, r.Conn
			}
		case *wire.Suback:
			acked = acked || r.Kind == capture.Handed && verb == "subscribe" && r.Conn == conn && q.PacketID == id
		case *wire.Unsuback:
			acked = acked || r.Kind == capture.Handed && verb == "unsubscribe" && r.Conn == conn && q.PacketID == id
		}
	}
	return acked
}

// lacks returns what when no packet handed over since record from is a match.
func lacks(records []capture.Record, from int, match func(wire.Packet) bool, what string) string {
	for _, r := range records[min(from, len(records)):] {
		if r.Kind == capture.Handed {
			if q, err := r.Packet(); err == nil && q != nil && match(q) {
				return ""
			}
		}
	}
	return what
}

// Unacknowledged returns what a QoS 1 or 2 publish still waits for: an acknowledgement of an id that
// one of its PUBLISH packets went out with.
func Unacknowledged(records []capture.Record, c *Call) string {
	if c.Message.QoS == 0 {
		return ""
	}
	ids := map[int]bool{}
	for i, r := range records {
		if pub, ok := publish(r); ok && i >= c.From && r.Kind == capture.Sent && pub.Topic == c.Message.Topic && string(pub.Payload) == c.Message.Payload {
			ids[int(pub.PacketID)] = true
			continue
		}
		if r.Kind != capture.Handed || len(r.Data) == 0 {
			continue
		}
		q, err := r.Packet()
		if err != nil {
			continue
		}
		switch a := q.(type) {
		case *wire.Puback:
			if ids[int(a.PacketID)] && c.Message.QoS == 1 {
				return ""
			}
		case *wire.Pubcomp:
			if ids[int(a.PacketID)] && c.Message.QoS == 2 {
				return ""
			}
		}
	}
	if c.Message.QoS == 2 {
		return "PUBCOMP"
	}
	return "PUBACK"
}

func publish(r capture.Record) (*wire.Publish, bool) {
	if len(r.Data) == 0 || wire.TypeOf(r.Data) != wire.PUBLISH {
		return nil, false
	}
	q, err := r.Packet()
	if err != nil {
		return nil, false
	}
	pub, ok := q.(*wire.Publish)
	return pub, ok
}
