package wire

// Unsuback answers an UNSUBSCRIBE (section 3.11).
type Unsuback struct {
	PacketID uint16
}

// Type returns UNSUBACK.
func (*Unsuback) Type() Type { return UNSUBACK }

// Append appends the encoded packet to dst.
func (p *Unsuback) Append(dst []byte) []byte { return appendID(dst, UNSUBACK, p.PacketID) }

var unsubackFields = idFields(func(p *Unsuback) *uint16 { return &p.PacketID })
