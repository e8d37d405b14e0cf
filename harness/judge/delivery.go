package judge

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// maxSurplus is for how many messages of the callback that were not handed over the judge looks for a reason in the
// whole capture.
const maxSurplus = 100

// Message judges the next of the callback's messages, which it got when there were at records: the wire must
// have shown it, whole and well formed, as often as the callback has got it.
func (j *Judge) Message(m subject.Message, at int) error {
	k := key{m.Topic, m.Payload}
	j.delivered[k]++
	shown, _ := slices.BinarySearch(j.shown[k], at) // how many of the records were before it
	if j.delivered[k] <= shown {
		return nil
	}
	what, want, rule := "the callback got one more message that the client was not handed", "", DeliveredOnce
	if j.surplus++; j.surplus <= maxSurplus {
		what, want, rule = j.unfounded(m, shown)
	}
	switch {
	case want != "":
	case shown == 0:
		want = "no such message"
	default:
		want = fmt.Sprintf("at most %d such messages: so many PUBLISH packets with it were handed to the client", shown)
	}
	err := j.Wanted(nil, want, fmt.Sprintf("%s, %d of them", DescribeMessage(m), j.delivered[k]), "%s", what)
	if Blame(err, rule); rule == DeliveredOnce {
		AsAPI(err)
	}
	err.(*Error).Always = true
	return err
}

// unfounded says what is wrong with a message of the callback that the subject was not handed, or not so
// often as shown tells, what it should have been, if that can be shown, and which rule that breaks.
func (j *Judge) unfounded(m subject.Message, shown int) (what, want, rule string) {
	var bad error // of the newest PUBLISH that the message can have come from
	for _, r := range j.records.Since(0) {
		if r.Kind != capture.Handed || wire.TypeOf(r.Data) != wire.PUBLISH {
			continue
		}
		topic, payload := loosely(r.Data)
		_, err := r.Packet()
		switch {
		case !whole(r.Data) && topic == m.Topic && strings.HasPrefix(m.Payload, payload):
			return "the callback got a message of which only the beginning has arrived", "", DeliveredOnce
		case err != nil && whole(r.Data) && (shown == 0 || topic == m.Topic && payload == m.Payload):
			bad = err // whatever a client makes of it: a topic name that is no text can become one
		case err == nil && topic != m.Topic && unmarked(topic) == unmarked(m.Topic) && payload == m.Payload:
			return "the callback got a message whose topic name has lost its U+FEFF", fmt.Sprintf("message topic=%s payload=%s", Shorten(topic), Shorten(payload)), markKept
		}
	}
	switch {
	case bad != nil:
		return fmt.Sprintf("the callback got a message out of a malformed packet, which must close the connection: %v", bad), "", DeliveredOnce
	case shown > 0:
		return "the callback got a message more often than the client was handed it", "", DeliveredOnce
	}
	return "the callback got a message that the client was not handed", "", DeliveredOnce
}

func unmarked(topic string) string { return strings.ReplaceAll(topic, "\ufeff", "") }

// loosely reads a PUBLISH as one reads it who checks nothing: its topic name and its payload, as far as they
// are there.
func loosely(frame []byte) (topic, payload string) {
	length, used := binary.Uvarint(frame[1:])
	body := frame[1+max(used, 0):]
	body = body[:min(length, uint64(len(body)))]
	if len(body) < 2 {
		return "", ""
	}
	n := int(binary.BigEndian.Uint16(body))
	body = body[2:]
	topic, body = string(body[:min(n, len(body))]), body[min(n, len(body)):]
	if frame[0]&0x06 != 0 {
		body = body[min(2, len(body)):] // the packet identifier
	}
	return topic, string(body)
}

// whole reports whether a record's bytes are a packet to its end, be it a good one; others are what was
// there of one when the connection ended.
func whole(data []byte) bool {
	var f wire.Framer
	f.Write(data)
	frame, err := f.Next()
	return frame != nil || err != nil
}

// Undelivered says whether the message that a step waits for was handed to the subject, in the records before
// one, more often than its callback has got it, and if so which rules that breaks: a receiver at QoS 1 or 2
// takes an identifier whose exchange is over for that of a new message.
func (j *Judge) Undelivered(st *scenario.Step, before int) (ids []string, ok bool) {
	j.look()
	newest := 0
	ids = []string{DeliveredOnce}
	check := func(k key, shown []int) {
		f, _, _ := Differs(subject.Message{Topic: k.topic, Payload: k.payload}, st.Args, "topic", "payload")
		n, _ := slices.BinarySearch(shown, before)
		if f != "" || n <= j.delivered[k] {
			return
		}
		ok = true
		if r, reused := j.reused[k]; reused && r.at >= newest {
			newest, ids = r.at, []string{r.rule}
		}
	}
	topic, one := st.Args.String("topic")
	payload, both := st.Args.String("payload")
	if one && both {
		check(key{topic, payload}, j.shown[key{topic, payload}])
		return ids, ok
	}
	for k, shown := range j.shown {
		check(k, shown)
	}
	return ids, ok
}

// Changed is the failure of a message whose topic or payload were others when a call in its callback had returned.
func (j *Judge) Changed(c *Call, is, to subject.Message) error {
	return AsAPI(Blame(j.Wanted(c.Step, DescribeMessage(is), DescribeMessage(to), "the message of the callback was another one behind %s: the client uses its bytes for something else", c), MessageKept))
}
