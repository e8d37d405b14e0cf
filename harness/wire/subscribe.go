package wire

import "encoding/binary"

// Subscribe asks for messages (section 3.8).
type Subscribe struct {
	PacketID uint16
	Filters  []Subscription
}

// Subscription is a topic filter and the QoS that is asked for with it.
type Subscription struct {
	Filter string
	QoS    int // 0 to 2; its low byte is what is encoded
}

// Type returns SUBSCRIBE.
func (*Subscribe) Type() Type { return SUBSCRIBE }

// Append appends the encoded packet to dst.
func (p *Subscribe) Append(dst []byte) []byte {
	dst, body := begin(dst, SUBSCRIBE, kinds[SUBSCRIBE].flags)
	dst = binary.BigEndian.AppendUint16(dst, p.PacketID)
	for _, s := range p.Filters {
		dst = appendText(dst, s.Filter)
		dst = append(dst, byte(s.QoS))
	}
	return finish(dst, body)
}

var subscribeText = textField{name: "topic filter", own: "MQTT-3.8.3-1", path: true}

func decodeSubscribe(r *reader) *Subscribe {
	p := &Subscribe{PacketID: r.newID()}
	r.present("MQTT-3.8.3-3", subscribeText.name)
	for r.more() {
		s := Subscription{Filter: r.topicFilter(subscribeText)}
		s.QoS = int(r.uint8("requested QoS"))
		if s.QoS > 2 {
			r.fail(r.at-1, "MQTT-3.8.3-4", nil, "requested QoS byte %#02x", s.QoS)
		}
		p.Filters = append(p.Filters, s)
	}
	return p
}

var subscribeFields = []field{
	idField(func(p *Subscribe) *uint16 { return &p.PacketID }),
	listField("filters", "filters", Filters, maxText, "Topic filters, each with the QoS asked for.", func(p *Subscribe) *[]Subscription { return &p.Filters }),
}
