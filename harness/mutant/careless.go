package mutant

import (
	"encoding/binary"
	"unicode/utf8"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// careless lists mutants that take up malformed packets as if they were good ones.
func careless() []Mutant {
	return []Mutant{
		{
			Name: "acknowledgement-flags-ignored", Doc: "does not look at the flags of acknowledgements and PINGRESP",
			Violates: []string{"MQTT-2.2.2-2"}, Subjects: connected,
			Rewrite: inbound(func(packet []byte) []byte {
				switch wire.TypeOf(packet) {
				case wire.CONNACK, wire.PUBACK, wire.PUBREC, wire.PUBCOMP, wire.SUBACK, wire.UNSUBACK, wire.PINGRESP:
					packet[0] &= 0xf0
				}
				return packet
			}),
		},
		{
			Name: "rest-ignored", Doc: "passes over what stands in CONNACK, PUBACK, UNSUBACK and PINGRESP behind their fields",
			Violates: []string{"2.2.3-must-2"}, Subjects: connected,
			Rewrite: inbound(restIgnored),
		},
		{
			Name: "missing-id-ignored", Doc: "takes a QoS 1 message that ends before its packet id for one at QoS 0",
			Violates: []string{"2.2.3-must-2", "MQTT-2.3.1-1"}, Subjects: connected,
			Rewrite: inbound(func(packet []byte) []byte {
				if n, rest := topicOf(packet); wire.TypeOf(packet) == wire.PUBLISH && packet[0]&0x06 == 0x02 && n > 0 && len(rest) < n+2 {
					packet[0] &= 0xf1
				}
				return packet
			}),
		},
		{
			Name: "bad-utf8-replaced", Doc: "reads every byte of a topic name that is not UTF-8 as a question mark",
			Violates: []string{"MQTT-1.5.3-1"}, Subjects: connected,
			Rewrite: inbound(func(packet []byte) []byte {
				if n, rest := topicOf(packet); wire.TypeOf(packet) == wire.PUBLISH && n <= len(rest) {
					questionMarks(rest[:n])
				}
				return packet
			}),
		},
		{
			Name: "answers-before-connack", Doc: "passes over acknowledgements and PINGRESPs in front of the CONNACK",
			Violates: []string{"MQTT-3.2.0-1"}, Subjects: connected,
			Rewrite: answersBeforeConnack,
		},
	}
}

// inbound changes the bytes of whole packets for the subject.
func inbound(change func(packet []byte) []byte) func() Rewrite {
	return each(func(p fault.Packet) []fault.Packet {
		if !p.Raw && p.Dir == wire.ToClient {
			p.Data = change(p.Data)
		}
		return []fault.Packet{p}
	})
}

// restIgnored shortens packets of a fixed length to it.
func restIgnored(packet []byte) []byte {
	n := 2
	switch wire.TypeOf(packet) {
	case wire.PINGRESP:
		n = 0
	case wire.CONNACK, wire.PUBACK, wire.UNSUBACK:
	default:
		return packet
	}
	body := packet[bodyAt(packet):]
	return finished(packet[0], body[:min(n, len(body))])
}

// topicOf returns the length of a PUBLISH's topic name as it says, and what stands behind that.
func topicOf(publish []byte) (length int, rest []byte) {
	body := publish[bodyAt(publish):]
	if len(body) < 2 {
		return 0, nil
	}
	return int(binary.BigEndian.Uint16(body)), body[2:]
}

// questionMarks overwrites what is not UTF-8.
func questionMarks(text []byte) {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			text[0] = '?'
		}
		text = text[size:]
	}
}

// answersBeforeConnack takes away what comes in front of a connection's CONNACK, but for PUBLISH.
func answersBeforeConnack() Rewrite {
	greeted := map[int]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if p.Raw || p.Dir == wire.ToServer || greeted[p.Conn] {
			return []fault.Packet{p}
		}
		switch wire.TypeOf(p.Data) {
		case wire.CONNACK:
			greeted[p.Conn] = true
		case wire.PUBACK, wire.SUBACK, wire.UNSUBACK, wire.PINGRESP:
			return nil
		}
		return []fault.Packet{p}
	}}
}
