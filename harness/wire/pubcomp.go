package wire

// Pubcomp answers a PUBREL and ends a QoS 2 exchange (section 3.7).
type Pubcomp struct {
	PacketID uint16
}

// Type returns PUBCOMP.
func (*Pubcomp) Type() Type { return PUBCOMP }

// Append appends the encoded packet to dst.
func (p *Pubcomp) Append(dst []byte) []byte { return appendID(dst, PUBCOMP, p.PacketID) }

var pubcompFields = idFields(func(p *Pubcomp) *uint16 { return &p.PacketID })
