package client

import "encoding/binary"

// The first bytes of packets: type and flags (section 2.2).
const (
	typeConnect     = 1
	typeConnack     = 2
	typePublish     = 3
	typePuback      = 4
	typePubrec      = 5
	typePubrel      = 6
	typePubcomp     = 7
	typeSubscribe   = 8
	typeSuback      = 9
	typeUnsubscribe = 10
	typeUnsuback    = 11
	typePingreq     = 12
	typePingresp    = 13
	typeDisconnect  = 14

	requestFlags = 0x02 // of SUBSCRIBE and UNSUBSCRIBE
	dupFlag      = 0x08 // of PUBLISH
	retainFlag   = 0x01
)

var (
	pingreq    = []byte{typePingreq << 4, 0}
	disconnect = []byte{typeDisconnect << 4, 0}
)

// maxRemaining is the largest remaining length (section 2.2.3), maxText the most
// bytes in a field with a length of its own (section 1.5.3).
const (
	maxRemaining = 268435455
	maxText      = 65535
)

func appendHeader(b []byte, first byte, remaining int) []byte {
	b = append(b, first)
	for remaining >= 128 {
		b = append(b, byte(remaining)|128)
		remaining >>= 7
	}
	return append(b, byte(remaining))
}

func appendField[T string | []byte](b []byte, field T) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(field)))
	return append(b, field...)
}

// will is the message that the server publishes when the connection ends without a
// DISCONNECT.
type will struct {
	topic, payload []byte
	qos            byte
	retain         bool
}

// appendConnect appends a CONNECT (section 3.1).
func appendConnect(b []byte, cfg *Config, w *will, clean bool) []byte {
	var flags byte
	size := 10 + 2 + len(cfg.ClientID)
	if clean {
		flags |= 0x02
	}
	if w != nil {
		flags |= 0x04 | w.qos<<3
		if w.retain {
			flags |= 0x20
		}
		size += 2 + len(w.topic) + 2 + len(w.payload)
	}
	if cfg.Username != nil {
		flags |= 0x80
		size += 2 + len(*cfg.Username)
	}
	if cfg.Password != nil {
		flags |= 0x40
		size += 2 + len(cfg.Password)
	}

	b = appendHeader(b, typeConnect<<4, size)
	b = appendField(b, "MQTT")
	b = append(b, 4, flags)
	b = binary.BigEndian.AppendUint16(b, uint16(cfg.KeepAlive.Seconds()))
	b = appendField(b, cfg.ClientID)
	if w != nil {
		b = appendField(b, w.topic)
		b = appendField(b, w.payload)
	}
	if cfg.Username != nil {
		b = appendField(b, *cfg.Username)
	}
	if cfg.Password != nil {
		b = appendField(b, cfg.Password)
	}
	return b
}

// publishSize is the remaining length of a PUBLISH.
func publishSize(topic, payload []byte, qos byte) int {
	size := 2 + len(topic) + len(payload)
	if qos > 0 {
		size += 2
	}
	return size
}

// appendPublish appends a PUBLISH (section 3.3). At QoS 0 it has no id.
func appendPublish(b []byte, topic, payload []byte, qos byte, retain bool, id uint16) []byte {
	first := byte(typePublish<<4) | qos<<1
	if retain {
		first |= retainFlag
	}
	b = appendHeader(b, first, publishSize(topic, payload, qos))
	b = appendField(b, topic)
	if qos > 0 {
		b = binary.BigEndian.AppendUint16(b, id)
	}
	return append(b, payload...)
}

// appendSubscribe appends a SUBSCRIBE (section 3.8).
func appendSubscribe(b []byte, id uint16, filters []Filter) []byte {
	b = appendHeader(b, typeSubscribe<<4|requestFlags, subscribeSize(filters))
	b = binary.BigEndian.AppendUint16(b, id)
	for _, f := range filters {
		b = append(appendField(b, f.Topic), f.QoS)
	}
	return b
}

func subscribeSize(filters []Filter) int {
	size := 2
	for _, f := range filters {
		size += 2 + len(f.Topic) + 1
	}
	return size
}

// appendUnsubscribe appends an UNSUBSCRIBE (section 3.10).
func appendUnsubscribe(b []byte, id uint16, topics [][]byte) []byte {
	b = appendHeader(b, typeUnsubscribe<<4|requestFlags, unsubscribeSize(topics))
	b = binary.BigEndian.AppendUint16(b, id)
	for _, t := range topics {
		b = appendField(b, t)
	}
	return b
}

func unsubscribeSize(topics [][]byte) int {
	size := 2
	for _, t := range topics {
		size += 2 + len(t)
	}
	return size
}
