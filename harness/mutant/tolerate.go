package mutant

import (
	"errors"
	"slices"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// tolerating lists mutants that pass over a packet that no server may send, and go on.
func tolerating() []Mutant {
	var ms []Mutant
	for _, t := range []struct {
		name, doc string
		violates  []string
		rules     []string // that packages wire finds broken; nil: any
	}{
		{"malformed-tolerated", "passes over malformed packets of every kind", []string{"MQTT-4.8.0-1"}, nil},
		{"flags-tolerated", "passes over packets whose first-byte flags are wrong", []string{"MQTT-2.2.2-2"}, []string{"MQTT-2.2.2-1"}},
		{"qos3-tolerated", "passes over messages with both QoS bits set", []string{"MQTT-3.3.1-4"}, []string{"MQTT-3.3.1-4"}},
		{"bad-utf8-tolerated", "passes over messages whose topic is not UTF-8", []string{"MQTT-1.5.3-1"}, []string{"MQTT-1.5.3-1"}},
		{"nul-tolerated", "passes over messages with U+0000 in the topic", []string{"MQTT-1.5.3-2"}, []string{"MQTT-1.5.3-2"}},
		{"wildcard-tolerated", "passes over messages with a wildcard in the topic", []string{"MQTT-3.3.2-2", "MQTT-4.7.1-1"}, []string{"MQTT-3.3.2-2"}},
		{"id-zero-tolerated", "passes over messages with packet id 0", []string{"MQTT-2.3.1-1"}, []string{"MQTT-2.3.1-1"}},
		{"direction-tolerated", "passes over packets that only clients send", []string{"2.2.1-must-2"}, []string{"2.2.1-must-2"}},
		{"reserved-type-tolerated", "passes over packets of the reserved types", []string{"2.2.1-must-1"}, []string{"2.2.1-must-1"}},
		{"empty-topic-tolerated", "passes over messages with an empty topic name", []string{"MQTT-4.7.3-1", "MQTT-4.8.0-1"}, []string{"MQTT-4.7.3-1"}},
		{"dup-at-qos0-tolerated", "passes over messages at QoS 0 with DUP", []string{"MQTT-3.3.1-2", "MQTT-4.8.0-1"}, []string{"MQTT-3.3.1-2"}},
		{"overrun-tolerated", "passes over packets whose fields run past their end", []string{"2.2.3-must-2"}, []string{"2.2.3-must-2"}},
		{"long-length-tolerated", "passes over a remaining length of more than four bytes, and all behind it", []string{"2.2.3-must-1"}, []string{"2.2.3-must-1"}},
	} {
		ms = append(ms, Mutant{Name: t.name, Doc: t.doc, Violates: t.violates, Subjects: connected, Rewrite: passOver(t.rules)})
	}
	return ms
}

// passOver takes away packets for the subject that break one of these rules; nil is any rule.
func passOver(ids []string) func() Rewrite {
	return each(func(p fault.Packet) []fault.Packet {
		if p.Dir == wire.ToServer {
			return []fault.Packet{p}
		}
		_, err := wire.DecodeFrom(wire.ToClient, p.Data)
		var v *wire.Violation
		if errors.As(err, &v) && (ids == nil || slices.ContainsFunc(ids, v.Names)) {
			return nil
		}
		return []fault.Packet{p}
	})
}
