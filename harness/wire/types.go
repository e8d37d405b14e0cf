package wire

import "fmt"

// Type is the packet type in the high half of a packet's first byte (section 2.2.1).
type Type byte

// The packet types. 0 and 15 are reserved and have no name.
const (
	CONNECT Type = iota + 1
	CONNACK
	PUBLISH
	PUBACK
	PUBREC
	PUBREL
	PUBCOMP
	SUBSCRIBE
	SUBACK
	UNSUBSCRIBE
	UNSUBACK
	PINGREQ
	PINGRESP
	DISCONNECT
)

// Direction is the direction of a packet.
type Direction byte

const (
	// ToServer is from the client to the server, ">" in a capture.
	ToServer Direction = iota
	// ToClient is from the server to the client, "<" in a capture.
	ToClient
)

// String returns ">" or "<".
func (d Direction) String() string {
	if d == ToClient {
		return "<"
	}
	return ">"
}

// Carries reports whether the standard allows packets of type t in direction d (section 2.2.1). It is false
// for the reserved types.
func (d Direction) Carries(t Type) bool {
	return kindOf(t).ways[d&1]
}

// kind is what is known of a packet type as a whole.
type kind struct {
	name  string
	ways  [2]bool  // by Direction
	flags byte     // the low half of the first byte; not looked at for PUBLISH
	rule  string   // the statement that fixes flags
	also  []string // further statements that do
	new   func() Packet
	table []field
}

var (
	up   = [2]bool{ToServer: true}
	down = [2]bool{ToClient: true}
	both = [2]bool{true, true}
)

const reservedFlags = "MQTT-2.2.2-1"

// kinds is indexed by packet type; its reserved ends are zero.
var kinds = [16]kind{
	CONNECT: {name: "CONNECT", ways: up, rule: reservedFlags, table: connectFields,
		new: func() Packet { return &Connect{ProtocolName: ProtocolName, ProtocolLevel: ProtocolLevel} }},
	CONNACK:     {name: "CONNACK", ways: down, rule: reservedFlags, table: connackFields, new: func() Packet { return new(Connack) }},
	PUBLISH:     {name: "PUBLISH", ways: both, table: publishFields, new: func() Packet { return new(Publish) }},
	PUBACK:      {name: "PUBACK", ways: both, rule: reservedFlags, table: pubackFields, new: func() Packet { return new(Puback) }},
	PUBREC:      {name: "PUBREC", ways: both, rule: reservedFlags, table: pubrecFields, new: func() Packet { return new(Pubrec) }},
	PUBREL:      {name: "PUBREL", ways: both, flags: 2, rule: "MQTT-3.6.1-1", also: []string{reservedFlags}, table: pubrelFields, new: func() Packet { return new(Pubrel) }},
	PUBCOMP:     {name: "PUBCOMP", ways: both, rule: reservedFlags, table: pubcompFields, new: func() Packet { return new(Pubcomp) }},
	SUBSCRIBE:   {name: "SUBSCRIBE", ways: up, flags: 2, rule: "MQTT-3.8.1-1", also: []string{reservedFlags}, table: subscribeFields, new: func() Packet { return new(Subscribe) }},
	SUBACK:      {name: "SUBACK", ways: down, rule: reservedFlags, table: subackFields, new: func() Packet { return new(Suback) }},
	UNSUBSCRIBE: {name: "UNSUBSCRIBE", ways: up, flags: 2, rule: "MQTT-3.10.1-1", also: []string{reservedFlags}, table: unsubscribeFields, new: func() Packet { return new(Unsubscribe) }},
	UNSUBACK:    {name: "UNSUBACK", ways: down, rule: reservedFlags, table: unsubackFields, new: func() Packet { return new(Unsuback) }},
	PINGREQ:     {name: "PINGREQ", ways: up, rule: reservedFlags, new: func() Packet { return new(Pingreq) }},
	PINGRESP:    {name: "PINGRESP", ways: down, rule: reservedFlags, new: func() Packet { return new(Pingresp) }},
	DISCONNECT:  {name: "DISCONNECT", ways: up, rule: reservedFlags, also: []string{"MQTT-3.14.1-1"}, new: func() Packet { return new(Disconnect) }},
}

// kindOf returns what is known of t, the zero kind for values that are no packet type.
func kindOf(t Type) *kind {
	if int(t) < len(kinds) {
		return &kinds[t]
	}
	return &kinds[0]
}

// sender names who sends packets of a kind that travels one way only.
func (k *kind) sender() string {
	if k.ways[ToServer] {
		return "client"
	}
	return "server"
}

// String returns the standard's name, such as "CONNECT", or "type 15" for a type without a name.
func (t Type) String() string {
	if name := kindOf(t).name; name != "" {
		return name
	}
	return fmt.Sprintf("type %d", byte(t))
}

// ParseType is the reverse of Type.String for the types that have a name.
func ParseType(name string) (Type, bool) {
	for t := CONNECT; t <= DISCONNECT; t++ {
		if kinds[t].name == name {
			return t, true
		}
	}
	return 0, false
}

// TypeOf returns the packet type in a frame's first byte, 0 to 15. It returns 0 for an empty frame.
func TypeOf(frame []byte) Type {
	if len(frame) == 0 {
		return 0
	}
	return Type(frame[0] >> 4)
}
