package mutant

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// upstream lists mutants with a fault of upstream umqtt that no other mutant has.
func upstream() []Mutant {
	return []Mutant{
		{
			Name: "suback-lost-in-nesting", Doc: "loses the SUBACK that comes while a publish in a callback waits for its PUBACK",
			Violates: []string{"umqtt-nesting-1", "api-outcome-2"}, Subjects: qos1,
			Rewrite: subackLostInNesting,
		},
		{
			Name: "deep-messages-lost", Doc: "loses the messages that come while six of its own wait for their PUBACKs",
			Violates: []string{"api-delivery-1"}, Subjects: qos1,
			Rewrite: deepMessagesLost,
		},
		{
			Name: "message-overwritten", Doc: "has one buffer for all messages, which the next one overwrites while a callback is at work",
			Violates: []string{"api-message-1"}, Subjects: qos1,
			Message: overwritten,
		},
		{
			Name: "busy-callback-loses", Doc: "loses what comes when a callback has been at work for more than a second",
			Violates: []string{"api-delivery-1", "MQTT-4.3.2-2"}, Subjects: []string{"ref"},
			Rewrite: busyCallbackLoses,
		},
		{
			Name: "user-name-needs-password", Doc: "does not connect with a user name and no password",
			Violates: []string{"MQTT-3.1.2-19", "MQTT-3.1.2-20"}, Subjects: connected,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return needsPassword{s} },
		},
		{
			Name: "session-kept-at-a-reconnect", Doc: "asks for a kept session when it connects again, although it was told to begin anew",
			Violates: []string{"MQTT-3.1.2-6", "umqtt-republish-1", "umqtt-resubscribe-1"}, Subjects: reconnecting,
			Rewrite: edited(func(c *wire.Connect, conn int) bool {
				c.CleanSession = c.CleanSession && conn == 1
				return true
			}),
		},
		{
			Name: "out-of-step-behind-a-stray-puback", Doc: "loses what comes behind a PUBACK for nothing in flight",
			Violates: []string{"2.2.3-must-2"}, Subjects: qos1,
			Rewrite: lostBehind(func(p fault.Packet, open flight) bool {
				a, ok := decode[*wire.Puback](p, wire.ToClient)
				return ok && open.index(a.PacketID) < 0
			}),
		},
		{
			Name: "out-of-step-behind-a-large-message", Doc: "loses a message of more than 32 KiB and what comes behind it",
			Violates: []string{"2.2.3-must-2"}, Subjects: connected,
			Rewrite: lostBehind(func(p fault.Packet, _ flight) bool {
				return p.Dir == wire.ToClient && wire.TypeOf(p.Data) == wire.PUBLISH && len(p.Data) > 32<<10
			}),
		},
		{
			Name: "lengths-in-characters", Doc: "counts the characters of a topic name, not its bytes",
			Violates: []string{"2.2.3-must-2", "MQTT-1.5.3-1"}, Subjects: connected,
			Rewrite: each(inCharacters),
		},
		{
			Name: "qos2-taken-for-qos0", Doc: "delivers a message at QoS 2 and does not answer it",
			Violates: []string{"MQTT-4.3.3-2", "MQTT-3.3.4-1"}, Subjects: connected,
			Rewrite: each(func(p fault.Packet) []fault.Packet {
				if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 2 {
					p.Data = (&wire.Publish{Topic: m.Topic, Payload: m.Payload, Retain: m.Retain}).Append(nil)
				}
				return []fault.Packet{p}
			}),
		},
		{
			Name: "suback-awaited-without-pingreq", Doc: "sends no PINGREQ while a subscribe waits for its SUBACK",
			Violates: []string{"MQTT-3.1.2-23"}, Subjects: connected,
			Rewrite: noPingreqWhileSubscribing,
		},
		{
			Name: "end-before-connack-is-final", Doc: "gives up when a new connection ends before its CONNACK",
			Violates: []string{"umqtt-reconnect-1"}, Subjects: reconnecting,
			Rewrite: endIsFinal,
		},
		{
			Name: "stumbles-before-connect", Doc: "fails with an error that says nothing when it is called before its first connect",
			Violates: []string{"api-outcome-2"}, Subjects: connected,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return &stumbler{Subject: s} },
		},
		{
			Name: "resubscribes-nothing", Doc: "subscribes nothing again after a reconnect",
			Violates: []string{"umqtt-resubscribe-1"}, Subjects: reconnecting,
			Rewrite: resubscribesNothing,
		},
	}
}

// subackLostInNesting takes away SUBACKs while a message is in flight.
func subackLostInNesting() Rewrite {
	var open flight
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		open.see(p)
		if p.Dir == wire.ToClient && wire.TypeOf(p.Data) == wire.SUBACK && len(open) > 0 {
			return nil
		}
		return []fault.Packet{p}
	}}
}

// deepMessagesLost takes away QoS 0 messages while six messages are in flight.
func deepMessagesLost() Rewrite {
	var open flight
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		open.see(p)
		if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 0 && len(open) >= 6 {
			return nil
		}
		return []fault.Packet{p}
	}}
}

// needsPassword refuses a user name without a password.
type needsPassword struct{ subject.Subject }

func (s needsPassword) Connect(ctx context.Context, o subject.Options) (bool, error) {
	if o.Username != nil && o.Password == nil {
		return false, errors.New("no password")
	}
	return s.Subject.Connect(ctx, o)
}

// lostBehind takes away, on one connection, the packet that is so and all behind it.
func lostBehind(is func(fault.Packet, flight) bool) func() Rewrite {
	return func() Rewrite {
		var open flight
		lost := map[int]bool{}
		return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
			lost[p.Conn] = lost[p.Conn] || is(p, open)
			open.see(p)
			if p.Dir == wire.ToClient && lost[p.Conn] {
				return nil
			}
			return []fault.Packet{p}
		}}
	}
}

// inCharacters makes both lengths of a PUBLISH as much too small as the topic name has more bytes than characters.
func inCharacters(p fault.Packet) []fault.Packet {
	m, ok := decode[*wire.Publish](p, wire.ToServer)
	if !ok {
		return []fault.Packet{p}
	}
	body := p.Data[bodyAt(p.Data):]
	n := utf8.RuneCountInString(m.Topic)
	body[0], body[1] = byte(n>>8), byte(n)
	p.Data = append(finished(p.Data[0], body[:len(body)-(len(m.Topic)-n)]), body[len(body)-(len(m.Topic)-n):]...)
	return []fault.Packet{p}
}

// noPingreqWhileSubscribing takes away PINGREQs while a SUBSCRIBE has no SUBACK.
func noPingreqWhileSubscribing() Rewrite {
	waits := 0
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		switch t := wire.TypeOf(p.Data); {
		case p.Raw:
		case t == wire.SUBSCRIBE && p.Dir == wire.ToServer:
			waits = p.Conn
		case t == wire.SUBACK && p.Dir == wire.ToClient:
			waits = 0
		case t == wire.PINGREQ && p.Dir == wire.ToServer && waits == p.Conn:
			return nil
		}
		return []fault.Packet{p}
	}}
}

// endIsFinal has every connection wait for ever for a CONNACK once one has ended before it: what the subject sends
// is not sent any more.
func endIsFinal() Rewrite {
	accepted, final := map[int]bool{}, false
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if a, ok := decode[*wire.Connack](p, wire.ToClient); ok && a.Code == 0 {
			accepted[p.Conn] = true
		}
		if _, ok := decode[*wire.Connect](p, wire.ToServer); ok && p.Conn > 1 && !accepted[p.Conn-1] {
			final = true
		}
		if final && p.Dir == wire.ToServer {
			return nil
		}
		return []fault.Packet{p}
	}}
}

// stumbler fails, before its first connect, as a program does that has no connection.
type stumbler struct {
	subject.Subject
	connected bool
}

func (s *stumbler) Connect(ctx context.Context, o subject.Options) (bool, error) {
	s.connected = true
	return s.Subject.Connect(ctx, o)
}

func (s *stumbler) Publish(ctx context.Context, m subject.Message, done func(error)) {
	if !s.connected {
		done(errors.New("there is no such attribute"))
		return
	}
	s.Subject.Publish(ctx, m, done)
}

// resubscribesNothing answers the SUBSCRIBEs that the subject sends on a later connection within a second of the
// CONNACK, and does not send them.
func resubscribesNothing() Rewrite {
	var since time.Time
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if a, ok := decode[*wire.Connack](p, wire.ToClient); ok && a.Code == 0 && p.Conn > 1 {
			since = time.Now()
		}
		s, ok := decode[*wire.Subscribe](p, wire.ToServer)
		if !ok || since.IsZero() || time.Since(since) > time.Second {
			return []fault.Packet{p}
		}
		codes := make([]byte, len(s.Filters))
		for i, f := range s.Filters {
			codes[i] = byte(f.QoS)
		}
		return []fault.Packet{{Conn: p.Conn, Dir: wire.ToClient, Data: (&wire.Suback{PacketID: s.PacketID, Codes: codes}).Append(nil)}}
	}}
}

// overwritten copies each message into one buffer.
func overwritten() func(subject.Message) subject.Message {
	var buf [1 << 16]byte
	return func(m subject.Message) subject.Message {
		n := copy(buf[:], m.Topic)
		end := n + copy(buf[n:], m.Payload)
		m.Own = &subject.Bytes{Topic: buf[:n], Payload: buf[n:end]}
		return m
	}
}

// busyCallbackLoses takes away messages that come a second or more behind one at QoS 1 that is not acknowledged.
func busyCallbackLoses() Rewrite {
	came := map[uint16]time.Time{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if a, ok := decode[*wire.Puback](p, wire.ToServer); ok {
			delete(came, a.PacketID)
		}
		m, ok := decode[*wire.Publish](p, wire.ToClient)
		if !ok {
			return []fault.Packet{p}
		}
		for _, since := range came {
			if time.Since(since) >= time.Second {
				return nil
			}
		}
		if m.QoS == 1 {
			came[m.PacketID] = time.Now()
		}
		return []fault.Packet{p}
	}}
}
