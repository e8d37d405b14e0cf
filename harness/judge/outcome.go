package judge

import (
	"fmt"
	"slices"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// answer is the type of the packet that answers a call, or 0 where none does.
func answer(c *Call) wire.Type {
	switch c.Verb {
	case "connect":
		return wire.CONNACK
	case "subscribe":
		return wire.SUBACK
	case "unsubscribe":
		return wire.UNSUBACK
	case "ping":
		return wire.PINGRESP
	case "publish":
		return [...]wire.Type{0, wire.PUBACK, wire.PUBCOMP, 0}[c.Message.QoS] // none answers QoS 3, which is never sent
	}
	return 0
}

// answered reports whether a call was answered by a packet that says yes to it. records are those since it began.
func answered(records []capture.Record, c *Call) bool {
	if c.Verb == "publish" {
		return answer(c) != 0 && Unacknowledged(records, c) == ""
	}
	ids := map[any]bool{}
	for _, r := range records {
		q, err := r.Packet()
		if err != nil || q == nil {
			continue
		}
		id, _ := wire.Get(q, "packet_id")
		switch a := q.(type) {
		case *wire.Subscribe, *wire.Unsubscribe:
			ids[id] = true
		case *wire.Connack:
			if c.Verb == "connect" && a.Code == 0 {
				return true
			}
		case *wire.Suback:
			if c.Verb == "subscribe" && ids[id] && !slices.Contains(a.Codes, 0x80) {
				return true
			}
		case *wire.Unsuback:
			if c.Verb == "unsubscribe" && ids[id] {
				return true
			}
		case *wire.Pingresp:
			if c.Verb == "ping" {
				return true
			}
		}
	}
	return false
}

// Unended is the failure of a call that has not returned. The call itself is at fault where it has nothing
// left to wait for; otherwise it is for the step to say what ought to come of it. over tells that the call's
// connection has ended and no other will follow, unasked what the subject has sent that no step has asked for,
// and bound how long the step waited, if it did.
func (j *Judge) Unended(st *scenario.Step, c *Call, want string, over bool, unasked, bound string) error {
	switch {
	case !c.Began:
		return AsAPI(j.Wanted(st, want, "it was not made", "%s has not begun: an earlier call has not returned", c))
	case answered(j.records.Since(c.From), c):
		return AsAPI(Blame(j.Wanted(st, want, "no result", "%s did not return, although its %s came", c, answer(c))), EveryCallEnds)
	case answer(c) == 0:
		return AsAPI(Blame(j.Wanted(st, want, "no result", "%s did not return, although it has nothing to wait for", c)), EveryCallEnds)
	case c.Verb != "publish" && over: // a publish may wait for the next one
		return AsAPI(Blame(j.Wanted(st, want, "no result", "%s did not return, although its connection has ended", c)), EveryCallEnds)
	}
	return AsAPI(j.Wanted(st, want, "no result"+unasked, "%s did not return%s", c, bound))
}

// Failed is the failure of a call that ought to have succeeded. The call itself is at fault where it was
// answered with a yes.
func (j *Judge) Failed(st *scenario.Step, c *Call) error {
	got := DescribeError(c.Err)
	if during := j.records.Since(c.From); answered(during[:min(max(0, c.At-c.From), len(during))], c) {
		return AsAPI(Blame(j.Wanted(st, "success", got, "%s failed, although its %s came", c, answer(c))), ReportedRight)
	}
	return AsAPI(j.Wanted(st, "success", got, "%s failed", c))
}

// DescribeError describes an error of the API, with its kind.
func DescribeError(err error) string {
	return fmt.Sprintf("an error of the kind %s: %v", subject.KindOf(err), err)
}

// premature says what is wrong with the success of a call that nothing has answered yet. records are those from
// its beginning to the report.
func premature(records []capture.Record, c *Call) string {
	for _, r := range records {
		if r.Kind != capture.Handed || wire.TypeOf(r.Data) != answer(c) || !whole(r.Data) {
			continue
		}
		q, bad := r.Packet()
		if bad != nil {
			return fmt.Sprintf("%s: reported success for a malformed answer, which must close the connection: %v", c, bad)
		}
		if a, ok := q.(*wire.Connack); ok && a.Code != 0 {
			return fmt.Sprintf("%s: reported success, although the CONNACK refuses the connection", c)
		}
	}
	if answer(c) == wire.CONNACK && ended(records) {
		return fmt.Sprintf("%s: reported success, although its connection ended without a CONNACK", c)
	}
	return fmt.Sprintf("%s: reported success before its %s", c, answer(c))
}

// ended reports whether the peer has ended a connection.
func ended(records []capture.Record) bool {
	return slices.ContainsFunc(records, func(r capture.Record) bool { return r.Kind == capture.Handed && len(r.Data) == 0 })
}
