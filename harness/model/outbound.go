package model

import (
	"slices"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/monitor"
	"umqtt/harness/wire"
)

// outboundRules are about the messages of the client.
var outboundRules = []Rule{
	{Name: "published-arrives", IDs: []string{"api-outcome-1"}, check: (*judgement).publishedArrives,
		Doc: "A publish at QoS 1 or 2 that was reported as done has arrived at the witness."},
	{Name: "sent-once", IDs: []string{"MQTT-4.3.2-1"}, check: (*judgement).sentOnce,
		Doc: "A message is sent again only on another connection than before, or by a timer where the client has one, and not after its acknowledgement has come."},
	{Name: "witnessed-once", IDs: []string{"MQTT-4.3.3-1"}, check: (*judgement).witnessedOnce,
		Doc: "The witness gets a message no more often than it was sent; one at QoS 2 once while the session lasts."},
	{Name: "publish-order", IDs: []string{"MQTT-4.6.0-1"}, check: (*judgement).publishOrder,
		Doc: "The witness gets the messages of one topic and QoS first in the order of their publishing."},
}

// wireRules are the monitors.
var wireRules = []Rule{
	{Name: "session-kept", IDs: []string{"MQTT-3.1.2-4"}, check: (*judgement).sessionKept,
		Doc: "A client that was told to keep its session asks for no clean one."},
	{Name: "monitors", Weak: true, check: (*judgement).monitors,
		Doc: "No monitor proves that the client breaks a rule on the wire."},
}

func (j *judgement) witnessed() map[key]int {
	got := map[key]int{}
	for _, m := range j.Witnessed {
		got[m.key()]++
	}
	return got
}

func (j *judgement) publishedArrives() {
	if !j.Witness {
		return
	}
	got := j.witnessed()
	for i := range j.Calls {
		c := &j.Calls[i]
		if c.Verb != "publish" || c.QoS == 0 || !c.Told || c.Untold || c.Err != "" || got[c.key()] > 0 {
			continue
		}
		if at := j.acknowledged(c.Message, c.From, c.At); at >= 0 && j.answers(at, c.Message) {
			j.blamePeer(c.Message, at, "the broker has acknowledged %v, and the witness never got it", c.Message)
		} else {
			j.report(c.At-1, "%s reported success, and the witness never got it", c)
		}
	}
}

// answers reports whether an acknowledgement came on a connection on which its message was sent before.
func (j *judgement) answers(ack int, m Message) bool {
	for _, i := range j.sent[m.key()] {
		if i < ack && j.Records[i].Conn == j.Records[ack].Conn {
			return true
		}
	}
	return m.QoS == 2 // its PUBREL may be all that was sent
}

// moment is how much time may pass between an acknowledgement that was handed over and the client that has read it. A
// process of its own may have to wait for a processor that is busy.
func (j *judgement) moment() time.Duration {
	if j.World == monitor.Simulated {
		return time.Millisecond
	}
	return time.Second
}

// reads is how much time may pass between a packet that was handed to the client and the client that has read it: one
// that gathers looks for packets now and then only.
func (j *judgement) reads() time.Duration {
	if slices.ContainsFunc(j.Calls, func(c Call) bool { return c.Verb == "hold" }) {
		return time.Second
	}
	return j.moment()
}

func (j *judgement) sentOnce() {
	calls := map[key]int{}
	for i := range j.Calls {
		if c := &j.Calls[i]; c.Verb == "publish" {
			calls[c.key()]++
		}
	}
	for k, at := range j.sent {
		if calls[k] != 1 { // another message, such as one of a callback that nobody noted, or several that are alike
			continue
		}
		for n, i := range at[1:] {
			first := at[n]
			p, r := j.packets[i].(*wire.Publish), j.Records[i]
			if p.QoS == 0 {
				j.report(i, "the client sends %q to %q at QoS 0 twice (record %d)", p.Payload, p.Topic, first)
				continue
			}
			if r.Conn == j.Records[first].Conn && !j.Retries {
				j.report(i, "the client sends %q to %q again on the same connection (record %d)", p.Payload, p.Topic, first)
				continue
			}
			if ack := j.acknowledgedOn(first, i); ack >= 0 && !j.Busy {
				j.report(i, "the client sends %q to %q again (record %d), although it was acknowledged (record %d)", p.Payload, p.Topic, first, ack)
			}
		}
	}
}

// acknowledgedOn returns the record of the acknowledgement of the PUBLISH in record i, if it was handed to the
// client on the same connection before record to, and the connection went on for a moment behind it; or else -1.
func (j *judgement) acknowledgedOn(i, to int) int {
	m, conn, ack := j.packets[i].(*wire.Publish), j.Records[i].Conn, -1
	for n := i + 1; n < to; n++ {
		r := j.Records[n]
		if r.Conn != conn || r.Kind == capture.Event {
			continue
		}
		if ack >= 0 && r.Time > j.Records[ack].Time+j.reads() {
			return ack
		}
		if r.Kind != capture.Handed {
			continue
		}
		switch p := j.packets[n].(type) {
		case *wire.Puback:
			if ack < 0 && p.PacketID == m.PacketID {
				ack = n
			}
		case *wire.Pubrec:
			if ack < 0 && p.PacketID == m.PacketID && m.QoS == 2 {
				ack = n
			}
		}
	}
	return -1
}

func (j *judgement) witnessedOnce() {
	if !j.Witness {
		return
	}
	others, calls := map[key]bool{}, map[key]int{}
	for _, p := range j.Published {
		others[p.key()] = true
	}
	for i := range j.Calls {
		if c := &j.Calls[i]; c.Verb == "publish" {
			calls[c.key()]++
		}
	}
	got := map[key]int{}
	for _, m := range j.Witnessed {
		k := m.key()
		if got[k]++; others[k] || got[k] == 1 || calls[k] == 0 {
			continue
		}
		sent := j.sent[k]
		if got[k] > len(sent) {
			j.blamePeer(m, -1, "the witness got %v %d times, and the client has sent it %d times", m, got[k], len(sent))
			continue
		}
		if j.packets[sent[0]].(*wire.Publish).QoS == 2 && got[k] > calls[k] && len(j.Lost) == 0 && !j.anyClean() {
			ids := map[uint16]bool{}
			for _, i := range sent {
				ids[j.packets[i].(*wire.Publish).PacketID] = true
			}
			if len(ids) > 1 {
				j.report(sent[len(sent)-1], "the client has sent %v at QoS 2 with %d identifiers, and the witness got it %d times", m, len(ids), got[k])
			} else {
				j.blamePeer(m, -1, "the witness got %v %d times: the client sent it with one identifier at QoS 2", m, got[k])
			}
		}
	}
}

func (j *judgement) publishOrder() {
	if !j.Witness || !j.Ordered {
		return
	}
	type line struct {
		topic string
		qos   byte
	}
	place := map[key]int{} // of the call, from 1 on
	qos := map[key]byte{}
	seen := map[key]bool{}
	for i := range j.Calls {
		if c := &j.Calls[i]; c.Verb == "publish" {
			if seen[c.key()] {
				return // messages that are alike have no order
			}
			seen[c.key()] = true
			if c.QoS == 0 || c.Nested { // one within another call has no place, nor one beside it
				continue
			}
			place[c.key()], qos[c.key()] = i+1, c.QoS
		}
	}
	newest, newestAt := map[line]Message{}, map[line]int{}
	clear(seen)
	for _, m := range j.Witnessed {
		k := m.key()
		if place[k] == 0 || seen[k] {
			continue
		}
		seen[k] = true
		l := line{m.Topic, qos[k]}
		if newestAt[l] > place[k] {
			if late := newest[l]; j.inFront(m, late) {
				j.blamePeer(m, -1, "the witness got %v behind %v, and the client has sent them in their order", m, late)
			} else {
				j.report(-1, "the witness got %v behind %v, which was published later", m, late)
			}
			continue
		}
		newest[l], newestAt[l] = m, place[k]
	}
}

// taken reports whether the client was handed the PUBACK or PUBREC of the PUBLISH in record i before record to, on the
// same connection: the server has it.
func (j *judgement) taken(i, to int) bool {
	m := j.packets[i].(*wire.Publish)
	for n := i + 1; n < to; n++ {
		if r := j.Records[n]; r.Conn != j.Records[i].Conn || r.Kind != capture.Handed {
			continue
		}
		if id, is := answered(j.packets[n]); id == m.PacketID && (is == wire.PUBACK || is == wire.PUBREC) {
			return true
		}
	}
	return false
}

// inFront reports whether the server got a message in front of another one: wherever the client sent the other one, it
// had sent the first one on the same connection, or its acknowledgement had come before.
func (j *judgement) inFront(m, other Message) bool {
	for _, at := range j.sent[other.key()] {
		if !slices.ContainsFunc(j.sent[m.key()], func(i int) bool {
			return i < at && (j.Records[i].Conn == j.Records[at].Conn || j.taken(i, at))
		}) {
			return false
		}
	}
	return len(j.sent[other.key()]) > 0
}

func (j *judgement) sessionKept() {
	if slices.ContainsFunc(j.Calls, func(c Call) bool { return c.Verb == "publish" && (c.Err == "dropped" || c.Err == "other") }) {
		return // a message can be given up with its session only
	}
	sent := map[string]map[int]bool{} // the connections that a message was sent on
	tried := 0                        // on how many at most
	for i, p := range j.packets {
		if m, ok := p.(*wire.Publish); ok && m.QoS > 0 && j.Records[i].Kind == capture.Sent {
			name := m.Topic + "\x00" + string(m.Payload)
			if sent[name] == nil {
				sent[name] = map[int]bool{}
			}
			sent[name][j.Records[i].Conn] = true
			tried = max(tried, len(sent[name]))
		}
		if c, ok := p.(*wire.Connect); ok && j.Keeps && c.CleanSession && tried < enough {
			j.report(i, "the client asks for a clean session on connection %d, although it was told to keep its session", j.Records[i].Conn)
		}
	}
}

// enough is on how many connections a message must have been tried before a client may give it up with its session, and
// need not tell: the call that published it may have ended long ago.
const enough = 3

func (j *judgement) monitors() {
	for _, f := range monitor.Check(&capture.Capture{Records: j.Records}, j.World) {
		if f.Level == monitor.Must {
			j.found = append(j.found, Violation{Rule: j.rule.Name, IDs: []string{f.ID}, Record: f.Record, Message: f.Monitor + ": " + f.Message})
		}
	}
}
