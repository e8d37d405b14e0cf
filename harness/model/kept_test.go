package model_test

import (
	"slices"
	"testing"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/model"
	"umqtt/harness/wire"
)

// leaves adds a DISCONNECT at the end, and the call for it.
func leaves(h *model.History) {
	n := len(h.Records)
	h.Calls = append(h.Calls, model.Call{Verb: "disconnect", Began: true, Returned: true, Told: true, From: n, At: n + 1, Until: time.Duration(n+1) * time.Second})
	h.Records = append(h.Records, capture.Record{Time: time.Duration(n) * time.Second, Conn: 2, Kind: capture.Sent, Data: (&wire.Disconnect{}).Append(nil)})
}

// gathers makes a history of messages that are published while the client gathers.
func gathers(h *model.History, written, flushed time.Duration) {
	at := func(s time.Duration, k capture.Kind, p wire.Packet) {
		h.Records = append(h.Records, capture.Record{Time: s * time.Second, Conn: 1, Kind: k, Data: p.Append(nil)})
	}
	*h = model.History{World: h.World, Pipelined: true}
	at(0, capture.Sent, &wire.Connect{ProtocolName: wire.ProtocolName, ProtocolLevel: wire.ProtocolLevel, ClientID: "c1", CleanSession: true})
	at(0, capture.Handed, &wire.Connack{})
	m := model.Message{Topic: "t", Payload: "held"}
	call := func(verb string, from int, until time.Duration, m model.Message) {
		h.Calls = append(h.Calls, model.Call{Verb: verb, Message: m, Began: true, Returned: true, Told: true, From: from, At: from, Until: until * time.Second})
	}
	call("hold", 2, 0, model.Message{})
	call("publish", 2, 0, m)
	n := 2
	if written >= 0 {
		at(written, capture.Sent, &wire.Publish{Topic: "t", Payload: []byte("held")})
	}
	if written < flushed {
		n = len(h.Records)
	}
	call("flush", n, flushed, model.Message{})
}

// attempts makes a history of a client that connects at these times, and is refused each time.
func attempts(h *model.History, times ...time.Duration) {
	*h = model.History{World: h.World, Ordered: true, Reconnects: true}
	for i, t := range times {
		add := func(k capture.Kind, p wire.Packet) {
			h.Records = append(h.Records, capture.Record{Time: t, Conn: i + 1, Kind: k, Data: p.Append(nil)})
		}
		add(capture.Sent, &wire.Connect{ProtocolName: wire.ProtocolName, ProtocolLevel: wire.ProtocolLevel, ClientID: "c1", CleanSession: true})
		add(capture.Handed, &wire.Connack{Code: 3})
		h.Records = append(h.Records, capture.Record{Time: t, Conn: i + 1, Kind: capture.Sent, Text: capture.FIN})
	}
}

// add adds a packet on the newest connection.
func add(h *model.History, k capture.Kind, p wire.Packet) {
	h.Records = append(h.Records, capture.Record{Time: time.Duration(len(h.Records)) * time.Second, Conn: 2, Kind: k, Data: p.Append(nil)})
}

// unacked takes the last acknowledgement away, and has the client leave.
func unacked(t *testing.T, h *model.History) {
	i := packet(t, h, "> PUBACK id=2")
	h.Records[i] = capture.Record{Time: h.Records[i].Time, Kind: capture.Event, Text: "nothing"}
	leaves(h)
}

// closes has only the client close the first connection, behind a call.
func closes(t *testing.T, h *model.History, c model.Call) {
	i := packet(t, h, "< FIN")
	h.Records[i] = capture.Record{Time: h.Records[i].Time, Kind: capture.Event, Text: "nothing"}
	at := packet(t, h, "> FIN")
	c.Began, c.Returned, c.Told, c.From, c.At = true, true, true, at, at
	h.Calls = append(h.Calls, c)
}

// kept are histories of clients that do not do what they owe, or promise.
func kept() []spoilt {
	const s = time.Second
	limited := func(err string, qos byte, sent bool) func(*testing.T, *model.History) {
		return func(t *testing.T, h *model.History) {
			m := model.Message{Topic: "t", Payload: "refused", QoS: qos}
			h.Calls = append(h.Calls, model.Call{Verb: "publish", Message: m, Began: true, Returned: true, Told: true, Err: err, From: len(h.Records), At: len(h.Records)})
			if sent {
				h.Records = append(h.Records, capture.Record{Time: time.Duration(len(h.Records)) * s, Conn: 2, Kind: capture.Sent, Data: pub("refused", 9, false).Append(nil)})
			}
		}
	}
	return []spoilt{
		{"acknowledged in front of the DISCONNECT", func(_ *testing.T, h *model.History) { leaves(h) }, ""},
		{"not acknowledged in front of the DISCONNECT", func(t *testing.T, h *model.History) {
			i := packet(t, h, "> PUBACK id=2")
			h.Records[i] = capture.Record{Time: h.Records[i].Time, Kind: capture.Event, Text: "nothing"}
			leaves(h)
		}, "acknowledges"},
		{"not acknowledged in front of the DISCONNECT, by a client that is busy", func(t *testing.T, h *model.History) {
			unacked(t, h)
			h.Busy = true
		}, ""},
		{"not acknowledged in front of the DISCONNECT, and faults to the end", func(t *testing.T, h *model.History) {
			unacked(t, h)
			h.Drained = false
		}, ""},
		{"not acknowledged in front of a DISCONNECT that follows at once", func(t *testing.T, h *model.History) {
			unacked(t, h)
			h.Records[len(h.Records)-1].Time = h.Records[packet(t, h, `payload="last"`)].Time
		}, ""},
		{"not acknowledged by a client that has not read it in front of its DISCONNECT", func(t *testing.T, h *model.History) {
			unacked(t, h)
			h.Messages[1].At = len(h.Records)
		}, ""},
		{"not acknowledged on another connection", func(t *testing.T, h *model.History) {
			i := packet(t, h, "> PUBACK id=1")
			h.Records[i] = capture.Record{Time: h.Records[i].Time, Kind: capture.Event, Text: "nothing"}
			leaves(h)
		}, ""},
		{"QoS 2 not acknowledged in front of the DISCONNECT", func(t *testing.T, h *model.History) {
			set(h, packet(t, h, `payload="last"`), &wire.Publish{Topic: "t", Payload: []byte("last"), QoS: 2, PacketID: 2})
			leaves(h)
		}, "acknowledges"},
		{"QoS 2 acknowledged in front of the DISCONNECT", func(t *testing.T, h *model.History) {
			set(h, packet(t, h, `payload="last"`), &wire.Publish{Topic: "t", Payload: []byte("last"), QoS: 2, PacketID: 2})
			h.Messages[1].QoS = 2
			set(h, packet(t, h, "> PUBACK id=2"), &wire.Pubrec{PacketID: 2})
			leaves(h)
		}, ""},
		{"PUBREL not answered in front of the DISCONNECT", func(_ *testing.T, h *model.History) {
			add(h, capture.Handed, &wire.Pubrel{PacketID: 7})
			leaves(h)
		}, "acknowledges"},
		{"PUBREL answered in front of the DISCONNECT", func(_ *testing.T, h *model.History) {
			add(h, capture.Handed, &wire.Pubrel{PacketID: 7})
			add(h, capture.Sent, &wire.Pubcomp{PacketID: 7})
			leaves(h)
		}, ""},
		{"as many bytes as the limits account for", func(_ *testing.T, h *model.History) {
			h.MaxInflight, h.Held.Bytes = 2, 16<<10+11*len(h.Records[0].Data)
		}, ""},
		{"more bytes than the limits account for", func(_ *testing.T, h *model.History) {
			h.MaxInflight, h.Held.Bytes = 2, 16<<10+11*len(h.Records[0].Data)+1
		}, "memory-bounded"},
		{"as many elements as the limits account for", func(_ *testing.T, h *model.History) { h.Held.Elements = 16 + 2*16 + 1 }, ""},
		{"more elements than the limits account for", func(_ *testing.T, h *model.History) { h.Held.Elements = 16 + 2*16 + 2 }, "memory-bounded"},
		{"closed for nothing", func(t *testing.T, h *model.History) {
			i := packet(t, h, "< FIN")
			h.Records[i] = capture.Record{Time: h.Records[i].Time, Kind: capture.Event, Text: "nothing"}
		}, "connection-kept"},
		{"closed for a fault", func(t *testing.T, h *model.History) {
			i := packet(t, h, "< FIN")
			h.Records[i] = capture.Record{Time: h.Records[i].Time, Kind: capture.Event, Text: "fault stall both"}
		}, ""},
		{"closed after an abort", func(t *testing.T, h *model.History) { closes(t, h, model.Call{Verb: "abort"}) }, ""},
		{"closed after a disconnect", func(t *testing.T, h *model.History) { closes(t, h, model.Call{Verb: "disconnect"}) }, "stays-away"},
		{"closed after another connect", func(t *testing.T, h *model.History) { closes(t, h, model.Call{Verb: "connect"}) }, ""},
		{"closed after a call that found the connection bad", func(t *testing.T, h *model.History) { closes(t, h, model.Call{Verb: "ping", Err: "network"}) }, ""},
		{"closed after a call that succeeded", func(t *testing.T, h *model.History) { closes(t, h, model.Call{Verb: "ping"}) }, "connection-kept"},
		{"closed after a call that was wrong", func(t *testing.T, h *model.History) { closes(t, h, model.Call{Verb: "ping", Err: "invalid"}) }, "connection-kept"},
		{"closed after something that is no packet", func(t *testing.T, h *model.History) {
			closes(t, h, model.Call{Verb: "ping"})
			i := packet(t, h, "nothing")
			h.Records[i] = capture.Record{Time: h.Records[i].Time, Conn: 1, Kind: capture.Handed, Data: []byte{0x30, 0}}
			h.Records[i-1], h.Records[i] = h.Records[i], h.Records[i-1]
		}, ""},
		{"closed after a server that erred below MQTT", func(t *testing.T, h *model.History) {
			closes(t, h, model.Call{Verb: "ping"})
			h.Bent = true
		}, ""},
		{"closed after a link that was slow", func(t *testing.T, h *model.History) {
			closes(t, h, model.Call{Verb: "ping"})
			h.Slow = true
		}, ""},
		{"closed after a packet was added", func(t *testing.T, h *model.History) {
			closes(t, h, model.Call{Verb: "ping"})
			i := packet(t, h, "nothing")
			h.Records[i].Text = "fault inject < PUBACK"
		}, "connection-kept"},
		{"closed after a stall was healed", func(t *testing.T, h *model.History) {
			closes(t, h, model.Call{Verb: "ping"})
			i := packet(t, h, "nothing")
			h.Records[i].Text = "fault heal"
		}, "connection-kept"},
		{"one in flight, and no more allowed", func(_ *testing.T, h *model.History) { h.MaxInflight = 1 }, ""},
		{"two in flight, and one allowed", func(t *testing.T, h *model.History) {
			h.MaxInflight = 1
			i := packet(t, h, `payload="out1"`)
			h.Records = slices.Insert(h.Records, i, capture.Record{Time: h.Records[i].Time, Conn: 1, Kind: capture.Sent, Data: pub("more", 9, false).Append(nil)})
		}, "window-kept"},
		{"messages within the limit", func(_ *testing.T, h *model.History) { h.MaxPacket = 20 }, ""},
		{"a message above the limit", func(_ *testing.T, h *model.History) { h.MaxPacket = 8 }, "size-kept"},
		{"goes on behind a message above the limit", func(t *testing.T, h *model.History) {
			h.MaxPacket = 12
			i := packet(t, h, `payload="in"`)
			h.Records = slices.Insert(h.Records, i, capture.Record{Time: h.Records[i].Time, Conn: 1, Kind: capture.Handed, Data: pub("far too long", 9, false).Append(nil)})
		}, "size-kept"},
		{"refused and not sent", limited("inflight", 1, false), ""},
		{"refused and sent", limited("inflight", 1, true), "refused-unsent"},
		{"QoS 0 refused for its depth", limited("depth", 0, false), "refused-unsent"},
		{"connects after a disconnect", func(t *testing.T, h *model.History) {
			at := packet(t, h, "> FIN")
			h.Calls = append(h.Calls, model.Call{Verb: "disconnect", Began: true, Returned: true, Told: true, From: at, At: at})
		}, "stays-away"},
		{"an error that says nothing", func(_ *testing.T, h *model.History) {
			h.Calls = append(h.Calls, model.Call{Verb: "ping", Began: true, Returned: true, Told: true, Err: "other"})
		}, "error-named"},
		{"a complaint about options that are right", func(_ *testing.T, h *model.History) {
			h.Calls[0].Err, h.Calls[0].Connect = "invalid", asked()
		}, "error-named"},
		{"a complaint about options that are wrong", func(_ *testing.T, h *model.History) {
			h.Calls = append(h.Calls, model.Call{Verb: "connect", Began: true, Returned: true, Told: true, Err: "invalid", From: len(h.Records), At: len(h.Records),
				Connect: &model.Asked{ClientID: "\x00"}})
		}, ""},
		{"a message that changes", func(_ *testing.T, h *model.History) { h.Changed = []string{"it was a, and is b"} }, "message-stands"},
		{"a server not to be trusted", func(_ *testing.T, h *model.History) {
			h.Distrusted = []model.Distrust{{From: 1, To: 2, Why: "is another"}}
		}, "trusts-whom-it-may"},
		{"a server that was not to be trusted", func(_ *testing.T, h *model.History) {
			h.Distrusted = []model.Distrust{{From: 0, To: 0, Connects: true}}
		}, "trusts-whom-it-may"},
		{"another server not to be trusted", func(_ *testing.T, h *model.History) { h.Distrusted = []model.Distrust{{From: 2, Why: "is another"}} }, ""},
		{"written when it is told", func(_ *testing.T, h *model.History) { gathers(h, 5, 5) }, ""},
		{"written too early", func(_ *testing.T, h *model.History) { gathers(h, 1, 5) }, "gathered"},
		{"written too late", func(_ *testing.T, h *model.History) { gathers(h, 9, 5) }, "gathered"},
		{"never written", func(_ *testing.T, h *model.History) { gathers(h, -1, 5) }, "gathered"},
		{"waits longer each time", func(_ *testing.T, h *model.History) { attempts(h, 0, 1*s, 3*s, 7*s, 15*s, 31*s, 61*s) }, ""},
		{"does not wait", func(_ *testing.T, h *model.History) { attempts(h, 0, s/10) }, "backs-off"},
		{"waits for too long", func(_ *testing.T, h *model.History) { attempts(h, 0, time.Minute) }, "backs-off"},
		{"waits no longer, three times", func(_ *testing.T, h *model.History) { attempts(h, 0, 1*s, 2*s, 3*s, 63*s/2) }, ""},
		{"waits no longer, four times", func(_ *testing.T, h *model.History) { attempts(h, 0, 1*s, 2*s, 3*s, 4*s) }, "backs-off"},
		{"waits half a second", func(_ *testing.T, h *model.History) { attempts(h, 0, s/2) }, ""},
		{"waits forty seconds", func(_ *testing.T, h *model.History) { attempts(h, 0, 40*s) }, ""},
		{"does not wait, since it is told to connect", func(_ *testing.T, h *model.History) {
			attempts(h, 0, s/10)
			h.Calls = append(h.Calls, model.Call{Verb: "connect", Began: true, Returned: true, Told: true, Err: "refused", From: 3, At: 3})
		}, ""},
		{"waits no longer, and is told to connect meanwhile", func(_ *testing.T, h *model.History) {
			attempts(h, 0, 1*s, 2*s, 3*s, 4*s, 5*s)
			h.Calls = append(h.Calls, model.Call{Verb: "connect", Began: true, Returned: true, Told: true, Err: "refused", From: 8, At: 8})
		}, ""},
		{"does not wait behind a connection that was accepted", func(t *testing.T, h *model.History) {
			attempts(h, 0, s/10)
			set(h, packet(t, h, "CONNACK"), &wire.Connack{})
			h.Records = slices.Insert(h.Records, 2, capture.Record{Kind: capture.Event, Text: "fault cut rst"})
		}, ""},
		{"waits no longer, three times behind a connection that was accepted", func(t *testing.T, h *model.History) {
			attempts(h, 0, 1*s, 2*s, 3*s, 4*s)
			set(h, packet(t, h, "CONNACK"), &wire.Connack{})
			h.Records = slices.Insert(h.Records, 2, capture.Record{Kind: capture.Event, Text: "fault refuse"})
		}, ""},
		{"is refused its connection, and does not wait", func(_ *testing.T, h *model.History) {
			attempts(h, 0)
			for _, t := range []time.Duration{0, s / 10} {
				h.Records = append(h.Records, capture.Record{Time: t + s, Kind: capture.Event, Text: "fault refuse"})
			}
		}, "backs-off"},
		{"nobody sees what it does while the server is down", func(_ *testing.T, h *model.History) {
			attempts(h, 0, time.Minute)
			h.Records = slices.Insert(h.Records, 3, capture.Record{Kind: capture.Event, Text: "fault down"})
		}, ""},
		{"does not wait, and need not", func(_ *testing.T, h *model.History) {
			attempts(h, 0, s/10)
			h.Reconnects = false
		}, ""},
		{"does not wait behind a call that began before what was written earlier was seen", func(_ *testing.T, h *model.History) {
			attempts(h, 0, s, s)
			h.Calls = []model.Call{{Verb: "connect", Began: true, Returned: true, Told: true, Err: "timeout", Until: s}}
		}, ""},
		{"does not wait within a call that began before", func(_ *testing.T, h *model.History) {
			attempts(h, 0, s, s)
			h.Calls = []model.Call{{Verb: "connect", Began: true, Returned: true, Told: true, Err: "timeout", Until: 2 * s, Took: 3 * s / 2}}
		}, "backs-off"},
		{"waits no longer", func(_ *testing.T, h *model.History) { attempts(h, 0, 1*s, 2*s, 3*s, 4*s, 5*s) }, "backs-off"},
	}
}
