package mutant

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// redelivery lists mutants that get wrong what they send again after a reconnect.
func redelivery() []Mutant {
	again := is{"qos": 1, "dup": true}
	return []Mutant{
		{
			Name: "resend-without-dup", Doc: "sends unacknowledged messages again without DUP",
			Violates: []string{"MQTT-3.3.1-1"}, Subjects: qos1,
			Rules: rules(sent(wire.PUBLISH, again), set(is{"dup": false})),
		},
		{
			Name: "resend-new-id", Doc: "sends unacknowledged messages again under another packet id",
			Violates: []string{"MQTT-4.4.0-1", "MQTT-2.3.1-3"}, Subjects: qos1,
			Rules: rules(sent(wire.PUBLISH, again), set(is{"packet_id": 0x4242})),
		},
		{
			Name: "resend-wrong-order", Doc: "sends the second unacknowledged message again before the first",
			Violates: []string{"MQTT-4.6.0-1"}, Subjects: qos1,
			Rules: []fault.Rule{{Match: fault.Match{Dirs: fault.ToServer, Type: wire.PUBLISH, Fields: again, Nth: 1}, Action: fault.Swap{}}},
		},
		{
			Name: "no-resend", Doc: "forgets unacknowledged messages when the connection is lost",
			Violates: []string{"MQTT-4.4.0-1"}, Subjects: qos1,
			Rules: rules(sent(wire.PUBLISH, again), fault.Drop{}),
		},
		{
			Name: "resend-after-clean", Doc: "sends messages of the old session again after a CONNECT for a clean one",
			Violates: []string{"MQTT-3.1.2-6"}, Subjects: manual,
			Rewrite: resendAfterClean,
		},
		{
			Name: "clean-session-outlived", Doc: "sends the unacknowledged messages of a clean session again in the kept one that follows",
			Violates: []string{"MQTT-3.1.2-6"}, Subjects: manual,
			Rewrite: cleanSessionOutlived,
		},
		{
			Name: "dropping-fails", Doc: "returns an error from a connect that has succeeded, since it has dropped what was in flight",
			Violates: []string{"api-outcome-1"}, Subjects: connected,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return &complaining{Subject: s} },
		},
		{
			Name: "dropped-unreported", Doc: "tells nothing of the messages that a clean session has dropped",
			Violates: []string{"api-outcome-2"}, Subjects: connected,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return secretive{s} },
		},
	}
}

// resendAfterClean keeps every QoS 1 PUBLISH until its PUBACK comes, and sends what it has behind a CONNECT
// for a clean session.
func resendAfterClean() Rewrite {
	var kept []*wire.Publish
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		packets := []fault.Packet{p}
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS == 1 && !m.Dup {
			kept = append(kept, m)
		}
		if a, ok := decode[*wire.Puback](p, wire.ToClient); ok {
			kept = slices.DeleteFunc(kept, func(m *wire.Publish) bool { return m.PacketID == a.PacketID })
		}
		if c, ok := decode[*wire.Connect](p, wire.ToServer); ok && c.CleanSession {
			for _, m := range kept {
				m.Dup = true
				packets = append(packets, fault.Packet{Conn: p.Conn, Dir: p.Dir, Data: m.Append(nil)})
			}
			kept = nil
		}
		return packets
	}}
}

// complaining counts the publishes that have not ended, and reports them as an error of a clean connect.
type complaining struct {
	subject.Subject
	open atomic.Int64 // done may be called by another goroutine
}

func (s *complaining) Publish(ctx context.Context, m subject.Message, done func(error)) {
	s.open.Add(1)
	s.Subject.Publish(ctx, m, func(err error) {
		s.open.Add(-1)
		done(err)
	})
}

func (s *complaining) Connect(ctx context.Context, o subject.Options) (bool, error) {
	open := s.open.Load()
	present, err := s.Subject.Connect(ctx, o)
	if err == nil && o.CleanSession && open > 0 {
		err = &subject.Error{Kind: subject.Dropped, Err: errors.New("messages in flight were dropped")}
	}
	return present, err
}

// secretive reports no message as dropped.
type secretive struct{ subject.Subject }

func (s secretive) Publish(ctx context.Context, m subject.Message, done func(error)) {
	s.Subject.Publish(ctx, m, func(err error) {
		if subject.KindOf(err) != subject.Dropped {
			done(err)
		}
	})
}

// cleanSessionOutlived keeps the QoS 1 messages of clean sessions, and sends them, with DUP, behind the CONNACK of
// the next session that is not clean.
func cleanSessionOutlived() Rewrite {
	var open flight
	clean := map[int]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		packets := []fault.Packet{p}
		if c, ok := decode[*wire.Connect](p, wire.ToServer); ok {
			clean[p.Conn] = c.CleanSession
		}
		if clean[p.Conn] {
			open.see(p)
		}
		if a, ok := decode[*wire.Connack](p, wire.ToClient); ok && a.Code == 0 && !clean[p.Conn] {
			for _, m := range open {
				m.Dup = true
				packets = append(packets, fault.Packet{Dir: wire.ToServer, Data: m.Append(nil)})
			}
			open = nil
		}
		return packets
	}}
}
