package wire

// Packet is a control packet: a pointer to one of the fourteen packet structs of this package.
type Packet interface {
	// Type returns the packet's type.
	Type() Type
	// Append appends the encoded packet to dst. It encodes what the fields say, allowed or not; a text
	// of more than 65535 bytes, which has no encoding, comes out with the low 16 bits of its length.
	Append(dst []byte) []byte
}

// FromClient is a packet that a client may send.
type FromClient interface {
	Packet
	fromClient()
}

// FromServer is a packet that a server may send.
type FromServer interface {
	Packet
	fromServer()
}

func (*Connect) fromClient()     {}
func (*Publish) fromClient()     {}
func (*Puback) fromClient()      {}
func (*Pubrec) fromClient()      {}
func (*Pubrel) fromClient()      {}
func (*Pubcomp) fromClient()     {}
func (*Subscribe) fromClient()   {}
func (*Unsubscribe) fromClient() {}
func (*Pingreq) fromClient()     {}
func (*Disconnect) fromClient()  {}

func (*Connack) fromServer()  {}
func (*Publish) fromServer()  {}
func (*Puback) fromServer()   {}
func (*Pubrec) fromServer()   {}
func (*Pubrel) fromServer()   {}
func (*Pubcomp) fromServer()  {}
func (*Suback) fromServer()   {}
func (*Unsuback) fromServer() {}
func (*Pingresp) fromServer() {}

// New returns a packet of type t whose fields are zero, except that a CONNECT has the protocol name and
// level of MQTT 3.1.1. It returns nil for the reserved types.
func New(t Type) Packet {
	if make := kindOf(t).new; make != nil {
		return make()
	}
	return nil
}
