package model_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/model"
	"umqtt/harness/monitor"
	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

// A log makes the records of a history, one packet a second.
type log struct {
	records []capture.Record
	conn    int
}

func (l *log) add(k capture.Kind, p wire.Packet) int {
	l.records = append(l.records, capture.Record{Time: time.Duration(len(l.records)) * time.Second, Conn: l.conn, Kind: k, Data: p.Append(nil)})
	return len(l.records)
}

// sent and handed add packets, and return how many records there are then.
func (l *log) sent(p wire.Packet) int   { return l.add(capture.Sent, p) }
func (l *log) handed(p wire.Packet) int { return l.add(capture.Handed, p) }

// begin opens the next connection.
func (l *log) begin(clean, present bool) {
	l.conn++
	l.sent(&wire.Connect{ProtocolName: wire.ProtocolName, ProtocolLevel: wire.ProtocolLevel, ClientID: "c1", CleanSession: clean})
	l.handed(&wire.Connack{SessionPresent: present})
}

// end ends the connection from both sides.
func (l *log) end() {
	for _, k := range []capture.Kind{capture.Handed, capture.Sent} {
		l.records = append(l.records, capture.Record{Time: time.Duration(len(l.records)) * time.Second, Conn: l.conn, Kind: k, Text: capture.FIN})
	}
}

func pub(payload string, id uint16, dup bool) *wire.Publish {
	qos := byte(1)
	if id == 0 {
		qos = 0
	}
	return &wire.Publish{Topic: "t", Payload: []byte(payload), QoS: qos, PacketID: id, Dup: dup}
}

func msg(payload string, at int) model.Message {
	return model.Message{Topic: "t", Payload: payload, QoS: 1, At: at}
}

func published(payload string, from, at int) model.Call {
	return model.Call{Verb: "publish", Message: msg(payload, 0), Began: true, Returned: true, Told: true, From: from, At: at}
}

// good is a history in which nothing is wrong: a subscription, a message in each direction, a lost connection with
// a message in flight, and a last message.
func good() model.History {
	var l log
	h := model.History{World: monitor.Simulated, Witness: true, Drained: true, Keeps: true, Ordered: true}
	call := func(c model.Call) { h.Calls = append(h.Calls, c) }
	l.begin(false, false)
	call(model.Call{Verb: "connect", Began: true, Returned: true, Told: true, At: len(l.records)})
	from := len(l.records)
	l.sent(&wire.Subscribe{PacketID: 1, Filters: []wire.Subscription{{Filter: "t", QoS: 1}}})
	at := l.handed(&wire.Suback{PacketID: 1, Codes: []byte{1}})
	call(model.Call{Verb: "subscribe", Filters: []string{"t"}, Began: true, Returned: true, Told: true, From: from, At: at})
	h.Published = append(h.Published, model.Published{Message: msg("in", 0), At: at})
	h.Messages = append(h.Messages, msg("in", l.handed(pub("in", 1, false))))
	l.sent(&wire.Puback{PacketID: 1})
	from = len(l.records)
	l.sent(pub("out1", 2, false))
	call(published("out1", from, l.handed(&wire.Puback{PacketID: 2})))
	from = len(l.records)
	l.sent(pub("out2", 3, false))
	l.end()
	l.begin(false, true)
	l.sent(pub("out2", 3, true))
	call(published("out2", from, l.handed(&wire.Puback{PacketID: 3})))
	h.Messages = append(h.Messages, msg("last", l.handed(pub("last", 2, false))))
	l.sent(&wire.Puback{PacketID: 2})
	h.Asked = []model.Message{msg("last", 0)}
	h.Witnessed = []model.Message{msg("in", 0), msg("out1", 0), msg("out2", 0), msg("out2", 0), msg("last", 0)}
	h.Records = l.records
	return h
}

// packet returns the number of the first record with a packet that is described so, from 0 on.
func packet(t *testing.T, h *model.History, like string) int {
	t.Helper()
	i := slices.IndexFunc(h.Records, func(r capture.Record) bool { return strings.Contains(r.String(), like) })
	if i < 0 {
		t.Fatalf("no record is like %s", like)
	}
	return i
}

// set puts another packet into a record.
func set(h *model.History, i int, p wire.Packet) { h.Records[i].Data = p.Append(nil) }

// A spoilt history is the good one with something wrong.
type spoilt struct {
	name  string
	spoil func(t *testing.T, h *model.History)
	want  string // rule; with "peer " before it where the broker is to blame, and the known fault behind it
}

// Each rule finds what is wrong, and only that; every rule has a case.
func TestRules(t *testing.T) {
	for _, tt := range slices.Concat(told(), kept(), restarted(), peers(), []spoilt{
		{"nothing", func(*testing.T, *model.History) {}, ""},
		{"a call that does not return", func(_ *testing.T, h *model.History) { h.Calls[2].Returned, h.Calls[2].Told = false, false }, "call-ends"},
		{"a call that lasts too long", func(_ *testing.T, h *model.History) { h.Calls[2].Took, h.Calls[2].Bound = time.Minute, time.Second }, "call-ends"},
		{"a publish that tells nothing", func(_ *testing.T, h *model.History) { h.Calls[3].Told = false }, "outcome-told"},
		{"success before the CONNACK", func(_ *testing.T, h *model.History) { h.Calls[0].At = 1 }, "success-founded"},
		{"success before the SUBACK", func(_ *testing.T, h *model.History) { h.Calls[1].At-- }, "success-founded"},
		{"success before the PUBACK", func(_ *testing.T, h *model.History) { h.Calls[3].At-- }, "success-founded"},
		{"success with another's PUBACK", func(_ *testing.T, h *model.History) { h.Calls[3].From, h.Calls[3].At = h.Calls[2].From, h.Calls[2].At }, "success-founded"},
		{"a message that was not handed over", func(_ *testing.T, h *model.History) { h.Messages = append(h.Messages, msg("other", len(h.Records))) }, "delivery-founded"},
		{"a message that comes twice", func(_ *testing.T, h *model.History) { h.Messages = append(h.Messages, msg("in", len(h.Records))) }, "delivery-founded"},
		{"a message before it was handed over", func(_ *testing.T, h *model.History) { h.Messages[0].At-- }, "delivery-founded"},
		{"acknowledged and lost", func(_ *testing.T, h *model.History) { h.Messages, h.Published = h.Messages[1:], nil }, "acked-is-delivered"},
		{"acknowledged while a message with the same identifier is not read yet", func(t *testing.T, h *model.History) {
			h.Records = slices.Insert(h.Records, packet(t, h, "PUBACK id=1"), capture.Record{Time: h.Records[packet(t, h, "PUBACK id=1")].Time, Conn: 1, Kind: capture.Handed, Data: pub("another", 1, true).Append(nil)})
			for n := range h.Calls {
				if h.Calls[n].From > 6 {
					h.Calls[n].From++
				}
				h.Calls[n].At++
			}
			h.Messages[1].At++
			h.Drained = false
		}, ""},
		{"handed over and lost", func(t *testing.T, h *model.History) {
			i := packet(t, h, "PUBACK id=1")
			h.Records[i].Data, h.Records[i].Kind, h.Records[i].Text = nil, capture.Event, "nothing"
			h.Messages = h.Messages[1:]
		}, "message-arrives"},
		{"never handed over", func(_ *testing.T, h *model.History) {
			h.Published = append(h.Published, model.Published{Message: msg("more", 0), At: len(h.Records)})
		}, "peer message-arrives"},
		{"never handed over after the session was lost", func(t *testing.T, h *model.History) {
			h.Published = append(h.Published, model.Published{Message: msg("more", 0), At: len(h.Records)})
			h.Lost = []int{packet(t, h, "CONNACK sp=1")}
			set(h, packet(t, h, "CONNACK sp=1"), &wire.Connack{})
			h.Asked = nil
		}, ""},
		{"QoS 2 twice with one identifier", func(t *testing.T, h *model.History) {
			i := packet(t, h, `payload="last"`)
			set(h, i-2, &wire.Publish{Topic: "t", Payload: []byte("last"), QoS: 2, PacketID: 2}) // in place of the redelivery
			set(h, i, &wire.Publish{Topic: "t", Payload: []byte("last"), QoS: 2, PacketID: 2, Dup: true})
			set(h, i+1, &wire.Pubrec{PacketID: 2})
			h.Records[i-2].Kind = capture.Handed
			h.Messages = append(h.Messages[:1], model.Message{Topic: "t", Payload: "last", QoS: 2, At: i - 1}, model.Message{Topic: "t", Payload: "last", QoS: 2, At: i + 1})
			h.Calls = h.Calls[:3]
			h.Witnessed = h.Witnessed[:2]
		}, "exactly-once"},
		{"order of the callback", func(t *testing.T, h *model.History) {
			i := packet(t, h, `payload="out1"`)
			h.Records[i].Kind, h.Records[i+1].Kind = capture.Handed, capture.Sent
			h.Calls = slices.Delete(h.Calls, 2, 3)
			h.Messages = []model.Message{msg("out1", i+1), msg("in", i+1), h.Messages[1]}
			h.Witnessed = nil
			h.Witness = false
		}, "delivery-order"},
		{"no last message, and no subscription", func(t *testing.T, h *model.History) {
			i := packet(t, h, `payload="last"`)
			h.Lost = []int{packet(t, h, "CONNACK sp=1")}
			set(h, packet(t, h, "CONNACK sp=1"), &wire.Connack{})
			h.Records, h.Messages = h.Records[:i], h.Messages[:1]
			h.Resubscribes = true
		}, "works-again"},
		{"no last message, and a subscription that three connections in a row ended at", func(t *testing.T, h *model.History) {
			endsAtSubscribe(t, h, 3)
		}, ""},
		{"no last message, and a subscription that two connections in a row ended at", func(t *testing.T, h *model.History) {
			endsAtSubscribe(t, h, 2)
		}, "works-again"},
		{"never handed over, of a subscription that was made anew in front of its answer", func(t *testing.T, h *model.History) {
			i := packet(t, h, "SUBACK")
			asks := h.Records[i]
			asks.Kind, asks.Data = capture.Sent, (&wire.Subscribe{PacketID: 77, Filters: []wire.Subscription{{Filter: "t"}}}).Append(nil)
			h.Records = slices.Insert(h.Records, i, asks)
			for n := range h.Calls {
				h.Calls[n].At++
				if h.Calls[n].From > i {
					h.Calls[n].From++
				}
			}
			for n := range h.Messages {
				h.Messages[n].At++
			}
			h.Published = append(h.Published, model.Published{Message: msg("more", 0), At: len(h.Records)})
			h.Asked = nil
		}, ""},
		{"no last message, no subscription, and nobody demands one", func(t *testing.T, h *model.History) {
			i := packet(t, h, `payload="last"`)
			h.Lost = []int{packet(t, h, "CONNACK sp=1")}
			set(h, packet(t, h, "CONNACK sp=1"), &wire.Connack{})
			h.Records, h.Messages = h.Records[:i], h.Messages[:1]
		}, "policy works-again"},
		{"no last message, and a session that a refusal began", func(t *testing.T, h *model.History) {
			i := packet(t, h, `payload="last"`)
			h.Lost = []int{packet(t, h, "CONNACK sp=1")}
			set(h, packet(t, h, "CONNACK sp=0"), &wire.Connack{Code: 1})
			h.Records, h.Messages, h.Calls = h.Records[:i], h.Messages[:1], h.Calls[1:]
		}, ""},
		{"no last message, and a subscription", func(t *testing.T, h *model.History) {
			h.Records, h.Messages = h.Records[:packet(t, h, `payload="last"`)], h.Messages[:1]
		}, "peer works-again"},
		{"acknowledged and never passed on", func(_ *testing.T, h *model.History) { h.Witnessed = slices.Delete(h.Witnessed, 1, 2) }, "peer published-arrives"},
		{"sent on two connections, acknowledged and never passed on", func(_ *testing.T, h *model.History) { h.Witnessed = slices.Delete(h.Witnessed, 2, 4) }, "peer published-arrives puback-kept"},
		{"acknowledged where it was not sent", func(t *testing.T, h *model.History) {
			h.Witnessed = slices.Delete(h.Witnessed, 1, 2)
			h.Calls[2].At = packet(t, h, "PUBACK id=3") + 1
			set(h, packet(t, h, "PUBACK id=3"), &wire.Puback{PacketID: 2})
			i := packet(t, h, "PUBACK id=2")
			h.Records[i].Data, h.Records[i].Kind, h.Records[i].Text = nil, capture.Event, "nothing"
			h.Calls = slices.Delete(h.Calls, 3, 4)
		}, "published-arrives"},
		{"sent twice on one connection", func(t *testing.T, h *model.History) {
			i := packet(t, h, "> FIN")
			h.Records = slices.Insert(h.Records, i-1, capture.Record{Time: h.Records[i-1].Time, Conn: 1, Kind: capture.Sent, Data: pub("out2", 3, true).Append(nil)})
			h.Calls[3].At++
			h.Messages[1].At++
		}, "sent-once"},
		{"sent again although it was acknowledged", func(t *testing.T, h *model.History) {
			set(h, packet(t, h, `dup=1 retain=0 topic="t" id=3`), pub("out1", 2, true))
			set(h, packet(t, h, "PUBACK id=3"), &wire.Puback{PacketID: 2})
			h.Calls = h.Calls[:3]
			h.Witnessed = slices.Delete(h.Witnessed, 3, 4)
		}, "sent-once"},
		{"the witness gets more than was sent", func(_ *testing.T, h *model.History) { h.Witnessed = slices.Insert(h.Witnessed, 2, msg("out1", 0)) }, "peer witnessed-once"},
		{"order of publishing", func(t *testing.T, h *model.History) {
			h.Witnessed[1], h.Witnessed[2] = h.Witnessed[2], h.Witnessed[1]
			set(h, packet(t, h, `topic="t" id=2 payload="out1"`), pub("out2", 2, false))
			set(h, packet(t, h, `topic="t" id=3 payload="out2"`), pub("out1", 3, false))
			set(h, packet(t, h, `dup=1 retain=0 topic="t" id=3 payload="out2"`), pub("out1", 3, true))
		}, "publish-order"},
		{"order of a publish from the callback", func(_ *testing.T, h *model.History) {
			h.Calls[2].Nested = true
			h.Witnessed[1], h.Witnessed[2] = h.Witnessed[2], h.Witnessed[1]
		}, ""},
		{"never handed over, and unsubscribed before its SUBACK came", func(t *testing.T, h *model.History) {
			i := packet(t, h, "SUBACK id=1")
			h.Records = slices.Insert(h.Records, i, capture.Record{Time: h.Records[i].Time, Conn: 1, Kind: capture.Sent, Data: (&wire.Unsubscribe{PacketID: 9, Filters: []string{"t"}}).Append(nil)})
			for n := range h.Calls {
				h.Calls[n].At++
			}
			for n := range h.Messages {
				h.Messages[n].At++
			}
			h.Published = append(h.Published, model.Published{Message: msg("more", 0), At: len(h.Records)})
			h.Asked = nil
		}, ""},
		{"a clean session", func(t *testing.T, h *model.History) {
			for i, r := range h.Records {
				if wire.TypeOf(r.Data) == wire.CONNECT && r.Conn == 2 {
					set(h, i, &wire.Connect{ProtocolName: wire.ProtocolName, ProtocolLevel: wire.ProtocolLevel, ClientID: "c1", CleanSession: true})
				}
			}
			set(h, packet(t, h, "CONNACK sp=1"), &wire.Connack{})
			h.Asked = nil
		}, "session-kept"},
		{"what a monitor sees", func(t *testing.T, h *model.History) { set(h, packet(t, h, "> PUBACK id=2"), &wire.Puback{PacketID: 7}) }, "monitors"},
	}) {
		t.Run(tt.name, func(t *testing.T) {
			h := good()
			tt.spoil(t, &h)
			var got []string
			for _, v := range model.Check(h) {
				line := v.Rule
				if v.Peer {
					line = strings.TrimSpace("peer " + line + " " + v.Known)
				}
				if v.Policy {
					line = "policy " + line
				}
				if got = append(got, line); !strings.Contains(v.String(), v.Message) {
					t.Errorf("String() = %q", v)
				}
			}
			if tt.want == "" && len(got) > 0 || tt.want != "" && !slices.Contains(got, tt.want) {
				t.Errorf("broken are %q, want %q: %v", got, tt.want, model.Check(h))
			}
		})
		if tt.want != "" {
			covered[strings.Fields(strings.TrimPrefix(tt.want, "peer "))[0]] = true
		}
	}
	for _, r := range model.Rules() {
		if !covered[r.Name] && r.Name != "witnessed-once" {
			t.Errorf("no case breaks the rule %s", r.Name)
		}
		for _, id := range r.IDs {
			if _, ok := spec.Lookup(id); !ok {
				t.Errorf("%s rests on %s, which nobody knows", r.Name, id)
			}
		}
	}
}

var covered = map[string]bool{}

// In the real world a client may not have read yet what was handed to it, nor may one that gathers.
func TestMoment(t *testing.T) {
	for _, tt := range []struct {
		world monitor.World
		holds bool
		after time.Duration
		want  int
	}{
		{monitor.Simulated, false, time.Millisecond, 0}, {monitor.Simulated, false, 2 * time.Millisecond, 1},
		{monitor.Simulated, true, time.Second, 0}, {monitor.Simulated, true, 2 * time.Second, 1},
		{monitor.Real, false, time.Second, 0}, {monitor.Real, false, 2 * time.Second, 1},
	} {
		var l log
		l.begin(false, false)
		l.sent(pub("a", 1, false))
		ack := l.handed(&wire.Puback{PacketID: 1}) - 1
		l.end()
		l.begin(false, true)
		l.sent(pub("a", 1, true))
		for i := range l.records[ack+1:] {
			l.records[ack+1+i].Time = l.records[ack].Time + tt.after
		}
		h := model.History{World: tt.world, Records: l.records, Calls: []model.Call{published("a", 2, ack+1)}}
		if tt.holds {
			h.Calls = append([]model.Call{{Verb: "hold", Began: true, Returned: true, Told: true}}, h.Calls...)
		}
		broken := 0
		for _, v := range model.Check(h) {
			if v.Rule == "sent-once" {
				broken++
			}
		}
		if broken != tt.want {
			t.Errorf("%v behind a PUBACK in world %v: broken %d times, want %d", tt.after, tt.world, broken, tt.want)
		}
	}
}

// endsAtSubscribe takes the subscription and the last message away, and ends so many connections at a new one.
func endsAtSubscribe(t *testing.T, h *model.History, times int) {
	h.Lost = []int{packet(t, h, "CONNACK sp=1")}
	set(h, packet(t, h, "CONNACK sp=1"), &wire.Connack{})
	h.Records, h.Messages = h.Records[:packet(t, h, `payload="last"`)], h.Messages[:1]
	h.Resubscribes = true
	l := log{records: h.Records, conn: 2}
	for range times {
		l.end()
		l.begin(false, false)
		l.sent(&wire.Subscribe{PacketID: 9, Filters: []wire.Subscription{{Filter: "t", QoS: 1}}})
	}
	l.end()
	l.begin(false, false)
	h.Records = l.records
}

// Under faults that no TCP makes, a client may lose messages; it may not invent success.
func TestWeak(t *testing.T) {
	want := []string{"call-ends", "success-founded", "delivery-founded", "connects-as-told", "publishes-as-told", "subscribes-as-told",
		"answer-told", "window-kept", "memory-bounded", "size-kept", "refused-unsent", "stays-away", "error-named", "message-stands", "trusts-whom-it-may", "monitors"}
	var weak []string
	for _, r := range model.Rules() {
		if r.Weak {
			weak = append(weak, r.Name)
		}
	}
	if diff := cmp.Diff(want, weak); diff != "" {
		t.Errorf("the rules of this level (-want +got):\n%s", diff)
	}
	h := good()
	h.Level = model.Weak
	h.Messages, h.Witnessed = nil, nil
	if vs := model.Check(h); len(vs) > 0 {
		t.Errorf("lost messages break %v", vs)
	}
	h.Calls[3].At--
	if v, ok := model.Blamed(model.Check(h)); !ok || v.Rule != "success-founded" {
		t.Errorf("success before its PUBACK breaks %v", v)
	}
}

// Filters match as section 4.7 says.
func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		filter, topic string
		want          bool
	}{
		{"a/b", "a/b", true}, {"a/b", "a/c", false}, {"a/+", "a/b", true}, {"a/+", "a/b/c", false}, {"a/+", "a", false},
		{"a/#", "a", true}, {"a/#", "a/b/c", true}, {"#", "a/b", true}, {"#", "$SYS/x", false}, {"+/x", "$SYS/x", false},
		{"$SYS/#", "$SYS/x", true}, {"+", "", true}, {"/+", "/a", true}, {"a", "a/", false},
	} {
		if got := model.Matches(tt.filter, tt.topic); got != tt.want {
			t.Errorf("Matches(%q, %q) = %t", tt.filter, tt.topic, got)
		}
	}
}

// The client's violations stand before the broker's.
func TestBlamed(t *testing.T) {
	if _, ok := model.Blamed([]model.Violation{{Rule: "a", Peer: true}}); ok {
		t.Error("the broker's fault is the client's")
	}
	if _, ok := model.Blamed([]model.Violation{{Rule: "a", Policy: true}}); ok {
		t.Error("a policy that nobody demands is a failure")
	}
	h := good()
	h.Witnessed = slices.Delete(h.Witnessed, 1, 2)
	h.Messages = append(h.Messages, msg("other", len(h.Records)))
	var peers []bool
	for _, v := range model.Check(h) {
		peers = append(peers, v.Peer)
	}
	if diff := cmp.Diff([]bool{false, true}, peers); diff != "" {
		t.Errorf("whose faults (-want +got):\n%s", diff)
	}
}
