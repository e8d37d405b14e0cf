package wire

// Pubrec is the first answer to a QoS 2 PUBLISH (section 3.5).
type Pubrec struct {
	PacketID uint16
}

// Type returns PUBREC.
func (*Pubrec) Type() Type { return PUBREC }

// Append appends the encoded packet to dst.
func (p *Pubrec) Append(dst []byte) []byte { return appendID(dst, PUBREC, p.PacketID) }

var pubrecFields = idFields(func(p *Pubrec) *uint16 { return &p.PacketID })
