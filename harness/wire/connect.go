package wire

import (
	"bytes"
	"encoding/binary"
)

// The protocol name and level in a CONNECT of MQTT 3.1.1 (sections 3.1.2.1 and 3.1.2.2).
const (
	ProtocolName  = "MQTT"
	ProtocolLevel = 4
)

// Connect begins or resumes a session (section 3.1). New(CONNECT) sets the protocol name and level.
type Connect struct {
	ProtocolName  string
	ProtocolLevel byte
	CleanSession  bool
	KeepAlive     uint16 // seconds; 0 disables it
	ClientID      string
	Will          *Will   // nil: no will
	Username      *string // nil: none
	Password      []byte  // nil: none; empty but not nil: one of no bytes
}

// Will is the message that the server publishes when the connection ends without a DISCONNECT (section
// 3.1.2.5).
type Will struct {
	Topic   string
	Payload []byte
	QoS     byte // 0 to 2, and 3 for a bad packet
	Retain  bool
}

// The bits of the connect flags (section 3.1.2.3).
const (
	reservedBit   = 0x01
	cleanBit      = 0x02
	willBit       = 0x04
	willQoSShift  = 3
	willRetainBit = 0x20
	passwordBit   = 0x40
	usernameBit   = 0x80
)

// Type returns CONNECT.
func (*Connect) Type() Type { return CONNECT }

// Append appends the encoded packet to dst.
func (p *Connect) Append(dst []byte) []byte {
	flags := bit(p.CleanSession, cleanBit) | bit(p.Username != nil, usernameBit) | bit(p.Password != nil, passwordBit)
	if p.Will != nil {
		flags |= willBit | p.Will.QoS&3<<willQoSShift | bit(p.Will.Retain, willRetainBit)
	}
	dst, body := begin(dst, CONNECT, 0)
	dst = appendText(dst, p.ProtocolName)
	dst = append(dst, p.ProtocolLevel, flags)
	dst = binary.BigEndian.AppendUint16(dst, p.KeepAlive)
	dst = appendText(dst, p.ClientID)
	if p.Will != nil {
		dst = appendText(dst, p.Will.Topic)
		dst = appendText(dst, p.Will.Payload)
	}
	if p.Username != nil {
		dst = appendText(dst, *p.Username)
	}
	if p.Password != nil {
		dst = appendText(dst, p.Password)
	}
	return finish(dst, body)
}

var (
	clientIDText  = textField{name: "client id", own: "MQTT-3.1.3-4"}
	willTopicText = textField{name: "will topic", own: "MQTT-3.1.3-10", path: true}
	usernameText  = textField{name: "user name", own: "MQTT-3.1.3-11"}
)

func decodeConnect(r *reader) *Connect {
	p := &Connect{ProtocolName: ProtocolName, ProtocolLevel: ProtocolLevel}
	start := r.at
	if name := r.bytes("protocol name"); string(name) != ProtocolName {
		r.fail(start, "MQTT-3.1.2-1", nil, "protocol name %s", show(name))
	}
	if level := r.uint8("protocol level"); level != ProtocolLevel {
		r.fail(r.at-1, "MQTT-3.1.2-2", nil, "protocol level %d", level)
	}
	flags := r.connectFlags()
	p.CleanSession = flags&cleanBit != 0
	p.KeepAlive = r.uint16(exactLength, "keep alive")

	r.present("MQTT-3.1.3-3", clientIDText.name)
	start = r.at
	p.ClientID = r.text(clientIDText)
	if p.ClientID == "" && !p.CleanSession {
		r.fail(start, "MQTT-3.1.3-7", nil, "empty client id with clean session 0")
	}
	if flags&willBit != 0 {
		p.Will = &Will{QoS: flags >> willQoSShift & 3, Retain: flags&willRetainBit != 0}
		r.present("MQTT-3.1.2-9", willTopicText.name)
		p.Will.Topic = r.topicName(willTopicText, "MQTT-4.7.1-1")
		r.present("MQTT-3.1.2-9", "will message")
		p.Will.Payload = payload(r.bytes("will message"))
	}
	if flags&usernameBit != 0 {
		r.present("MQTT-3.1.2-19", usernameText.name)
		name := r.text(usernameText)
		p.Username = &name
	}
	if flags&passwordBit != 0 {
		r.present("MQTT-3.1.2-21", "password")
		p.Password = append([]byte{}, r.bytes("password")...)
	}
	r.unannounced(flags)
	return p
}

// connectFlags reads the flags of a CONNECT and refuses what they may not say together.
func (r *reader) connectFlags() byte {
	flags := r.uint8("connect flags")
	at := r.at - 1
	qos := flags >> willQoSShift & 3
	switch will := flags&willBit != 0; {
	case flags&reservedBit != 0:
		r.fail(at, "MQTT-3.1.2-3", nil, "reserved connect flag set")
	case !will && qos != 0:
		r.fail(at, "MQTT-3.1.2-13", []string{"MQTT-3.1.2-11"}, "will QoS %d without a will", qos)
	case !will && flags&willRetainBit != 0:
		r.fail(at, "MQTT-3.1.2-15", []string{"MQTT-3.1.2-11"}, "will retain without a will")
	case qos == 3:
		r.fail(at, "MQTT-3.1.2-14", nil, "will QoS 3")
	case flags&passwordBit != 0 && flags&usernameBit == 0:
		r.fail(at, "MQTT-3.1.2-22", nil, "password flag without user name flag")
	}
	return flags
}

// unannounced refuses bytes behind the last field that the flags announce. They may be a field whose
// flag is clear; which one, the packet cannot tell.
func (r *reader) unannounced(flags byte) {
	if !r.more() {
		return
	}
	var also []string
	if flags&willBit == 0 {
		also = append(also, "MQTT-3.1.2-11")
	}
	if flags&usernameBit == 0 {
		also = append(also, "MQTT-3.1.2-18")
	}
	if flags&passwordBit == 0 {
		also = append(also, "MQTT-3.1.2-20")
	}
	r.fail(r.at, exactLength, also, "%s behind the last field that the flags announce", count(r.left()))
}

// payload copies binary data out of a frame; nil stands for no bytes.
func payload(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return bytes.Clone(b)
}

var connectFields = []field{
	stringField("protocol_name", "", "Protocol name, MQTT in version 3.1.1.", func(p *Connect) *string { return &p.ProtocolName }),
	numberField("protocol_level", "level", Uint8, 255, "Protocol level, 4 in version 3.1.1.", func(p *Connect) *byte { return &p.ProtocolLevel }),
	boolField("clean_session", "clean", "Whether the session starts anew and ends with the connection.", func(p *Connect) *bool { return &p.CleanSession }),
	numberField("keep_alive", "keepalive", Seconds, maxText, "Longest silence of the client in seconds; 0 turns it off.", func(p *Connect) *uint16 { return &p.KeepAlive }),
	stringField("client_id", "id", "Client identifier.", func(p *Connect) *string { return &p.ClientID }),
	willField("will_topic", "will", Text, maxText, "Topic name of the will.",
		func(w *Will) any { return w.Topic }, func(w *Will, v any) { w.Topic = v.(string) }),
	willField("will_payload", "willpayload", Bytes, maxText, "Message of the will.",
		func(w *Will) any { return string(w.Payload) }, func(w *Will, v any) { w.Payload = data(v.(string)) }),
	willField("will_qos", "willqos", Uint8, 3, "QoS of the will.",
		func(w *Will) any { return int(w.QoS) }, func(w *Will, v any) { w.QoS = byte(v.(int)) }),
	willField("will_retain", "willretain", Bool, 0, "Whether the will is retained.",
		func(w *Will) any { return w.Retain }, func(w *Will, v any) { w.Retain = v.(bool) }),
	{
		FieldSpec: FieldSpec{Name: "username", Short: "user", Kind: Text, Optional: true, Max: maxText, Doc: "User name."},
		get: func(p Packet) any {
			if name := p.(*Connect).Username; name != nil {
				return *name
			}
			return nil
		},
		set: func(p Packet, v any) {
			name, ok := v.(string)
			p.(*Connect).Username = nil
			if ok {
				p.(*Connect).Username = &name
			}
		},
	},
	{
		FieldSpec: FieldSpec{Name: "password", Short: "password", Kind: Bytes, Optional: true, Max: maxText, Doc: "Password."},
		get: func(p Packet) any {
			if word := p.(*Connect).Password; word != nil {
				return string(word)
			}
			return nil
		},
		set: func(p Packet, v any) {
			word, ok := v.(string)
			p.(*Connect).Password = nil
			if ok {
				p.(*Connect).Password = []byte(word)
			}
		},
	},
}

// willField is an optional field of CONNECT that is there whenever there is a will. Setting one makes
// the will; taking one away takes the will away.
func willField(name, short string, kind FieldKind, max int, doc string, get func(*Will) any, set func(*Will, any)) field {
	return field{
		FieldSpec: FieldSpec{Name: name, Short: short, Kind: kind, Optional: true, Max: max, Doc: doc},
		get: func(p Packet) any {
			if w := p.(*Connect).Will; w != nil {
				return get(w)
			}
			return nil
		},
		set: func(p Packet, v any) {
			c := p.(*Connect)
			switch {
			case v == nil:
				c.Will = nil
				return
			case c.Will == nil:
				c.Will = new(Will)
			}
			set(c.Will, v)
		},
	}
}
