package wire

import "encoding/binary"

// Suback answers a SUBSCRIBE (section 3.9).
type Suback struct {
	PacketID uint16
	Codes    []byte // one for each filter: the granted QoS 0 to 2, or SubackFailure
}

// SubackFailure is the return code for a filter that the server refuses (section 3.9.3).
const SubackFailure = 0x80

// Type returns SUBACK.
func (*Suback) Type() Type { return SUBACK }

// Append appends the encoded packet to dst.
func (p *Suback) Append(dst []byte) []byte {
	dst, body := begin(dst, SUBACK, 0)
	dst = binary.BigEndian.AppendUint16(dst, p.PacketID)
	dst = append(dst, p.Codes...)
	return finish(dst, body)
}

// decodeSuback refuses a SUBACK without codes: a SUBSCRIBE has at least one filter, and section 2.4
// lists SUBACK among the packets that need a payload.
func decodeSuback(r *reader) *Suback {
	p := &Suback{PacketID: r.ackedID()}
	r.present("MQTT-3.8.4-5", "return code")
	if !r.more() {
		return p
	}
	p.Codes = payload(r.frame[r.at:])
	for _, code := range p.Codes {
		if code > 2 && code != SubackFailure {
			r.fail(r.at, "MQTT-3.9.3-2", nil, "return code %#02x", code)
		}
		r.at++
	}
	return p
}

var subackFields = []field{
	idField(func(p *Suback) *uint16 { return &p.PacketID }),
	{
		FieldSpec: FieldSpec{Name: "codes", Short: "codes", Kind: Codes, Max: 255, Doc: "Return codes in the order of the filters: the granted QoS, or 128 for failure."},
		get: func(p Packet) any {
			codes := make([]int, len(p.(*Suback).Codes))
			for i, c := range p.(*Suback).Codes {
				codes[i] = int(c)
			}
			return codes
		},
		set: func(p Packet, v any) {
			var codes []byte
			for _, c := range v.([]int) {
				codes = append(codes, byte(c))
			}
			p.(*Suback).Codes = codes
		},
	},
}
