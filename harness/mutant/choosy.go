package mutant

import (
	"bytes"
	"strings"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// choosy lists mutants that lose messages with which nothing is wrong, each of one kind.
func choosy() []Mutant {
	whole := []string{"MQTT-3.3.4-1", "MQTT-4.3.2-2", "api-delivery-1"}
	return []Mutant{
		{
			Name: "odd-topics-lost", Doc: "loses messages whose topic name has an empty level or any character but letters, digits and hyphens",
			Violates: append([]string{"MQTT-1.5.3-1"}, whole...), Subjects: connected,
			Rewrite: loses(func(m *wire.Publish) bool { return oddTopic(m.Topic) }),
		},
		{
			Name: "odd-topics-tidied", Doc: "publishes to a topic name without its spaces, empty levels and leading $",
			Violates: []string{"MQTT-1.5.3-1", "MQTT-3.3.2-1"}, Subjects: connected,
			Rewrite: edit(wire.ToServer, func(m *wire.Publish) { m.Topic = tidy(m.Topic) }),
		},
		{
			Name: "odd-headers-lost", Doc: "loses messages at QoS 1 with DUP, RETAIN, no payload or a packet id above 200",
			Violates: append([]string{"MQTT-2.3.1-6"}, whole...), Subjects: connected,
			Rewrite: loses(func(m *wire.Publish) bool {
				return m.QoS == 1 && (m.Dup || m.Retain || len(m.Payload) == 0 || m.PacketID > 200)
			}),
		},
		{
			Name: "binary-payloads-lost", Doc: "loses messages whose payload has another byte than a printable one of ASCII, or a wildcard",
			Violates: whole, Subjects: connected,
			Rewrite: loses(func(m *wire.Publish) bool {
				return bytes.ContainsFunc(m.Payload, func(r rune) bool { return r < ' ' || r > '~' || r == '#' })
			}),
		},
		{
			Name: "long-messages-lost", Doc: "loses messages of more than 120 bytes",
			Violates: append([]string{"2.2.3-must-2"}, whole...), Subjects: connected,
			Rewrite: loses(func(m *wire.Publish) bool { return len(m.Topic)+len(m.Payload) > 120 }),
		},
		{
			Name: "behind-pingresp-lost", Doc: "loses a message that comes right behind a PINGRESP",
			Violates: append([]string{"MQTT-7.1.2-1"}, whole...), Subjects: connected,
			Rewrite: losesBehind(wire.PINGRESP),
		},
		{
			Name: "behind-puback-lost", Doc: "loses a message that comes right behind a PUBACK",
			Violates: append([]string{"MQTT-7.1.2-1"}, whole...), Subjects: connected,
			Rewrite: losesBehind(wire.PUBACK),
		},
		{
			Name: "behind-unsuback-lost", Doc: "loses a message that comes right behind an UNSUBACK",
			Violates: append([]string{"MQTT-7.1.2-1"}, whole...), Subjects: connected,
			Rewrite: losesBehind(wire.UNSUBACK),
		},
		{
			Name: "before-suback-lost", Doc: "loses the messages that come while a SUBSCRIBE waits for its SUBACK",
			Violates: append([]string{"MQTT-7.1.2-1", "3.8.4-may-1"}, whole...), Subjects: connected,
			Rewrite: losesBeforeSuback,
		},
	}
}

// oddTopic reports whether a topic name is anything but levels of letters, digits and hyphens.
func oddTopic(topic string) bool {
	for level := range strings.SplitSeq(topic, "/") {
		if level == "" || strings.ContainsFunc(level, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
		}) {
			return true
		}
	}
	return false
}

// tidy leaves of a topic name the levels that have more than spaces, without spaces around them or a leading $; of
// one without any, the word nothing.
func tidy(topic string) string {
	levels := strings.FieldsFunc(strings.TrimPrefix(topic, "$"), func(r rune) bool { return r == '/' || r == ' ' })
	if len(levels) == 0 {
		return "nothing"
	}
	return strings.Join(levels, "/")
}

// loses takes away the messages for the subject that are so.
func loses(so func(*wire.Publish) bool) func() Rewrite {
	return each(func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && so(m) {
			return nil
		}
		return []fault.Packet{p}
	})
}

// losesBehind takes away a message for the subject that comes right behind a packet of a type.
func losesBehind(t wire.Type) func() Rewrite {
	return func() Rewrite {
		last := map[int]wire.Type{} // by connection
		return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
			if p.Dir != wire.ToClient || p.Raw {
				return []fault.Packet{p}
			}
			before := last[p.Conn]
			last[p.Conn] = wire.TypeOf(p.Data)
			if before == t && last[p.Conn] == wire.PUBLISH {
				return nil
			}
			return []fault.Packet{p}
		}}
	}
}

// losesBeforeSuback takes away messages for the subject between a SUBSCRIBE and its SUBACK.
func losesBeforeSuback() Rewrite {
	waits := false
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		switch t := wire.TypeOf(p.Data); {
		case p.Dir == wire.ToServer && t == wire.SUBSCRIBE:
			waits = true
		case p.Dir == wire.ToClient && t == wire.SUBACK:
			waits = false
		case p.Dir == wire.ToClient && t == wire.PUBLISH && waits:
			return nil
		}
		return []fault.Packet{p}
	}}
}
