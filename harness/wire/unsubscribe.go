package wire

import "encoding/binary"

// Unsubscribe ends subscriptions (section 3.10).
type Unsubscribe struct {
	PacketID uint16
	Filters  []string
}

// Type returns UNSUBSCRIBE.
func (*Unsubscribe) Type() Type { return UNSUBSCRIBE }

// Append appends the encoded packet to dst.
func (p *Unsubscribe) Append(dst []byte) []byte {
	dst, body := begin(dst, UNSUBSCRIBE, kinds[UNSUBSCRIBE].flags)
	dst = binary.BigEndian.AppendUint16(dst, p.PacketID)
	for _, f := range p.Filters {
		dst = appendText(dst, f)
	}
	return finish(dst, body)
}

var unsubscribeText = textField{name: "topic filter", own: "MQTT-3.10.3-1", path: true}

func decodeUnsubscribe(r *reader) *Unsubscribe {
	p := &Unsubscribe{PacketID: r.newID()}
	r.present("MQTT-3.10.3-2", unsubscribeText.name)
	for r.more() {
		p.Filters = append(p.Filters, r.topicFilter(unsubscribeText))
	}
	return p
}

var unsubscribeFields = []field{
	idField(func(p *Unsubscribe) *uint16 { return &p.PacketID }),
	listField("filters", "filters", Texts, maxText, "Topic filters to end.", func(p *Unsubscribe) *[]string { return &p.Filters }),
}
