package wire

import "encoding/binary"

// Publish carries one message (section 3.3).
type Publish struct {
	Dup      bool
	QoS      byte // 0 to 2, and 3 for a bad packet
	Retain   bool
	Topic    string
	PacketID uint16 // not encoded at QoS 0
	Payload  []byte
}

// The flags of a PUBLISH, in its first byte (section 3.3.1).
const (
	retainBit = 0x01
	qosShift  = 1
	dupBit    = 0x08
)

// Type returns PUBLISH.
func (*Publish) Type() Type { return PUBLISH }

// Append appends the encoded packet to dst.
func (p *Publish) Append(dst []byte) []byte {
	qos := p.QoS & 3
	dst, body := begin(dst, PUBLISH, bit(p.Dup, dupBit)|qos<<qosShift|bit(p.Retain, retainBit))
	dst = appendText(dst, p.Topic)
	if qos > 0 {
		dst = binary.BigEndian.AppendUint16(dst, p.PacketID)
	}
	dst = append(dst, p.Payload...)
	return finish(dst, body)
}

var topicText = textField{name: "topic name", own: "MQTT-3.3.2-1", path: true}

func decodePublish(r *reader) *Publish {
	flags := r.frame[0]
	p := &Publish{Dup: flags&dupBit != 0, QoS: flags >> qosShift & 3, Retain: flags&retainBit != 0}
	switch {
	case p.QoS == 3:
		r.fail(0, "MQTT-3.3.1-4", nil, "QoS 3")
	case p.Dup && p.QoS == 0:
		r.fail(0, "MQTT-3.3.1-2", []string{"MQTT-4.3.1-1"}, "DUP 1 at QoS 0")
	}
	r.present(topicText.own, topicText.name)
	p.Topic = r.topicName(topicText, "MQTT-3.3.2-2", "MQTT-4.7.1-1")
	if p.QoS > 0 {
		p.PacketID = r.newID()
	}
	if r.more() {
		p.Payload = payload(r.frame[r.at:])
		r.at = len(r.frame)
	}
	return p
}

var publishFields = []field{
	numberField("qos", "qos", Uint8, 3, "Quality of service.", func(p *Publish) *byte { return &p.QoS }),
	boolField("dup", "dup", "Whether the packet may have been sent before.", func(p *Publish) *bool { return &p.Dup }),
	boolField("retain", "retain", "To the server: keep the message; to a client: it was kept.", func(p *Publish) *bool { return &p.Retain }),
	stringField("topic", "topic", "Topic name.", func(p *Publish) *string { return &p.Topic }),
	{
		FieldSpec: FieldSpec{Name: "packet_id", Short: "id", Kind: Uint16, Optional: true, Max: maxText, Doc: "Packet identifier; absent at QoS 0."},
		get: func(p Packet) any {
			if m := p.(*Publish); m.QoS&3 > 0 {
				return int(m.PacketID)
			}
			return nil
		},
		set: func(p Packet, v any) {
			id, _ := v.(int) // nil: 0
			p.(*Publish).PacketID = uint16(id)
		},
	},
	{
		FieldSpec: FieldSpec{Name: "payload", Short: "payload", Kind: Bytes, Max: maxRemaining, Doc: "Application message."},
		get:       func(p Packet) any { return string(p.(*Publish).Payload) },
		set:       func(p Packet, v any) { p.(*Publish).Payload = data(v.(string)) },
	},
}
