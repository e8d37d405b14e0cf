package model

import (
	"regexp"
	"slices"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// peerRules are about the broker alone.
var peerRules = []Rule{
	{Name: "peer-answers", Doc: "the broker answers what the client has sent, with the identifier of that",
		IDs: []string{"MQTT-2.3.1-6", "MQTT-2.3.1-7"}, check: (*judgement).peerAnswers},
	{Name: "peer-once", Doc: "the broker sends a message again on another connection only, and says so with DUP",
		IDs: []string{"MQTT-3.3.1-1"}, check: (*judgement).peerOnce},
	{Name: "peer-order", Doc: "the broker sends the messages of a topic in the order in which they were published",
		IDs: []string{"MQTT-4.6.0-6"}, check: (*judgement).peerOrder},
}

// invented reports whether a fault has made packets that the broker never sent, or changed their order.
func (j *judgement) invented() bool {
	return slices.ContainsFunc(j.Records, func(r capture.Record) bool {
		return r.Kind == capture.Event && inventedForm.MatchString(r.Text)
	})
}

var inventedForm = regexp.MustCompile(`^fault (inject|set|replace|corrupt|duplicate|swap|hold|drop) `)

// peerAnswers looks at the identifiers of answers. One that was given up, with a session or with its connection, may
// be answered late; one that was never used may not.
func (j *judgement) peerAnswers() {
	if j.invented() {
		return
	}
	used := map[wire.Type]map[uint16]bool{}
	for i, p := range j.packets {
		if p == nil {
			continue
		}
		if j.Records[i].Kind == capture.Sent {
			if id, by := owedBy(p); by != 0 {
				if used[by] == nil {
					used[by] = map[uint16]bool{}
				}
				used[by][id] = true
			}
			continue
		}
		if id, is := answered(p); is != 0 && !used[is][id] {
			j.blamePeer(Message{}, i, "the broker has sent %v with the identifier %d, which the client has never used", is, id)
		}
	}
}

// owedBy returns the identifier of what a client sends, and the type of the answer that it asks for, or 0.
func owedBy(p wire.Packet) (id uint16, by wire.Type) {
	switch p := p.(type) {
	case *wire.Publish:
		switch p.QoS {
		case 1:
			return p.PacketID, wire.PUBACK
		case 2:
			return p.PacketID, wire.PUBREC
		}
	case *wire.Pubrel:
		return p.PacketID, wire.PUBCOMP
	case *wire.Subscribe:
		return p.PacketID, wire.SUBACK
	case *wire.Unsubscribe:
		return p.PacketID, wire.UNSUBACK
	}
	return 0, 0
}

// answered returns the identifier and the type of an answer of the broker's, or 0.
func answered(p wire.Packet) (id uint16, is wire.Type) {
	switch p := p.(type) {
	case *wire.Puback:
		return p.PacketID, wire.PUBACK
	case *wire.Pubrec:
		return p.PacketID, wire.PUBREC
	case *wire.Pubcomp:
		return p.PacketID, wire.PUBCOMP
	case *wire.Suback:
		return p.PacketID, wire.SUBACK
	case *wire.Unsuback:
		return p.PacketID, wire.UNSUBACK
	}
	return 0, 0
}

// published returns the place of each message that others have published, from 1 on, and 0 for those that are alike.
func (j *judgement) publishedAt() map[key]int {
	place := map[key]int{}
	for i, p := range j.Published {
		if _, twice := place[p.key()]; twice {
			place[p.key()] = 0
			continue
		}
		place[p.key()] = i + 1
	}
	for i := range j.Calls {
		if c := &j.Calls[i]; c.Verb == "publish" {
			place[c.key()] = 0
		}
	}
	return place
}

// peerOnce looks for a message with two identifiers on one connection. A server may send a copy for each
// subscription that matches.
func (j *judgement) peerOnce() {
	if j.invented() {
		return
	}
	place := j.publishedAt()
	type at struct {
		conn int
		key  key
	}
	seen := map[at]*wire.Publish{}
	for i, p := range j.packets {
		m, ok := p.(*wire.Publish)
		if !ok || j.Records[i].Kind == capture.Sent || m.QoS == 0 || m.Dup || m.Retain {
			continue
		}
		k := key{m.Topic, string(m.Payload)}
		a := at{j.Records[i].Conn, k}
		if before := seen[a]; before != nil && place[k] > 0 && before.PacketID != m.PacketID && j.matching(m.Topic) == 1 {
			msg := Message{Topic: m.Topic, Payload: string(m.Payload), QoS: m.QoS}
			j.blamePeer(msg, i, "the broker has sent %v on connection %d with the identifiers %d and %d", msg, a.conn, before.PacketID, m.PacketID)
			return
		}
		seen[a] = m
	}
}

// matching is how many filters that the client has ever subscribed to match a topic.
func (j *judgement) matching(topic string) int {
	filters := map[string]bool{}
	for i, p := range j.packets {
		if s, ok := p.(*wire.Subscribe); ok && j.Records[i].Kind == capture.Sent {
			for _, f := range s.Filters {
				if Matches(f.Filter, topic) {
					filters[f.Filter] = true
				}
			}
		}
	}
	return len(filters)
}

// peerOrder looks for a message that comes behind one which was published later. Only the first time that a message is
// sent has a place of its own.
func (j *judgement) peerOrder() {
	if j.invented() {
		return
	}
	place := j.publishedAt()
	type line struct {
		conn  int
		topic string
		qos   byte
	}
	newest := map[line]int{}
	sent := map[key]bool{}
	for i, p := range j.packets {
		m, ok := p.(*wire.Publish)
		if !ok || j.Records[i].Kind == capture.Sent || m.Retain {
			continue
		}
		k := key{m.Topic, string(m.Payload)}
		if place[k] == 0 || sent[k] || m.Dup || j.matching(m.Topic) != 1 {
			continue
		}
		sent[k] = true
		l := line{j.Records[i].Conn, m.Topic, m.QoS}
		if newest[l] > place[k] {
			msg := Message{Topic: m.Topic, Payload: string(m.Payload), QoS: m.QoS}
			j.blamePeer(msg, i, "the broker has sent %v behind %v, which was published later", msg, j.Published[newest[l]-1].Message)
			return
		}
		newest[l] = place[k]
	}
}
