package wire

// Pingresp answers a PINGREQ (section 3.13).
type Pingresp struct{}

// Type returns PINGRESP.
func (*Pingresp) Type() Type { return PINGRESP }

// Append appends the encoded packet to dst.
func (*Pingresp) Append(dst []byte) []byte { return appendEmpty(dst, PINGRESP) }
