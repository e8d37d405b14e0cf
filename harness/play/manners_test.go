package play

import (
	"encoding/hex"
	"slices"
	"testing"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/proxy"
	"umqtt/harness/scenario"
	"umqtt/harness/wire"
	"umqtt/harness/world"
)

// fakeLink is a link with so many connections that notes what the script has it send.
type fakeLink struct {
	proxy.Link
	conns int
	over  []int // those that have ended
	sent  []string
}

func (l *fakeLink) Conns() int          { return l.conns }
func (l *fakeLink) Ended(conn int) bool { return slices.Contains(l.over, conn) }

func (l *fakeLink) Send(conn int, b []byte) error {
	l.sent = append(l.sent, hex.EncodeToString(b))
	return nil
}

// rec is a packet of the capture, or where there is none the end of a direction.
type rec struct {
	conn   int
	kind   capture.Kind
	packet wire.Packet
}

// saw returns a player that has seen records, of a subject that is foreign or not.
func saw(foreign bool, sc *scenario.Scenario, records ...rec) (*player, *fakeLink) {
	r := capture.NewRecorder("test", func() time.Duration { return 1 })
	link := &fakeLink{conns: 3}
	p := &player{
		sc: sc, opts: Options{Foreign: foreign}, w: &world.World{Link: link, Recorder: r}, judge: judge.New(sc, r, false),
		vars: map[scenario.Var]any{}, conns: map[int]*connState{}, subscribed: map[wire.Subscription]bool{}, again: map[string]bool{}, later: sc.Steps,
	}
	for _, x := range records {
		if x.packet == nil {
			r.End(x.conn, x.kind, capture.FIN)
		} else {
			r.Bytes(x.conn, x.kind, x.packet.Append(nil))
		}
	}
	for _, x := range r.Since(0) {
		p.seen++
		p.pullRecord(x)
	}
	return p, link
}

func sent(conn int, q wire.Packet) rec   { return rec{conn, capture.Sent, q} }
func handed(conn int, q wire.Packet) rec { return rec{conn, capture.Handed, q} }
func over(conn int) rec                  { return rec{conn, capture.Handed, nil} }

func publish(id uint16, qos byte, dup bool, payload string) *wire.Publish {
	return &wire.Publish{Topic: "t", Payload: []byte(payload), PacketID: id, QoS: qos, Dup: dup}
}

func subscribe(id uint16, filters ...string) *wire.Subscribe {
	q := &wire.Subscribe{PacketID: id}
	for _, f := range filters {
		q.Filters = append(q.Filters, wire.Subscription{Filter: f})
	}
	return q
}

func expect(keys ...string) []scenario.Step {
	var steps []scenario.Step
	for _, key := range keys {
		steps = append(steps, scenario.Step{Key: key})
	}
	return steps
}

// What a subject sends of its own accord is allowed, is allowed with a warning, or is not.
func TestAllowed(t *testing.T) {
	const (
		no      = "no"
		silent  = "in silence"
		warning = "with a warning"
	)
	connect := &wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: "c1"}
	other := publish(7, 1, true, "hi")
	other.Topic = "u"
	for _, tt := range []struct {
		name    string
		allow   []wire.Type
		steps   []scenario.Step
		records []rec // the last one is judged
		foreign string
		ours    string
	}{
		{"a PINGREQ", nil, expect("wait"), []rec{sent(1, &wire.Pingreq{})}, silent, no},
		{"a CONNECT", nil, nil, []rec{sent(1, connect)}, silent, no},
		{"a CONNECT that a step expects", nil, expect("wait", "expect CONNECT"), []rec{sent(1, connect)}, no, no},
		{"what the scenario allows", []wire.Type{wire.PINGREQ, wire.DISCONNECT}, nil, []rec{sent(1, &wire.Disconnect{})}, silent, silent},
		{"a malformed packet that it allows", []wire.Type{wire.SUBSCRIBE}, nil, []rec{sent(1, subscribe(9))}, no, no},
		{"a SUBSCRIBE", nil, nil, []rec{sent(1, subscribe(9, "a"))}, warning, no},
		{"a SUBSCRIBE again", nil, nil, []rec{sent(1, subscribe(9, "a", "b")), sent(2, subscribe(8, "b"))}, silent, no},
		{"a SUBSCRIBE of which one filter is new", nil, nil, []rec{sent(1, subscribe(9, "a", "b")), sent(1, subscribe(8, "b", "c"))}, warning, no},
		{"a SUBSCRIBE that a step expects", nil, expect("expect SUBSCRIBE"), []rec{sent(1, subscribe(9, "a")), sent(1, subscribe(8, "a"))}, no, no},
		{"what an alternative expects", nil, []scenario.Step{{Key: "expect PUBACK", Or: expect("expect close", "expect PINGREQ")}}, []rec{sent(1, &wire.Pingreq{})}, no, no},
		{"what a step delivers", nil, expect("deliver PUBLISH"), []rec{sent(1, publish(0, 0, false, "hi"))}, warning, no},

		{"a DISCONNECT before an end", nil, expect("expect close"), []rec{sent(1, &wire.Disconnect{})}, silent, no},
		{"a DISCONNECT before an alternative end", nil, []scenario.Step{{Key: "expect PUBACK", Or: expect("expect close")}}, []rec{sent(1, &wire.Disconnect{})}, silent, no},
		{"a DISCONNECT before the end of a later step", nil, expect("wait", "expect close"), []rec{sent(1, &wire.Disconnect{})}, warning, no},
		{"a DISCONNECT behind the end that it was handed", nil, nil, []rec{over(1), sent(1, &wire.Disconnect{})}, silent, no},
		{"a DISCONNECT behind its own end", nil, nil, []rec{{1, capture.Sent, nil}, sent(1, &wire.Disconnect{})}, warning, no},
		{"a DISCONNECT behind the end of another connection", nil, nil, []rec{over(2), sent(1, &wire.Disconnect{})}, warning, no},
		{"another packet before an end", nil, expect("expect close"), []rec{sent(1, publish(0, 0, false, "hi"))}, warning, no},

		{"a PUBACK", nil, nil, []rec{handed(1, publish(7, 1, false, "hi")), sent(1, &wire.Puback{PacketID: 7})}, silent, no},
		{"a PUBACK that a step expects", nil, expect("expect PUBACK"), []rec{handed(1, publish(7, 1, false, "hi")), sent(1, &wire.Puback{PacketID: 7})}, no, no},
		{"a PUBACK of nothing", nil, nil, []rec{sent(1, &wire.Puback{PacketID: 7})}, warning, no},
		{"a PUBACK of another", nil, nil, []rec{handed(1, publish(7, 1, false, "hi")), sent(1, &wire.Puback{PacketID: 8})}, warning, no},
		{"a PUBACK on another connection", nil, nil, []rec{handed(1, publish(7, 1, false, "hi")), sent(2, &wire.Puback{PacketID: 7})}, warning, no},
		{"a PUBACK of a message of its own", nil, nil, []rec{sent(1, publish(7, 1, false, "hi")), sent(1, &wire.Puback{PacketID: 7})}, warning, no},
		{"a PUBACK at QoS 2", nil, nil, []rec{handed(1, publish(7, 2, false, "hi")), sent(1, &wire.Puback{PacketID: 7})}, warning, no},
		{"a PUBREC", nil, nil, []rec{handed(1, publish(7, 1, false, "hi")), sent(1, &wire.Pubrec{PacketID: 7})}, warning, no},

		{"a message again", nil, expect("expect PUBLISH"), []rec{sent(1, publish(7, 1, false, "hi")), sent(1, publish(7, 1, true, "hi"))}, silent, no},
		{"a message again without DUP", nil, nil, []rec{sent(1, publish(7, 1, false, "hi")), sent(1, publish(7, 1, false, "hi"))}, warning, no},
		{"a message with DUP for the first time", nil, nil, []rec{sent(1, publish(7, 1, true, "hi"))}, warning, no},
		{"a message again on another connection", nil, nil, []rec{sent(1, publish(7, 1, false, "hi")), sent(2, publish(7, 1, true, "hi"))}, warning, no},
		{"a message that it was handed", nil, nil, []rec{handed(1, publish(7, 1, false, "hi")), sent(1, publish(7, 1, true, "hi"))}, warning, no},
		{"a message again under another identifier", nil, nil, []rec{sent(1, publish(7, 1, false, "hi")), sent(1, publish(8, 1, true, "hi"))}, warning, no},
		{"a message again at another QoS", nil, nil, []rec{sent(1, publish(7, 1, false, "hi")), sent(1, publish(7, 2, true, "hi"))}, warning, no},
		{"another message under its identifier", nil, nil, []rec{sent(1, publish(7, 1, false, "hi")), sent(1, publish(7, 1, true, "ho"))}, warning, no},
		{"another topic under its identifier", nil, nil, []rec{sent(1, publish(7, 1, false, "hi")), sent(1, other)}, warning, no},
		{"a message behind a malformed packet", nil, nil, []rec{sent(1, subscribe(9)), sent(1, publish(7, 1, true, "hi"))}, warning, no},
		{"a PUBREL again", nil, expect("expect PUBREL"), []rec{sent(1, &wire.Pubrel{PacketID: 7}), sent(1, &wire.Pubrel{PacketID: 7})}, silent, no},
		{"another PUBREL", nil, nil, []rec{sent(1, &wire.Pubrel{PacketID: 7}), sent(1, &wire.Pubrel{PacketID: 8})}, warning, no},
		{"a PUBREL behind a PUBLISH", nil, nil, []rec{sent(1, publish(7, 2, false, "hi")), sent(1, &wire.Pubrel{PacketID: 7})}, warning, no},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for foreign, want := range map[bool]string{true: tt.foreign, false: tt.ours} {
				p, _ := saw(foreign, &scenario.Scenario{Peer: scenario.Broker, Allow: tt.allow, Steps: tt.steps}, tt.records...)
				all := p.w.Recorder.Since(0)
				s := seen{Record: all[len(all)-1], index: len(all) - 1}
				s.packet, s.bad = s.Record.Packet()
				if n := len(p.sent); n > 0 {
					s.again = p.sent[n-1].again
				}
				got := no
				if p.allowed(s) {
					if got = silent; len(p.warnings) > 0 {
						got = warning
					}
				}
				if got != want {
					t.Errorf("foreign %t: allowed %s, want %s", foreign, got, want)
				}
			}
		})
	}
}

// A step passes over what no step need ask for, up to the packet that it waits for.
func TestSkip(t *testing.T) {
	connect := &wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: "c1"}
	ping := &wire.Pingreq{}
	end := func(conn int) rec { return rec{conn: conn, kind: capture.Sent} }
	for _, tt := range []struct {
		name    string
		foreign bool
		want    wire.Type
		over    []int // connections that the script has ended
		records []rec
		left    int
	}{
		{"nothing", false, 0, nil, nil, 0},
		{"allowed packets", false, 0, nil, []rec{sent(1, ping), sent(1, ping)}, 0},
		{"up to another one", false, 0, nil, []rec{sent(1, ping), sent(1, publish(0, 0, false, "")), sent(1, ping)}, 2},
		{"up to the one that is waited for", false, wire.PINGREQ, nil, []rec{sent(1, ping), sent(1, ping)}, 2},
		{"an end", false, 0, nil, []rec{sent(1, ping), end(1)}, 1},
		{"an end before a CONNECT", false, wire.CONNECT, nil, []rec{sent(1, ping), end(1), sent(2, connect)}, 1},
		{"an end of a connection without a packet, before a CONNECT", false, wire.CONNECT, nil, []rec{end(1)}, 1},
		{"an end of a connection without a packet", true, 0, nil, []rec{end(1)}, 0},
		{"an end before another packet", false, wire.PUBLISH, nil, []rec{sent(1, ping), end(1)}, 1},
		{"an end behind a DISCONNECT", false, wire.PUBLISH, nil, []rec{sent(1, &wire.Disconnect{}), end(1)}, 0},
		{"an end that was forced", false, wire.PUBLISH, []int{1}, []rec{sent(1, ping), end(1)}, 0},
		{"an end of another that was forced", false, wire.PUBLISH, []int{2}, []rec{sent(1, ping), end(1)}, 1},
		{"an end when a newer connection is used", false, wire.PUBLISH, nil, []rec{sent(1, ping), end(1), sent(2, ping)}, 0},
		{"an end when an older connection is used", false, wire.PUBLISH, nil, []rec{sent(1, ping), sent(2, ping), end(2)}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, link := saw(tt.foreign, &scenario.Scenario{Peer: scenario.Script, Allow: []wire.Type{wire.PINGREQ, wire.DISCONNECT}}, tt.records...)
			link.over = tt.over
			if p.skip(tt.want); len(p.sent) != tt.left {
				t.Errorf("%d are left, want %d: %v", len(p.sent), tt.left, p.sent)
			}
		})
	}
}

// A step that names no connection is about the newest, or for a foreign subject the newest that it uses.
func TestNewest(t *testing.T) {
	used, unused := &connState{used: true}, &connState{}
	for _, tt := range []struct {
		name          string
		conns         map[int]*connState // of three
		foreign, ours int
	}{
		{"none is used", nil, 3, 3},
		{"all are used", map[int]*connState{1: used, 2: used, 3: used}, 3, 3},
		{"the last one is not", map[int]*connState{1: used, 2: used, 3: unused}, 2, 3},
		{"only the first one is", map[int]*connState{1: used, 2: unused}, 1, 3},
	} {
		for foreign, want := range map[bool]int{true: tt.foreign, false: tt.ours} {
			p, _ := saw(foreign, &scenario.Scenario{})
			p.conns = tt.conns
			if got := p.newest(); got != want {
				t.Errorf("%s, foreign %t: newest = %d, want %d", tt.name, foreign, got, want)
			}
		}
	}
}
