package wire

// Pingreq asks the server for a PINGRESP (section 3.12).
type Pingreq struct{}

// Type returns PINGREQ.
func (*Pingreq) Type() Type { return PINGREQ }

// Append appends the encoded packet to dst.
func (*Pingreq) Append(dst []byte) []byte { return appendEmpty(dst, PINGREQ) }
