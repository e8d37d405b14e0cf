package wire_test

import (
	"umqtt/harness/wire"

	"pgregory.net/rapid"
)

// texts draws UTF-8 without U+0000, now and then long enough for a length of two bytes.
func texts(t *rapid.T, label string) string {
	return rapid.OneOf(
		rapid.StringMatching(`[a-z/ $]{0,12}`),
		rapid.StringOfN(rapid.Rune().Filter(func(c rune) bool { return c != 0 }), 0, 40, 400),
	).Draw(t, label)
}

func topics(t *rapid.T) string {
	return rapid.OneOf(
		rapid.StringMatching(`[a-c/$]{1,8}`),
		rapid.StringOfN(rapid.RuneFrom([]rune("a/é水\ufeff😀\x01")), 1, 60, 300),
	).Draw(t, "topic")
}

func filters(t *rapid.T) string {
	return rapid.StringMatching(`((\+|[a-c]{0,2})/){0,3}(\+|#|[a-c]{1,2})`).Draw(t, "filter")
}

// binary draws data as Decode returns it, nil for no bytes.
func binary(t *rapid.T, label string) []byte {
	b := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, label)
	if len(b) == 0 {
		return nil
	}
	return b
}

func ids(t *rapid.T, least uint16) uint16 {
	return rapid.Uint16Min(least).Draw(t, "packet id")
}

// packets draws a packet that the standard allows, of any type.
var packets = rapid.Custom(func(t *rapid.T) wire.Packet {
	switch wire.Type(rapid.IntRange(int(wire.CONNECT), int(wire.DISCONNECT)).Draw(t, "type")) {
	case wire.CONNECT:
		return connects(t)
	case wire.CONNACK:
		p := &wire.Connack{Code: rapid.ByteMax(5).Draw(t, "code")}
		p.SessionPresent = p.Code == 0 && rapid.Bool().Draw(t, "session present")
		return p
	case wire.PUBLISH:
		p := &wire.Publish{
			QoS: rapid.ByteMax(2).Draw(t, "qos"), Retain: rapid.Bool().Draw(t, "retain"),
			Topic: topics(t), Payload: binary(t, "payload"),
		}
		if p.QoS > 0 {
			p.Dup, p.PacketID = rapid.Bool().Draw(t, "dup"), ids(t, 1)
		}
		return p
	case wire.PUBACK:
		return &wire.Puback{PacketID: ids(t, 0)}
	case wire.PUBREC:
		return &wire.Pubrec{PacketID: ids(t, 0)}
	case wire.PUBREL:
		return &wire.Pubrel{PacketID: ids(t, 0)}
	case wire.PUBCOMP:
		return &wire.Pubcomp{PacketID: ids(t, 0)}
	case wire.SUBSCRIBE:
		p := &wire.Subscribe{PacketID: ids(t, 1)}
		for range rapid.IntRange(1, 20).Draw(t, "filters") {
			p.Filters = append(p.Filters, wire.Subscription{Filter: filters(t), QoS: rapid.IntRange(0, 2).Draw(t, "qos")})
		}
		return p
	case wire.SUBACK:
		codes := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 2, wire.SubackFailure}), 1, 200)
		return &wire.Suback{PacketID: ids(t, 0), Codes: codes.Draw(t, "codes")}
	case wire.UNSUBSCRIBE:
		p := &wire.Unsubscribe{PacketID: ids(t, 1)}
		for range rapid.IntRange(1, 20).Draw(t, "filters") {
			p.Filters = append(p.Filters, filters(t))
		}
		return p
	case wire.UNSUBACK:
		return &wire.Unsuback{PacketID: ids(t, 0)}
	case wire.PINGREQ:
		return &wire.Pingreq{}
	case wire.PINGRESP:
		return &wire.Pingresp{}
	default:
		return &wire.Disconnect{}
	}
})

func connects(t *rapid.T) *wire.Connect {
	p := wire.New(wire.CONNECT).(*wire.Connect)
	p.KeepAlive = rapid.Uint16().Draw(t, "keep alive")
	p.ClientID = texts(t, "client id")
	p.CleanSession = p.ClientID == "" || rapid.Bool().Draw(t, "clean session")
	if rapid.Bool().Draw(t, "will") {
		p.Will = &wire.Will{
			Topic: topics(t), Payload: binary(t, "will payload"),
			QoS: rapid.ByteMax(2).Draw(t, "will qos"), Retain: rapid.Bool().Draw(t, "will retain"),
		}
	}
	if rapid.Bool().Draw(t, "user name") {
		p.Username = new(texts(t, "user name"))
		if rapid.Bool().Draw(t, "password") {
			p.Password = append([]byte{}, binary(t, "password")...)
		}
	}
	return p
}

// frames draws bytes that are nearly a frame: a good packet with some of its bytes changed, cut, or with
// bytes behind it.
var frames = rapid.Custom(func(t *rapid.T) []byte {
	b := packets.Draw(t, "packet").Append(nil)
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		i := rapid.OneOf(rapid.IntRange(0, min(6, len(b)-1)), rapid.IntRange(0, len(b)-1)).Draw(t, "at")
		b[i] = rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte{0, 1, 2, 3, 0x7f, 0x80, 0xff})).Draw(t, "byte")
	}
	b = b[:rapid.OneOf(rapid.Just(len(b)), rapid.IntRange(0, len(b))).Draw(t, "length")]
	return append(b, rapid.SliceOfN(rapid.Byte(), 0, 2).Draw(t, "behind")...)
})
