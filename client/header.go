package client

import "fmt"

// header is a fixed header (section 2.2).
type header struct {
	first     byte
	size      int // of the whole packet
	remaining int
}

func (h header) kind() byte { return h.first >> 4 }
func (h header) qos() byte  { return h.first >> 1 & 3 }

func violation(statement, format string, args ...any) error {
	return &ProtocolError{Statement: statement, Reason: fmt.Sprintf(format, args...)}
}

// parseHeader reads the fixed header at the start of b. ok is false while it is
// not whole. What no server may send is refused as soon as its byte is there.
func parseHeader(b []byte, accepted bool) (h header, ok bool, err error) {
	if len(b) == 0 {
		return h, false, nil
	}
	h.first = b[0]
	if err := checkFirst(b[0], accepted); err != nil {
		return h, false, err
	}
	for i := 1; i < len(b); i++ {
		h.remaining |= int(b[i]&127) << (7 * (i - 1))
		switch {
		case b[i] < 128:
			h.size = i + 1 + h.remaining
			return h, true, checkLength(h)
		case i == 4:
			return h, false, violation("2.2.3-must-1", "the remaining length has a fifth byte")
		}
	}
	return h, false, nil
}

// packetNames is for errors.
var packetNames = [16]string{
	"packet of type 0", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP",
	"SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "packet of type 15",
}

// checkFirst checks type and flags. accepted tells whether the CONNACK has come.
func checkFirst(first byte, accepted bool) error {
	kind, name := first>>4, packetNames[first>>4]
	switch kind {
	case 0, 15:
		return violation("2.2.1-must-1", "%s", name)
	case typeConnect, typeSubscribe, typeUnsubscribe, typePingreq, typeDisconnect:
		return violation("2.2.1-must-2", "%s from a server", name)
	}
	switch {
	case !accepted && kind != typeConnack:
		return violation("MQTT-3.2.0-1", "%s before CONNACK", name)
	case accepted && kind == typeConnack:
		return violation("MQTT-3.2.0-1", "a second CONNACK")
	case kind == typePublish:
		return checkPublishFlags(first)
	case kind == typePubrel && first&15 != requestFlags:
		return violation("MQTT-3.6.1-1", "PUBREL with flags %04b", first&15)
	case kind != typePubrel && first&15 != 0:
		return violation("MQTT-2.2.2-1", "%s with flags %04b", name, first&15)
	case kind == typePubrec || kind == typePubrel || kind == typePubcomp:
		return &ProtocolError{"MQTT-4.8.0-1", name + " without a QoS 2 message", ErrQoS2}
	}
	return nil
}

func checkPublishFlags(first byte) error {
	h := header{first: first}
	switch {
	case h.qos() == 3:
		return violation("MQTT-3.3.1-4", "PUBLISH with QoS 3")
	case h.qos() == 2:
		return ErrQoS2
	case h.qos() == 0 && first&dupFlag != 0:
		return violation("MQTT-3.3.1-2", "PUBLISH with DUP 1 at QoS 0")
	}
	return nil
}

// lengths are the fixed remaining lengths; -1: variable.
var lengths = [16]int{
	typeConnack: 2, typePublish: -1, typePuback: 2, typeSuback: -1, typeUnsuback: 2, typePingresp: 0,
}

// checkLength checks the remaining length: a packet of variable length begins with two
// bytes at least. Who reads the fields checks the rest.
func checkLength(h header) error {
	want := lengths[h.kind()]
	if h.remaining == want || want < 0 && h.remaining >= 2 {
		return nil
	}
	return violation("2.2.3-must-2", "%s with a remaining length of %d", packetNames[h.kind()], h.remaining)
}
