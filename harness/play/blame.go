package play

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/capture"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
	"umqtt/scenarios"
)

// What the player judges of itself, in every scenario, breaks what the users of any API count on, unless
// a statement of the standard rules it.
const (
	deliveredOnce = "api-delivery-1" // the callback gets what arrived, as often as it arrived
	reportedRight = "api-outcome-1"  // what a call reports is so
	everyCallEnds = "api-outcome-2"

	closeAtViolation = "MQTT-4.8.0-1"
	markKept         = "MQTT-1.5.3-3"
	wholePackets     = "2.2.3-must-2"
	refusalEnds      = "MQTT-3.2.2-5"
	endRefuses       = "MQTT-3.2.2-6"
	heldUntilPuback  = "MQTT-4.3.2-1"
	heldUntilPubcomp = "MQTT-4.3.3-1"
	newAfterPuback   = "MQTT-4.3.2-2"
	newAfterPubcomp  = "MQTT-4.3.3-2"
)

// blame is fail for what breaks these rules, whatever the scenario covers.
func blame(err error, ids ...string) error {
	err.(*refusal).failure.Covers = ids
	return err
}

// breaks returns the rules that a malformed packet breaks.
func breaks(bad error) []string {
	var v *wire.Violation
	if !errors.As(bad, &v) {
		return nil
	}
	return append([]string{v.ID}, v.Also...)
}

// tolerates returns the rules that are broken by taking a malformed packet for a good one.
func tolerates(bad error) []string {
	if ids := breaks(bad); !slices.Contains(ids, closeAtViolation) {
		return append(ids, closeAtViolation)
	}
	return breaks(bad)
}

// unfounded says what is wrong with a message of the callback that the subject was not handed, or not so
// often as shown tells, and which rules that breaks.
func (p *player) unfounded(m subject.Message, shown int) (what string, ids []string) {
	var bad error // of the newest PUBLISH that the message can have come from
	for _, r := range p.w.rec.Since(0) {
		if r.Kind != capture.Handed || len(r.Data) == 0 || wire.TypeOf(r.Data) != wire.PUBLISH {
			continue
		}
		topic, payload := loosely(r.Data)
		_, err := r.Packet()
		switch {
		case !whole(r.Data) && topic == m.Topic && strings.HasPrefix(m.Payload, payload):
			return "the callback got a message of which only the beginning has arrived", []string{wholePackets}
		case err != nil && whole(r.Data) && (shown == 0 || topic == m.Topic && payload == m.Payload):
			bad = err // whatever a client makes of it: a topic name that is no text can become one
		case err == nil && topic != m.Topic && unmarked(topic) == unmarked(m.Topic) && payload == m.Payload:
			return "the callback got a message whose topic name has lost its U+FEFF", []string{markKept}
		}
	}
	switch {
	case bad != nil:
		return fmt.Sprintf("the callback got a message out of a packet that closes the connection: %v", bad), tolerates(bad)
	case shown > 0:
		return "the callback got a message more often than the subject was handed it", []string{deliveredOnce}
	}
	return "the callback got a message that the subject was not handed", []string{deliveredOnce}
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

// premature says what is wrong with the success of a call that nothing has answered yet, and which rules
// that breaks. records are those until the report.
func premature(records []capture.Record, c *call) (what string, ids []string) {
	for _, r := range records[min(c.from, len(records)):] {
		if r.Kind != capture.Handed || len(r.Data) == 0 || wire.TypeOf(r.Data) != answer(c) || !whole(r.Data) {
			continue
		}
		q, bad := r.Packet()
		if bad != nil {
			return fmt.Sprintf("the API reported success of %s for an answer that closes the connection: %v", c, bad), tolerates(bad)
		}
		if a, ok := q.(*wire.Connack); ok && a.Code != 0 {
			return fmt.Sprintf("the API reported success of %s, which the CONNACK refuses", c), []string{refusalEnds, reportedRight}
		}
	}
	early := fmt.Sprintf("the API reported success of %s too early", c)
	switch answer(c) {
	case wire.PUBACK:
		return early, []string{heldUntilPuback}
	case wire.PUBCOMP:
		return early, []string{heldUntilPubcomp}
	case wire.CONNACK:
		if ended(records[min(c.from, len(records)):]) {
			return fmt.Sprintf("the API reported success of %s, whose connection ended without a CONNACK", c), []string{endRefuses, reportedRight}
		}
	}
	return early, []string{reportedRight}
}

// ended reports whether the peer has ended a connection.
func ended(records []capture.Record) bool {
	return slices.ContainsFunc(records, func(r capture.Record) bool { return r.Kind == capture.Handed && len(r.Data) == 0 })
}

// undelivered says whether the message that a step waits for was handed to the subject, in the records before
// one, more often than its callback has got it, and if so which rules that breaks: a receiver at QoS 1 or 2
// takes an identifier whose exchange is over for that of a new message.
func (p *player) undelivered(st *scenarios.Step, before int) (ids []string, ok bool) {
	wanted := map[key]bool{}
	for k, shown := range p.shown {
		f, _, _ := differs(subject.Message{Topic: k.topic, Payload: k.payload}, st.Args, "topic", "payload")
		n, _ := slices.BinarySearch(shown, before)
		wanted[k] = f == "" && n > p.delivered[k]
		ok = ok || wanted[k]
	}
	over := map[uint16]string{} // identifiers whose exchange is over, with the rule that sets them free
	for _, r := range p.w.rec.Since(0) {
		switch q, _ := r.Packet(); q := q.(type) {
		case *wire.Puback:
			if r.Kind == capture.Sent {
				over[q.PacketID] = newAfterPuback
			}
		case *wire.Pubcomp:
			if r.Kind == capture.Sent {
				over[q.PacketID] = newAfterPubcomp
			}
		case *wire.Publish:
			if r.Kind == capture.Handed && q.QoS > 0 && wanted[key{q.Topic, string(q.Payload)}] && over[q.PacketID] != "" {
				ids = []string{over[q.PacketID]}
			}
		}
	}
	if ids == nil {
		ids = []string{deliveredOnce}
	}
	return ids, ok
}
