package draft_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"umqtt/harness/scenario/draft"
	"umqtt/harness/wire"
)

// Whatever a capture holds, its draft loads, or the error says what no step can expect.
func TestDraftLoads(t *testing.T) {
	publish := func(t *rapid.T) wire.Packet {
		return &wire.Publish{Topic: rapid.SampledFrom([]string{"t", "$SYS/x", "$id", "#", ""}).Draw(t, "topic"), QoS: byte(rapid.IntRange(0, 3).Draw(t, "qos")),
			Dup: rapid.Bool().Draw(t, "dup"), PacketID: uint16(rapid.IntRange(0, 3).Draw(t, "id")), Payload: []byte(rapid.SampledFrom([]string{"", "hi", "\xff"}).Draw(t, "payload"))}
	}
	packet := func(t *rapid.T) wire.Packet {
		id := uint16(rapid.IntRange(0, 3).Draw(t, "id"))
		switch typ := wire.Type(rapid.IntRange(1, 14).Draw(t, "type")); typ {
		case wire.CONNECT:
			p := wire.New(typ).(*wire.Connect)
			p.KeepAlive, p.CleanSession, p.ClientID = uint16(rapid.IntRange(0, 5).Draw(t, "keep alive")), rapid.Bool().Draw(t, "clean"), rapid.SampledFrom([]string{"", "c1", "$x", "a: b"}).Draw(t, "client")
			if rapid.Bool().Draw(t, "will") {
				p.Will = &wire.Will{Topic: "w", QoS: byte(id), Payload: []byte{0xff}}
			}
			return p
		case wire.CONNACK:
			return &wire.Connack{Code: byte(id), SessionPresent: rapid.Bool().Draw(t, "present")}
		case wire.PUBLISH:
			return publish(t)
		case wire.SUBSCRIBE:
			return &wire.Subscribe{PacketID: id, Filters: []wire.Subscription{{Filter: "a/#", QoS: rapid.IntRange(0, 3).Draw(t, "qos")}}}
		case wire.SUBACK:
			return &wire.Suback{PacketID: id, Codes: rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 2, 3, 0x80}), 0, 2).Draw(t, "codes")}
		case wire.UNSUBSCRIBE:
			return &wire.Unsubscribe{PacketID: id, Filters: []string{"a"}}
		default:
			p := wire.New(typ)
			if _, ok := wire.Get(p, "packet_id"); ok {
				if err := wire.Set(p, "packet_id", int(id)); err != nil {
					t.Fatal(err)
				}
			}
			return p
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var capture []draft.Record
		for range rapid.IntRange(1, 20).Draw(t, "records") {
			r := draft.Record{Time: time.Duration(rapid.IntRange(-1, 1e10).Draw(t, "time")), Conn: rapid.IntRange(1, 3).Draw(t, "conn")}
			switch rapid.IntRange(0, 9).Draw(t, "kind") {
			case 0:
				r.Event = rapid.SampledFrom([]string{"fault cut rst", "fault cut half", "fault stall to_client", "fault stall x", "fault heal", "fault down", "fault up", "fault refuse", "fault accept_close fin", "fault", "a \"b\": #c"}).Draw(t, "event")
			case 1:
				r.Sent, r.End = rapid.Bool().Draw(t, "sent"), rapid.SampledFrom([]string{"FIN", "RST"}).Draw(t, "end")
			case 2:
				r.Data = rapid.SliceOfN(rapid.Byte(), 1, 4).Draw(t, "data")
			default:
				r.Data = packet(t).Append(nil)
				r.Sent = wire.ToServer.Carries(wire.TypeOf(r.Data)) && (!wire.ToClient.Carries(wire.TypeOf(r.Data)) || rapid.Bool().Draw(t, "sent"))
			}
			capture = append(capture, r)
		}
		if _, err := draft.Of("a/b", capture); err != nil && !strings.Contains(err.Error(), "the capture holds no packet") {
			t.Fatal(err)
		}
	})
}
