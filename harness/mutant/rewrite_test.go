package mutant_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"umqtt/harness/mutant"
	"umqtt/harness/wire"
)

// step is what travels on one connection in one direction, and what comes out at its other end.
type step struct {
	conn    int // 1 or 2
	dir     wire.Direction
	in, out []byte
}

const (
	up   = wire.ToServer
	down = wire.ToClient
)

// same is a step that changes nothing.
func same(conn int, dir wire.Direction, p wire.Packet) step {
	return step{conn, dir, encode(p), encode(p)}
}

// encode returns the packets as bytes.
func encode(packets ...wire.Packet) []byte {
	var b []byte
	for _, p := range packets {
		b = p.Append(b)
	}
	return b
}

// walk takes a subject of the named mutant through the steps.
func walk(t *testing.T, name string, steps ...step) {
	t.Helper()
	m, ok := mutant.Find(name)
	if !ok {
		t.Fatalf("there is no mutant %s", name)
	}
	inBoth(t, func(t *testing.T, n network) {
		open := n.subject(m)
		links := map[int]link{1: open(), 2: open()}
		for _, s := range steps {
			from, to := links[s.conn].ends(s.dir)
			n.write(from, s.in)
			n.wants(to, s.out, "")
		}
	})
}

func rec(id uint16) wire.Packet  { return &wire.Pubrec{PacketID: id} }
func rel(id uint16) wire.Packet  { return &wire.Pubrel{PacketID: id} }
func comp(id uint16) wire.Packet { return &wire.Pubcomp{PacketID: id} }

func message(qos byte, id uint16, dup bool) wire.Packet {
	return &wire.Publish{Topic: "t", QoS: qos, PacketID: id, Dup: dup}
}

// What the mutants of QoS 2 make of a well-behaved exchange.
func TestQoS2Mutants(t *testing.T) {
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"pubrel-flags", []step{{1, up, []byte{0x62, 2, 0, 3}, []byte{0x60, 2, 0, 3}}}},
		{"pubrec-wrong-id", []step{same(1, down, message(2, 3, false)), {1, up, encode(rec(3)), encode(rec(0x43))}}},
		{"no-pubcomp", []step{same(1, down, message(2, 3, false)), same(1, up, rec(3)), same(1, down, rel(3)), {1, up, encode(comp(3)), nil}}},
		{"pubrec-wrong-order", []step{
			same(1, down, message(2, 3, false)), same(1, down, message(2, 4, false)),
			{1, up, encode(rec(3)), nil}, {1, up, encode(rec(4)), encode(rec(4), rec(3))},
			same(1, up, rec(5)),
		}},
		{"pubrel-wrong-order", []step{{1, up, encode(rel(3)), nil}, {1, up, encode(rel(4)), encode(rel(4), rel(3))}, same(1, up, rel(5))}},
		{"publish-after-pubrel", []step{
			same(1, up, message(2, 3, false)), same(1, down, rec(3)), same(1, up, rel(3)),
			{2, up, encode(rel(3)), encode(message(2, 3, true))},
		}},
		{"no-pubrel-resend", []step{
			same(1, up, message(2, 3, false)), same(1, down, rec(3)), same(1, up, rel(3)),
			{2, up, encode(rel(3)), nil}, same(2, down, comp(3)), same(2, up, rel(3)),
		}},
		{"qos2-delivered-twice", []step{
			same(1, down, message(2, 3, false)), same(1, up, rec(3)),
			{2, down, encode(message(2, 3, true)), encode(message(2, 0x8003, true))}, {2, up, encode(rec(0x8003)), encode(rec(3))},
			same(2, down, rel(3)), same(2, up, comp(3)), same(2, down, message(2, 3, false)),
		}},
	} {
		t.Run(tt.name, func(t *testing.T) { walk(t, tt.name, tt.steps...) })
	}
}

// A PUBACK waits for those of newer messages, under an id that comes twice as well, on its own connection
// only.
func TestNewestFirst(t *testing.T) {
	ack := func(id uint16) wire.Packet { return &wire.Puback{PacketID: id} }
	arrive := func(ids ...uint16) []step {
		var steps []step
		for _, id := range ids {
			steps = append(steps, same(1, down, message(1, id, false)))
		}
		return steps
	}
	for _, tt := range []struct {
		reason string
		steps  []step
	}{
		{"one at a time", slices.Concat(arrive(1), []step{same(1, up, ack(1))}, arrive(2), []step{same(1, up, ack(2))})},
		{"two", append(arrive(1, 2), step{1, up, encode(ack(1)), nil}, step{1, up, encode(ack(2)), encode(ack(2), ack(1))})},
		{"the newest is first already", append(arrive(1, 2), same(1, up, ack(2)), same(1, up, ack(1)))},
		{"an id twice", append(arrive(1, 2, 1), step{1, up, encode(ack(1)), nil}, step{1, up, encode(ack(2)), nil},
			step{1, up, encode(ack(1)), encode(ack(1), ack(2), ack(1))})},
		{"another connection", append(arrive(1, 2), same(2, down, message(1, 1, true)), same(2, up, ack(1)))},
		{"an id that did not come", []step{same(1, up, ack(9))}},
	} {
		t.Run(tt.reason, func(t *testing.T) { walk(t, "puback-newest-first", tt.steps...) })
	}
}

// A message whose payload was cut is made a whole one, with the remaining length of what there is; what
// was cut earlier stays as it came.
func TestTruncatedMessage(t *testing.T) {
	m, _ := mutant.Find("truncated-message")
	long := func(size int) []byte {
		return encode(&wire.Publish{Topic: "t", QoS: 1, PacketID: 1, Payload: bytes.Repeat([]byte{'x'}, size)})
	}
	for _, tt := range []struct {
		reason   string
		in, want []byte
	}{
		{"in the payload", hi[:len(hi)-1], encode(&wire.Publish{Topic: "t", Payload: []byte("h"), QoS: 1, PacketID: 7})},
		{"in the packet id", hi[:6], hi[:6]},
		{"in the topic", hi[:4], hi[:4]},
		{"in the fixed header", hi[:1], hi[:1]},
		{"in a long remaining length", long(200)[:2], long(200)[:2]},
		{"of a long message, to a short one", long(200)[:3+5+10], long(10)},
		{"of a long message, to a long one", long(300)[:3+5+200], long(200)},
		{"of another packet", ack[:3], ack[:3]},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			inBoth(t, func(t *testing.T, n network) {
				l := n.connect(m)
				n.write(l.peer, tt.in)
				l.peer.Close()
				n.wants(l.subject, tt.want, "FIN")
			})
		})
	}
}

// The connect flags are found behind a remaining length of any width.
func TestConnectFlags(t *testing.T) {
	for _, size := range []int{1, 200, 20000} {
		in := encode(&wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: strings.Repeat("c", size)})
		out := slices.Clone(in)
		at := bytes.Index(in, []byte("MQTT")) + len("MQTT") + 1
		out[at] = 0x0a
		walk(t, "will-qos-without-will", step{1, up, in, out})
	}
}
