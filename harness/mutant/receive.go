package mutant

import (
	"strings"

	"umqtt/harness/wire"
)

// receiving lists mutants that hand the application something else than what was sent.
func receiving() []Mutant {
	return []Mutant{
		{
			Name: "truncated-message", Doc: "delivers what it has of a message when the connection ends inside of it",
			Violates: []string{"api-delivery-1"}, Subjects: connected,
			Rewrite: func() Rewrite { return Rewrite{Rest: shortened} },
		},
		{
			Name: "byte-order-mark-stripped", Doc: "takes U+FEFF off the beginning of topic names",
			Violates: []string{"MQTT-1.5.3-3"}, Subjects: connected,
			Rewrite: edit(wire.ToClient, func(m *wire.Publish) { m.Topic = strings.TrimPrefix(m.Topic, "\ufeff") }),
		},
	}
}

// shortened makes the beginning of a PUBLISH a whole one: its remaining length counts what there is. It
// leaves alone what ends before the payload begins.
func shortened(_ int, rest []byte) []byte {
	if wire.TypeOf(rest) != wire.PUBLISH {
		return rest
	}
	whole := finished(rest[0], rest[bodyAt(rest):])
	if _, err := wire.Decode(whole); err != nil {
		return rest
	}
	return whole
}

// finished is the packet with this first byte and this body.
func finished(first byte, body []byte) []byte {
	packet := []byte{first}
	n := len(body)
	for n >= 0x80 {
		packet = append(packet, byte(n)|0x80)
		n >>= 7
	}
	return append(append(packet, byte(n)), body...)
}
