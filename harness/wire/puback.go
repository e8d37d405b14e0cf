package wire

// Puback acknowledges a QoS 1 PUBLISH (section 3.4).
type Puback struct {
	PacketID uint16
}

// Type returns PUBACK.
func (*Puback) Type() Type { return PUBACK }

// Append appends the encoded packet to dst.
func (p *Puback) Append(dst []byte) []byte { return appendID(dst, PUBACK, p.PacketID) }

var pubackFields = idFields(func(p *Puback) *uint16 { return &p.PacketID })
