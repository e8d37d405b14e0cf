package fuzz

import (
	"bytes"
	"fmt"
	"io"

	"umqtt/harness/wire"

	"github.com/mochi-mqtt/server/v2/packets"
)

// readMochi reads a frame with mochi's codec.
func readMochi(frame []byte) (wire.Packet, error) {
	if len(frame) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	pk := packets.Packet{ProtocolVersion: 4}
	if err := pk.FixedHeader.Decode(frame[0]); err != nil {
		return nil, err
	}
	n, width, err := packets.DecodeLength(bytes.NewReader(frame[1:]))
	if err != nil {
		return nil, err
	}
	if 1+width+n != len(frame) {
		return nil, fmt.Errorf("%d bytes for a frame of %d", len(frame), 1+width+n)
	}
	pk.FixedHeader.Remaining = n
	b := frame[1+width:]
	valid := func(code packets.Code) error {
		if code != packets.CodeSuccess {
			return code
		}
		return nil
	}
	switch h := pk.FixedHeader; h.Type {
	case packets.Connect:
		if err := pk.ConnectDecode(b); err != nil {
			return nil, err
		}
		c := pk.Connect
		p := &wire.Connect{
			ProtocolName: string(c.ProtocolName), ProtocolLevel: pk.ProtocolVersion, CleanSession: c.Clean,
			KeepAlive: c.Keepalive, ClientID: c.ClientIdentifier,
		}
		if c.WillFlag {
			p.Will = &wire.Will{Topic: c.WillTopic, Payload: nonempty(c.WillPayload), QoS: c.WillQos, Retain: c.WillRetain}
		}
		if c.UsernameFlag {
			p.Username = new(string(c.Username))
		}
		if c.PasswordFlag {
			p.Password = append([]byte{}, c.Password...)
		}
		return p, valid(pk.ConnectValidate())
	case packets.Connack:
		err := pk.ConnackDecode(b)
		return &wire.Connack{SessionPresent: pk.SessionPresent, Code: pk.ReasonCode}, err
	case packets.Publish:
		if err := pk.PublishDecode(b); err != nil {
			return nil, err
		}
		p := &wire.Publish{Dup: h.Dup, QoS: h.Qos, Retain: h.Retain, Topic: pk.TopicName, PacketID: pk.PacketID, Payload: nonempty(pk.Payload)}
		return p, valid(pk.PublishValidate(0))
	case packets.Puback:
		err := pk.PubackDecode(b)
		return &wire.Puback{PacketID: pk.PacketID}, err
	case packets.Pubrec:
		err := pk.PubrecDecode(b)
		return &wire.Pubrec{PacketID: pk.PacketID}, err
	case packets.Pubrel:
		err := pk.PubrelDecode(b)
		return &wire.Pubrel{PacketID: pk.PacketID}, err
	case packets.Pubcomp:
		err := pk.PubcompDecode(b)
		return &wire.Pubcomp{PacketID: pk.PacketID}, err
	case packets.Subscribe:
		if err := pk.SubscribeDecode(b); err != nil {
			return nil, err
		}
		p := &wire.Subscribe{PacketID: pk.PacketID}
		for _, f := range pk.Filters {
			p.Filters = append(p.Filters, wire.Subscription{Filter: f.Filter, QoS: int(f.Qos)})
		}
		return p, valid(pk.SubscribeValidate())
	case packets.Suback:
		err := pk.SubackDecode(b)
		return &wire.Suback{PacketID: pk.PacketID, Codes: pk.ReasonCodes}, err
	case packets.Unsubscribe:
		if err := pk.UnsubscribeDecode(b); err != nil {
			return nil, err
		}
		p := &wire.Unsubscribe{PacketID: pk.PacketID}
		for _, f := range pk.Filters {
			p.Filters = append(p.Filters, f.Filter)
		}
		return p, valid(pk.UnsubscribeValidate())
	case packets.Unsuback:
		err := pk.UnsubackDecode(b)
		return &wire.Unsuback{PacketID: pk.PacketID}, err
	case packets.Pingreq:
		return &wire.Pingreq{}, pk.PingreqDecode(b)
	case packets.Pingresp:
		return &wire.Pingresp{}, pk.PingrespDecode(b)
	case packets.Disconnect:
		return &wire.Disconnect{}, pk.DisconnectDecode(b)
	}
	return nil, fmt.Errorf("no packet of MQTT 3.1.1")
}

func nonempty(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
