package model_test

import (
	"slices"
	"testing"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/model"
	"umqtt/harness/wire"
)

// hands puts a packet that the client is handed in front of a record.
func hands(h *model.History, at int, p wire.Packet) {
	r := capture.Record{Time: h.Records[at].Time, Conn: h.Records[at].Conn, Kind: capture.Handed, Data: p.Append(nil)}
	h.Records = slices.Insert(h.Records, at, r)
	later := func(n *int) {
		if *n >= at {
			*n++
		}
	}
	for i := range h.Calls {
		later(&h.Calls[i].From)
		later(&h.Calls[i].At)
	}
	for i := range h.Messages {
		later(&h.Messages[i].At)
	}
}

// peers are histories in which the broker is wrong. The client is not, whatever the broker does.
func peers() []spoilt {
	return []spoilt{
		{"a PUBACK of nothing", func(t *testing.T, h *model.History) {
			hands(h, packet(t, h, "< PUBACK id=2"), &wire.Puback{PacketID: 77})
		}, "peer peer-answers"},
		{"a PUBACK for the second time", func(t *testing.T, h *model.History) {
			hands(h, packet(t, h, "< PUBACK id=2"), &wire.Puback{PacketID: 2})
		}, ""},
		{"a PUBACK of nothing that a fault has made", func(t *testing.T, h *model.History) {
			at := packet(t, h, "< PUBACK id=2")
			hands(h, at, &wire.Puback{PacketID: 77})
			h.Records = append(h.Records, capture.Record{Time: time.Hour, Conn: 2, Kind: capture.Event, Text: "fault inject < PUBACK id=77"})
		}, ""},
		{"one message with two identifiers", func(t *testing.T, h *model.History) {
			at := packet(t, h, "> PUBACK id=1")
			hands(h, at, pub("in", 9, false))
			h.Records = slices.Insert(h.Records, at+2, capture.Record{Time: h.Records[at+1].Time, Conn: 1, Kind: capture.Sent, Data: (&wire.Puback{PacketID: 9}).Append(nil)})
		}, "peer peer-once"},
		{"messages in another order", func(t *testing.T, h *model.History) {
			at := packet(t, h, "< PUBLISH")
			for n, p := range []string{"later", "before"} {
				hands(h, at+n, pub(p, uint16(11+n), false))
			}
			h.Published = append(h.Published, model.Published{Message: msg("before", 0), At: at}, model.Published{Message: msg("later", 0), At: at})
		}, "peer peer-order"},
		{"the witness gets messages in another order than the client has sent them in", func(_ *testing.T, h *model.History) {
			h.Witnessed[1], h.Witnessed[2] = h.Witnessed[2], h.Witnessed[1]
		}, "peer publish-order"},
	}
}

// What the broker is known for by data is not new: it is counted under its name, and is no finding.
func TestKnownByData(t *testing.T) {
	h := good()
	hands(&h, packet(t, &h, "< PUBACK id=2"), &wire.Puback{PacketID: 77})
	if vs := model.Check(h); len(vs) != 1 || !vs[0].Peer || vs[0].Known != "" {
		t.Fatalf("the run breaks %v, want peer-answers, which is new", vs)
	}
	before := model.Known
	t.Cleanup(func() { model.Known = before })
	model.Known = append(slices.Clone(before), model.Fault{
		Name: "wrong-puback", Rule: "peer-answers", Reason: "It answers with identifiers of its own.",
	})
	if vs := model.Check(h); len(vs) != 1 || vs[0].Known != "wrong-puback" {
		t.Errorf("the run breaks %v, want the known fault", vs)
	}
}

// A message that the end of a run asked for is the broker's to send as long as the subscription stood, though a clean
// session has ended since.
func TestAskedBeforeTheEnd(t *testing.T) {
	h := good()
	for i, r := range h.Records {
		if wire.TypeOf(r.Data) == wire.CONNECT {
			set(&h, i, &wire.Connect{ProtocolName: wire.ProtocolName, ProtocolLevel: wire.ProtocolLevel, ClientID: "c1", CleanSession: true})
		}
	}
	end := packet(t, &h, "FIN")
	h.Records = h.Records[:end]
	h.Keeps, h.Messages, h.Calls = false, h.Messages[:1], h.Calls[:3]
	h.Records = append(h.Records, capture.Record{Time: time.Hour, Conn: 1, Kind: capture.Sent, Text: capture.FIN})
	h.Asked[0].At = end
	for _, v := range model.Check(h) {
		if v.Rule == "works-again" && !v.Peer {
			t.Errorf("the client is blamed: %v", v)
		}
	}
}
