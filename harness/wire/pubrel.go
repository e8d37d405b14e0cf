package wire

// Pubrel answers a PUBREC (section 3.6). It is encoded with the flags 0010 (MQTT-3.6.1-1).
type Pubrel struct {
	PacketID uint16
}

// Type returns PUBREL.
func (*Pubrel) Type() Type { return PUBREL }

// Append appends the encoded packet to dst.
func (p *Pubrel) Append(dst []byte) []byte { return appendID(dst, PUBREL, p.PacketID) }

var pubrelFields = idFields(func(p *Pubrel) *uint16 { return &p.PacketID })
