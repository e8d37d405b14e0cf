package mutant

import (
	"context"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// Deep returns mutants for searches: sweeps, swarms and properties. They behave well without network faults, and each
// needs a fault at one place, or several in order, so that hand-written scenarios hardly detect them. [All] returns
// the mutants for scenarios. The slice is the caller's.
func Deep() []Mutant {
	return []Mutant{
		{
			Name: "deep-second-redelivery-lost", Doc: "sends nothing again from its third connection on",
			Violates: []string{"MQTT-4.4.0-1"}, Subjects: qos1, Rewrite: each(from(3, func(p fault.Packet) []fault.Packet {
				if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.Dup {
					return nil
				}
				return []fault.Packet{p}
			})),
		},
		{
			Name: "deep-second-redelivery-without-dup", Doc: "sends a message for the third time without DUP",
			Violates: []string{"MQTT-3.3.1-1"}, Subjects: qos1, Rewrite: thirdWithoutDup,
		},
		{
			Name: "deep-identifiers-wrap", Doc: "counts its packet identifiers from 1 to 3 and does not look which of them are in use",
			Violates: []string{"MQTT-2.3.1-2"}, Subjects: qos1, Rewrite: wraps,
		},
		{
			Name: "deep-half-a-puback-is-done", Doc: "takes the beginning of a PUBACK for all of it when the connection ends behind it",
			Violates: []string{"api-outcome-1"}, Subjects: qos1, Rewrite: halfPuback,
		},
		{
			Name: "deep-merged-puback-lost", Doc: "passes over a PUBACK that comes in one piece with another packet",
			Violates: []string{"api-outcome-2"}, Subjects: qos1, Rewrite: mergedLost,
		},
		{
			Name: "deep-second-resubscription-lost", Doc: "does not subscribe again from its third connection on",
			Violates: []string{"umqtt-resubscribe-1"}, Subjects: reconnecting, Rewrite: resubscribesOnce,
		},
		{
			Name: "deep-keep-alive-of-two-connections", Doc: "serves the keep alive of its first two connections only",
			Violates: []string{"MQTT-3.1.2-23"}, Subjects: qos1, Rewrite: each(from(3, func(p fault.Packet) []fault.Packet {
				if p.Dir == wire.ToServer && wire.TypeOf(p.Data) == wire.PINGREQ {
					return nil
				}
				return []fault.Packet{p}
			})),
		},
		{
			Name: "deep-clean-at-the-fourth", Doc: "asks for a clean session from its fourth connection on",
			Violates: []string{"MQTT-3.1.2-4"}, Subjects: qos1, Rewrite: each(from(4, func(p fault.Packet) []fault.Packet {
				if c, ok := decode[*wire.Connect](p, wire.ToServer); ok {
					c.CleanSession = true
					p.Data = c.Append(nil)
				}
				return []fault.Packet{p}
			})),
		},
		{
			Name: "deep-three-in-flight-turned-round", Doc: "sends the last two of three messages in flight again in the wrong order",
			Violates: []string{"MQTT-4.6.0-1"}, Subjects: qos1, Rewrite: turnedRound,
		},
		{
			Name: "deep-third-in-flight-forgotten", Doc: "sends two messages again at most",
			Violates: []string{"MQTT-4.4.0-1"}, Subjects: qos1, Rewrite: twoAgain,
		},
		{
			Name: "deep-refusal-passed-over", Doc: "takes the refusal of a later connection for its acceptance",
			Violates: []string{"api-outcome-1"}, Subjects: manual, Rewrite: each(from(2, func(p fault.Packet) []fault.Packet {
				if a, ok := decode[*wire.Connack](p, wire.ToClient); ok && a.Code != 0 {
					a.Code = 0
					p.Data = a.Append(nil)
				}
				return []fault.Packet{p}
			})),
		},
		{
			Name: "deep-end-inside-a-packet-kept", Doc: "leaves a connection open that ends inside of a packet",
			Violates: []string{"umqtt-reconnect-3"}, Subjects: qos1, Rewrite: keptInside,
		},
		{
			Name: "deep-last-byte-missing", Doc: "passes on a message whose last byte is missing when the connection ends behind it",
			Violates: []string{"api-delivery-1"}, Subjects: qos1, Rewrite: lastByte,
		},
		{
			Name: "deep-late-puback-for-the-newest", Doc: "takes a PUBACK that comes late for that of its newest message",
			Violates: []string{"api-outcome-1"}, Subjects: qos1, Rewrite: lateForNewest,
		},
		{
			Name: "deep-half-a-message-is-seen", Doc: "remembers the identifier of a message of which only a part came, and passes over its redelivery",
			Violates: []string{"api-delivery-1"}, Subjects: qos1, Rewrite: halfIsSeen,
		},
		{
			Name: "deep-third-session-believed", Doc: "takes the session for present on its third connection and later ones",
			Violates: []string{"umqtt-resubscribe-1"}, Subjects: reconnecting, Rewrite: each(from(3, func(p fault.Packet) []fault.Packet {
				if a, ok := decode[*wire.Connack](p, wire.ToClient); ok && a.Code == 0 {
					a.SessionPresent = true
					p.Data = a.Append(nil)
				}
				return []fault.Packet{p}
			})),
		},
		{
			Name: "deep-interrupted-subscribe-is-done", Doc: "reports a subscribe as done that the end of the connection interrupted",
			Violates: []string{"api-outcome-1"}, Subjects: manual,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return optimist{s} },
		},
		{
			Name: "deep-two-owed-pubacks", Doc: "acknowledges on the next connection what it has not acknowledged when a connection ends inside of a packet",
			Violates: []string{"umqtt-nesting-3"}, Subjects: qos1, Rewrite: owedPubacks,
		},
		{
			Name: "deep-delivers-again-at-the-fourth", Doc: "passes a message that is sent again on its fourth connection or a later one to its callback twice",
			Violates: []string{"api-delivery-1"}, Subjects: qos1, Rewrite: deliversAgain,
		},
	}
}

// from applies a change to the connections from a number on.
func from(conn int, change func(fault.Packet) []fault.Packet) func(fault.Packet) []fault.Packet {
	return func(p fault.Packet) []fault.Packet {
		if p.Conn < conn {
			return []fault.Packet{p}
		}
		return change(p)
	}
}

// optimist reports a subscribe as done whose connection was lost.
type optimist struct{ subject.Subject }

func (s optimist) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	granted, err := s.Subject.Subscribe(ctx, filters)
	if k := subject.KindOf(err); err == nil || k != subject.Network && k != subject.Closed {
		return granted, err
	}
	granted = make([]int, len(filters))
	for i, f := range filters {
		granted[i] = f.QoS
	}
	return granted, nil
}
