package wire

// Connack answers a CONNECT (section 3.2).
type Connack struct {
	SessionPresent bool
	Code           byte // 0 accepts; 1 to 5 refuse (section 3.2.2.3)
}

// Type returns CONNACK.
func (*Connack) Type() Type { return CONNACK }

// Append appends the encoded packet to dst.
func (p *Connack) Append(dst []byte) []byte {
	return append(dst, byte(CONNACK)<<4, 2, bit(p.SessionPresent, 1), p.Code)
}

// maxConnackCode is the last return code that is not reserved.
const maxConnackCode = 5

func decodeConnack(r *reader) *Connack {
	flags := r.uint8("acknowledge flags")
	if flags > 1 {
		r.fail(r.at-1, "3.2.2.1-must-1", nil, "acknowledge flags %08b", flags)
	}
	code := r.uint8("return code")
	switch {
	case code > maxConnackCode:
		r.fail(r.at-1, "3.2.2.3-must-1", nil, "return code %d", code)
	case code != 0 && flags == 1:
		r.fail(r.at-2, "MQTT-3.2.2-4", nil, "session present 1 with return code %d", code)
	}
	return &Connack{SessionPresent: flags == 1, Code: code}
}

var connackFields = []field{
	boolField("session_present", "sp", "Whether the server goes on with a stored session.", func(p *Connack) *bool { return &p.SessionPresent }),
	numberField("code", "code", Uint8, 255, "Return code: 0 accepts, 1 to 5 refuse.", func(p *Connack) *byte { return &p.Code }),
}
