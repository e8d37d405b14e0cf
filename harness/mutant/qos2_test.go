package mutant_test

import (
	"testing"

	"umqtt/harness/mutant"
	"umqtt/harness/wire"
)

// What the mutants of exactlyOnce make of a well-behaved exchange.
func TestQoS2Mutants(t *testing.T) {
	type step struct {
		conn      int
		dir       wire.Direction
		in        wire.Packet
		out, also wire.Packet // what comes out at the other end; nil: nothing
	}
	const up, down = wire.ToServer, wire.ToClient
	publish := func(id uint16, dup bool) *wire.Publish {
		return &wire.Publish{Topic: "t", QoS: 2, PacketID: id, Dup: dup}
	}
	rec := func(id uint16) *wire.Pubrec { return &wire.Pubrec{PacketID: id} }
	rel := func(id uint16) *wire.Pubrel { return &wire.Pubrel{PacketID: id} }
	comp := func(id uint16) *wire.Pubcomp { return &wire.Pubcomp{PacketID: id} }
	same := func(conn int, dir wire.Direction, p wire.Packet) step { return step{conn, dir, p, p, nil} }
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"pubrec-wrong-id", []step{same(1, down, publish(3, false)), {1, up, rec(3), rec(0x43), nil}}},
		{"no-pubcomp", []step{same(1, down, publish(3, false)), same(1, up, rec(3)), same(1, down, rel(3)), {1, up, comp(3), nil, nil}}},
		{"pubrec-wrong-order", []step{
			same(1, down, publish(3, false)), same(1, down, publish(4, false)),
			{1, up, rec(3), nil, nil}, {1, up, rec(4), rec(4), rec(3)},
			same(1, up, rec(5)),
		}},
		{"pubrel-wrong-order", []step{{1, up, rel(3), nil, nil}, {1, up, rel(4), rel(4), rel(3)}, same(1, up, rel(5))}},
		{"publish-after-pubrel", []step{
			same(1, up, publish(3, false)), same(1, down, rec(3)), same(1, up, rel(3)),
			{2, up, rel(3), publish(3, true), nil},
		}},
		{"no-pubrel-resend", []step{
			same(1, up, publish(3, false)), same(1, down, rec(3)), same(1, up, rel(3)),
			{2, up, rel(3), nil, nil}, same(2, down, comp(3)), same(2, up, rel(3)),
		}},
		{"qos2-delivered-twice", []step{
			same(1, down, publish(3, false)), same(1, up, rec(3)),
			{2, down, publish(3, true), publish(0x8003, true), nil}, {2, up, rec(0x8003), rec(3), nil},
			same(2, down, rel(3)), same(2, up, comp(3)), same(2, down, publish(3, false)),
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, ok := mutant.Find(tt.name)
			if !ok {
				t.Fatal("there is no such mutant")
			}
			inBoth(t, func(t *testing.T, n network) {
				open := n.subject(m)
				links := map[int]link{1: open(), 2: open()}
				for _, s := range tt.steps {
					from, to := links[s.conn].ends(s.dir)
					n.write(from, s.in.Append(nil))
					var want []byte
					for _, p := range []wire.Packet{s.out, s.also} {
						if p != nil {
							want = p.Append(want)
						}
					}
					n.wants(to, want, "")
				}
			})
		})
	}
}
