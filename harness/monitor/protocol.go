package monitor

import (
	"bytes"

	"umqtt/harness/wire"
)

// A client may speak another protocol on a connection of its own: those that were refused often fall back to
// MQTT 3.1. The standard does not rule what such a connection carries, so that nothing on it is judged. A
// client whose first CONNECT is of another protocol is not one of MQTT 3.1.1, and is told so.

// other reports whether a record opens a connection of another protocol, behind one of this protocol.
func (k *checker) other(s *step) bool {
	l := s.link
	if s.typ != wire.CONNECT || l.begun || s.packet == nil && s.bad == nil {
		return false
	}
	if !otherProtocol(s.Data) {
		k.spoke = true
		return false
	}
	if !k.spoke {
		return false
	}
	l.other, k.hidden = true, true
	for _, c := range k.clients {
		c.current.resumed = true
		c.current.doubt(nil)
	}
	return true
}

// otherProtocol reports whether the bytes of a CONNECT name a known protocol other than MQTT 3.1.1: MQTT 3.1,
// whose bridges set bit 7 of the level, or MQTT 5.
func otherProtocol(connect []byte) bool {
	b := connect[1:]
	for len(b) > 0 && b[0] >= 0x80 {
		b = b[1:]
	}
	if len(b) == 0 {
		return false
	}
	b = b[1:]
	for _, name := range []string{"\x00\x06MQIsdp\x03", "\x00\x06MQIsdp\x83", "\x00\x04MQTT\x05"} {
		if bytes.HasPrefix(b, []byte(name)) {
			return true
		}
	}
	return false
}
