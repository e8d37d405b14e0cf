package play

import (
	"slices"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

// A probe shows sooner that a foreign subject does not close a connection: in the real world a step that waits
// for the end asks the subject, after a while, with a PUBLISH at QoS 1. Its PUBACK proves that the subject goes on
// behind what it had to close for, as the monitors named closes have it. A subject that is slow to close does not
// answer, and has the whole time of the step.
const (
	probeAfter = time.Second
	probeID    = 0xfffe
	probeTopic = "mqttconform/probe"
)

// closing are the rules to close a connection for what came on it. A step that waits for the end for another
// reason, such as silence, is not disturbed by a packet.
var closing = []string{"MQTT-4.8.0-1", "MQTT-1.5.3-1", "MQTT-1.5.3-2", "MQTT-2.2.2-2", "MQTT-3.3.1-4"}

// noPlace is the rule about the bytes of a length. Behind a packet that breaks it, no packet has a place: a subject
// that waits on would take the question for the rest of that packet.
const noPlace = "2.2.3-must-1"

// probes reports whether a step that waits for the end of a connection may ask.
func (p *player) probes(st *scenario.Step) bool {
	return p.opts.Foreign && !p.w.Simulated() && p.sc.Peer == scenario.Script && p.has(spec.QoS1) && len(st.Or) == 0 &&
		!slices.Contains(p.sc.Covers, noPlace) &&
		slices.ContainsFunc(p.sc.Covers, func(id string) bool { return slices.Contains(closing, id) })
}

// probe sends the PUBLISH on the newest connection, and returns its number. In the middle of a packet, and before the
// CONNACK, it sends none and returns 0.
func (p *player) probe() int {
	n := p.w.Link.Conns()
	c := p.conns[n]
	if c == nil || c.ended || !c.greeted || len(c.toSubject.Rest()) > 0 || p.w.Link.Ended(n) {
		return 0
	}
	p.w.Link.Send(n, (&wire.Publish{Topic: probeTopic, QoS: 1, PacketID: probeID}).Append(nil))
	return n
}

// IsProbe reports whether a record of a capture is a probe or the answer to one: it is no part of the scenario.
func IsProbe(r capture.Record) bool {
	dir := wire.ToClient
	if r.Kind == capture.Sent {
		dir = wire.ToServer
	}
	if r.Kind == capture.Event || len(r.Data) == 0 {
		return false
	}
	q, err := wire.DecodeFrom(dir, r.Data)
	if err != nil {
		return false
	}
	switch q := q.(type) {
	case *wire.Publish:
		return r.Kind != capture.Sent && q.Topic == probeTopic && q.PacketID == probeID
	case *wire.Puback:
		return r.Kind == capture.Sent && q.PacketID == probeID
	}
	return false
}

// probed reports whether the subject has answered the PUBLISH on a connection, in the records from one on.
func (p *player) probed(conn, from int) bool {
	return slices.ContainsFunc(p.w.Recorder.Since(from), func(r capture.Record) bool {
		if r.Kind != capture.Sent || r.Conn != conn {
			return false
		}
		q, err := r.Packet()
		ack, ok := q.(*wire.Puback)
		return err == nil && ok && ack.PacketID == probeID
	})
}
