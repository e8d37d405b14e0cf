package wire

// Disconnect ends a connection; the server discards the will (section 3.14).
type Disconnect struct{}

// Type returns DISCONNECT.
func (*Disconnect) Type() Type { return DISCONNECT }

// Append appends the encoded packet to dst.
func (*Disconnect) Append(dst []byte) []byte { return appendEmpty(dst, DISCONNECT) }
