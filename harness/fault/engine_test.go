package fault_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// in is one packet that a test feeds to an engine, at its index in seconds.
type in struct {
	dir    wire.Direction
	packet wire.Packet
}

func up(p wire.Packet) in   { return in{wire.ToServer, p} }
func down(p wire.Packet) in { return in{wire.ToClient, p} }

func publish(topic string, id uint16) wire.Packet {
	return &wire.Publish{Topic: topic, QoS: 1, PacketID: id, Payload: []byte("m")}
}

func puback(id uint16) wire.Packet { return &wire.Puback{PacketID: id} }

// Each action does to the packets that match what its documentation says, and nothing to the others.
func TestActions(t *testing.T) {
	acks := []in{down(puback(1)), down(puback(2)), down(puback(3))}
	for _, tt := range []struct {
		name   string
		rule   fault.Rule
		in     []in
		want   []string // what is handed over: due time, direction, packet, ending
		events []string
	}{
		{"no rule applies", fault.Rule{Match: fault.Match{Type: wire.SUBACK}, Action: fault.Drop{}}, acks,
			[]string{"0s < PUBACK id=1", "1s < PUBACK id=2", "2s < PUBACK id=3"}, nil},
		{"drop the second", fault.Rule{Match: fault.Match{Type: wire.PUBACK, Nth: 2}, Action: fault.Drop{}}, acks,
			[]string{"0s < PUBACK id=1", "2s < PUBACK id=3"}, []string{"fault drop < PUBACK id=2"}},
		{"drop by packet id", fault.Rule{Match: fault.Match{Fields: map[string]any{"packet_id": 3}}, Action: fault.Drop{}}, acks,
			[]string{"0s < PUBACK id=1", "1s < PUBACK id=2"}, []string{"fault drop < PUBACK id=3"}},
		{"drop by topic and direction", fault.Rule{Match: fault.Match{Dirs: fault.ToServer, Fields: map[string]any{"topic": "b"}}, Action: fault.Drop{}},
			[]in{up(publish("a", 1)), up(publish("b", 2)), down(publish("b", 3))},
			[]string{`0s > PUBLISH topic="a" id=1`, `2s < PUBLISH topic="b" id=3`}, []string{`fault drop > PUBLISH topic="b" id=2`}},
		{"another connection", fault.Rule{Match: fault.Match{Conn: 2}, Action: fault.Drop{}}, acks[:1], []string{"0s < PUBACK id=1"}, nil},
		{"delay holds up what follows", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Delay{By: 1500 * time.Millisecond}}, acks,
			[]string{"1.5s < PUBACK id=1", "1.5s < PUBACK id=2", "2s < PUBACK id=3"}, []string{"fault delay < PUBACK id=1"}},
		{"latency", fault.Rule{Action: fault.Latency{By: time.Second}}, acks[:2], []string{"1s < PUBACK id=1", "2s < PUBACK id=2"}, nil},
		{"bandwidth", fault.Rule{Action: fault.Bandwidth{Rate: 2}}, acks,
			[]string{"2s < PUBACK id=1", "4s < PUBACK id=2", "6s < PUBACK id=3"}, nil},
		{"hold lets the rest pass", fault.Rule{Name: "h", Match: fault.Match{Nth: 1}, Action: fault.Hold{}}, acks,
			[]string{"1s < PUBACK id=2", "2s < PUBACK id=3", "3s < PUBACK id=1"}, []string{"fault hold < PUBACK id=1", "fault release < PUBACK id=1"}},
		{"duplicate", fault.Rule{Match: fault.Match{Nth: 2}, Action: fault.Duplicate{}}, acks[:2],
			[]string{"0s < PUBACK id=1", "1s < PUBACK id=2", "1s < PUBACK id=2"}, []string{"fault duplicate < PUBACK id=2"}},
		{"duplicate twice", fault.Rule{Action: fault.Duplicate{Times: 2}}, acks[:1],
			[]string{"0s < PUBACK id=1", "0s < PUBACK id=1", "0s < PUBACK id=1"}, []string{"fault duplicate < PUBACK id=1"}},
		{"swap", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Swap{}}, acks,
			[]string{"1s < PUBACK id=2", "1s < PUBACK id=1", "2s < PUBACK id=3"}, []string{"fault swap < PUBACK id=1"}},
		{"swap with nothing that follows ends with the stream", fault.Rule{Match: fault.Match{Nth: 3}, Action: fault.Swap{}}, acks,
			[]string{"0s < PUBACK id=1", "1s < PUBACK id=2", "3s < PUBACK id=3"}, []string{"fault swap < PUBACK id=3"}},
		{"swap keeps to its direction", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Swap{}}, []in{down(puback(1)), up(puback(9)), down(puback(2))},
			[]string{"1s > PUBACK id=9", "2s < PUBACK id=2", "2s < PUBACK id=1"}, []string{"fault swap < PUBACK id=1"}},
		{"corrupt", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Corrupt{Byte: -1, Xor: 4}}, acks[:1],
			[]string{"0s < PUBACK id=5"}, []string{"fault corrupt < PUBACK id=1"}},
		{"truncate", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Truncate{To: 3}}, acks[:2],
			[]string{"0s < 40 02 00", "1s < PUBACK id=2"}, []string{"fault truncate < PUBACK id=1"}},
		{"replace", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Replace{With: []byte{0xd0, 0}}}, acks[:2],
			[]string{"0s < PINGRESP", "1s < PUBACK id=2"}, []string{"fault replace < PUBACK id=1"}},
		{"set", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Set{Fields: map[string]any{"packet_id": 9}}}, acks[:2],
			[]string{"0s < PUBACK id=9", "1s < PUBACK id=2"}, []string{"fault set < PUBACK id=1"}},
		{"inject behind", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Inject{Data: []byte{0xd0, 0}}}, acks[:2],
			[]string{"0s < PUBACK id=1", "0s < PINGRESP", "1s < PUBACK id=2"}, []string{"fault inject < PUBACK id=1"}},
		{"inject before", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Inject{Data: []byte{0xd0, 0}, Before: true}}, acks[:1],
			[]string{"0s < PINGRESP", "0s < PUBACK id=1"}, []string{"fault inject < PUBACK id=1"}},
		{"split", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Split{Sizes: []int{1, 2}}}, acks[:2],
			[]string{"0s < PUBACK id=1 in [1 2]", "1s < PUBACK id=2"}, []string{"fault split < PUBACK id=1"}},
		{"merge", fault.Rule{Action: fault.Merge{}}, acks,
			[]string{"1s < 40 02 00 01 40 02 00 02", "3s < PUBACK id=3"}, []string{"fault merge < PUBACK id=1", "fault merge < PUBACK id=2", "fault merge < PUBACK id=3"}},
		{"merge lets nothing pass", fault.Rule{Match: fault.Match{Type: wire.PUBACK}, Action: fault.Merge{}}, []in{down(puback(1)), down(&wire.Pingresp{}), up(&wire.Pingreq{}), down(puback(2)), down(&wire.Pingresp{})},
			[]string{"2s > PINGREQ", "3s < 40 02 00 01 d0 00 40 02 00 02", "4s < PINGRESP"}, []string{"fault merge < PUBACK id=1", "fault merge < PUBACK id=2"}},
		{"merge of one with the next", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Merge{}}, []in{down(puback(1)), up(&wire.Pingreq{}), down(&wire.Pingresp{}), down(puback(3))},
			[]string{"1s > PINGREQ", "2s < 40 02 00 01 d0 00", "3s < PUBACK id=3"}, []string{"fault merge < PUBACK id=1"}},
		{"stall within", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Stall{At: 1}}, acks[:2],
			[]string{"0s < 40 then stall both", "0s < 02 00 01", "1s < PUBACK id=2"}, []string{"fault stall at byte 1 of < PUBACK id=1"}},
		{"stall behind", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Stall{At: 9, Dirs: fault.ToClient}}, acks[:1],
			[]string{"0s < PUBACK id=1 then stall to_client"}, []string{"fault stall at byte 4 of < PUBACK id=1"}},
		{"cut with a loss of the sessions", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Cut{How: fault.RST, Forget: true}}, acks[:1],
			[]string{"0s <  then rst"}, []string{"fault cut rst at byte 0 of < PUBACK id=1, and the peer forgets its sessions"}},
		{"cut within", fault.Rule{Match: fault.Match{Nth: 2}, Action: fault.Cut{At: 1, How: fault.RST}}, acks[:2],
			[]string{"0s < PUBACK id=1", "1s < 40 then rst"}, []string{"fault cut rst at byte 1 of < PUBACK id=2"}},
		{"cut before", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Cut{How: fault.FIN}}, acks[:1],
			[]string{"0s <  then fin"}, []string{"fault cut fin at byte 0 of < PUBACK id=1"}},
		{"cut behind", fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Cut{At: -1, How: fault.HalfClose}}, acks[:1],
			[]string{"0s < PUBACK id=1 then half"}, []string{"fault cut half at byte 4 of < PUBACK id=1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := fault.NewEngine(1, tt.rule)
			got, events := feed(e, tt.in)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("handed over (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.events, events); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if err := e.Err(); err != nil {
				t.Errorf("Err() = %v", err)
			}
		})
	}
}

// feed passes packets through an engine, one a second, then releases "h" and ends the streams.
func feed(e *fault.Engine, ins []in) (got, notes []string) {
	note := func(events []fault.Event) {
		for _, ev := range events {
			notes = append(notes, plain(ev.Text))
		}
	}
	for i, p := range ins {
		outs, events := e.Packet(time.Duration(i)*time.Second, fault.Packet{Conn: 1, Dir: p.dir, Data: p.packet.Append(nil)})
		got = append(got, show(outs)...)
		note(events)
	}
	end := time.Duration(len(ins)) * time.Second
	if outs, events, err := e.Release(end, "h"); err == nil {
		got = append(got, show(outs)...)
		note(events)
	}
	for _, d := range []wire.Direction{wire.ToServer, wire.ToClient} {
		outs, events := e.End(end, 1, d)
		got = append(got, show(outs)...)
		note(events)
	}
	return got, notes
}

func show(outs []fault.Out) []string {
	var lines []string
	for _, o := range outs {
		arrow, what := ">", ""
		if o.Dir == wire.ToClient {
			arrow = "<"
		}
		if p, err := wire.Decode(o.Data); err == nil {
			what = wire.Describe(p.Append(nil))
		} else {
			what = fmt.Sprintf("% x", o.Data)
		}
		line := fmt.Sprintf("%v %s %s", o.Due, arrow, plain(what))
		if o.Sizes != nil {
			line += fmt.Sprintf(" in %v", o.Sizes)
		}
		if o.End != fault.NoEnding {
			line += " then " + o.End.String()
		}
		if o.Stall != nil {
			line += " then stall " + o.Stall.String()
		}
		lines = append(lines, line)
	}
	return lines
}

// plain leaves out of a described PUBLISH what these tests do not vary.
func plain(s string) string {
	return strings.NewReplacer("qos=1 dup=0 retain=0 ", "", ` payload="m"`, "").Replace(s)
}

// Rules form a line: what one makes of a packet is what the next one sees.
func TestRulesFollowOneAnother(t *testing.T) {
	e := fault.NewEngine(1,
		fault.Rule{Match: fault.Match{Type: wire.PUBACK}, Action: fault.Duplicate{}},
		fault.Rule{Match: fault.Match{Type: wire.PUBACK, Nth: 2}, Action: fault.Set{Fields: map[string]any{"packet_id": 7}}},
	)
	got, _ := feed(e, []in{down(puback(1))})
	if diff := cmp.Diff([]string{"0s < PUBACK id=1", "0s < PUBACK id=7"}, got); diff != "" {
		t.Errorf("handed over (-want +got):\n%s", diff)
	}
}

// A share of the packets is chosen by the seed: the same one every time, another one under another seed.
func TestProbability(t *testing.T) {
	ins := make([]in, 40)
	for i := range ins {
		ins[i] = down(puback(uint16(i + 1)))
	}
	run := func(seed uint64) []string {
		got, _ := feed(fault.NewEngine(seed, fault.Rule{Match: fault.Match{Probability: 0.5}, Action: fault.Drop{}}), ins)
		return got
	}
	if diff := cmp.Diff(run(1), run(1)); diff != "" {
		t.Errorf("one seed, two outcomes:\n%s", diff)
	}
	if cmp.Equal(run(1), run(2)) {
		t.Error("two seeds, one outcome")
	}
	if n := len(run(1)); n < 10 || n > 30 {
		t.Errorf("%d of 40 packets passed a rule that drops half", n)
	}
}

// Openings are used up one after another, refusals and early ends alike.
func TestOpenings(t *testing.T) {
	e := fault.NewEngine(1, fault.Rule{Action: fault.Refuse{Count: 2}}, fault.Rule{Action: fault.AcceptClose{How: fault.RST}})
	var got []string
	for conn := range 5 {
		if _, refuse := e.Refuse(conn); refuse {
			got = append(got, "refused")
			continue
		}
		end, _ := e.Open(conn)
		got = append(got, end.String())
	}
	if diff := cmp.Diff([]string{"refused", "refused", "rst", "none", "none"}, got); diff != "" {
		t.Errorf("openings (-want +got):\n%s", diff)
	}
}

// A stall stops its directions until it is healed, from a control or from a packet on.
func TestStall(t *testing.T) {
	e := fault.NewEngine(1, fault.Rule{Match: fault.Match{Type: wire.PUBACK}, Action: fault.Stall{Dirs: fault.ToClient}})
	e.Packet(0, fault.Packet{Conn: 1, Dir: wire.ToClient, Data: puback(1).Append(nil)})
	if !e.Stalled(1, wire.ToClient) || e.Stalled(1, wire.ToServer) || e.Stalled(2, wire.ToClient) {
		t.Error("the stall is not of connection 1 to the client alone")
	}
	e.Heal(1)
	if e.Stalled(1, wire.ToClient) {
		t.Error("still stalled after Heal")
	}
}

// What a rule cannot do is an error, not silence.
func TestErr(t *testing.T) {
	for _, tt := range []struct {
		name string
		rule fault.Rule
		want string
	}{
		{"no action", fault.Rule{}, "needs an action"},
		{"hold without a name", fault.Rule{Action: fault.Hold{}}, "hold: name"},
		{"no delay", fault.Rule{Action: fault.Delay{}}, "delay: by"},
		{"no sizes", fault.Rule{Action: fault.Split{}}, "split: sizes"},
		{"size 0", fault.Rule{Action: fault.Split{Sizes: []int{1, 0}}}, "split: sizes: [1 0]"},
		{"merge of one", fault.Rule{Action: fault.Merge{Count: 1}}, "merge: count: 1"},
		{"a cut without an ending", fault.Rule{Action: fault.Cut{}}, "cut: how"},
		{"probability 2", fault.Rule{Match: fault.Match{Probability: 2}, Action: fault.Drop{}}, "probability: 2"},
		{"a field the packet lacks", fault.Rule{Match: fault.Match{Type: wire.PUBACK, Fields: map[string]any{"topic": "t"}}, Action: fault.Drop{}}, "topic: PUBACK has no such field"},
		{"corrupt outside", fault.Rule{Action: fault.Corrupt{Byte: 4, Xor: 1}}, "byte 4 is outside of PUBACK id=1"},
		{"set of a field the packet lacks", fault.Rule{Action: fault.Set{Fields: map[string]any{"topic": "t"}}}, "set:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := fault.NewEngine(1, tt.rule)
			e.Packet(0, fault.Packet{Conn: 1, Dir: wire.ToClient, Data: puback(1).Append(nil)})
			if err := e.Err(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Err() = %v, want one with %q", err, tt.want)
			}
		})
	}
	if _, _, err := fault.NewEngine(1).Release(0, "h"); err == nil {
		t.Error("Release of an unknown name returns no error")
	}
}

// A cut refuses the connections that follow, and makes the peer forget once.
func TestCutAndWhatFollows(t *testing.T) {
	e := fault.NewEngine(1, fault.Rule{Match: fault.Match{Nth: 2}, Action: fault.Cut{How: fault.RST, Refuse: 2, Forget: true}})
	var watched []int
	e.Watch = func(p fault.Packet) { watched = append(watched, p.Conn) }
	feedOne := func() { e.Packet(0, fault.Packet{Conn: 1, Dir: wire.ToClient, Data: puback(1).Append(nil)}) }
	refused := func() bool { _, r := e.Refuse(1); return r }
	if feedOne(); refused() || e.Forgets() {
		t.Error("before the cut a connection is refused, or the peer forgets")
	}
	feedOne()
	if got := []bool{refused(), refused(), refused()}; !got[0] || !got[1] || got[2] {
		t.Error("the cut does not refuse exactly two connections")
	}
	if first, second := e.Forgets(), e.Forgets(); !first || second {
		t.Error("the peer does not forget exactly once")
	}
	if len(watched) != 2 {
		t.Errorf("Watch was called for %v, want two packets", watched)
	}
}

// A merge keeps the end of the connection that another rule makes of what it waits for, and waits for no more.
func TestMergeEnds(t *testing.T) {
	acks := []in{down(puback(1)), down(puback(2)), down(puback(3))}
	for _, tt := range []struct {
		name   string
		action fault.Action
		want   []string
	}{
		{"cut before", fault.Cut{How: fault.RST}, []string{"1s < PUBACK id=1 then rst", "2s < PUBACK id=3"}},
		{"cut within", fault.Cut{At: 1, How: fault.FIN}, []string{"1s < 40 02 00 01 40 then fin", "2s < PUBACK id=3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := fault.NewEngine(1, fault.Rule{Match: fault.Match{Nth: 2}, Action: tt.action}, fault.Rule{Match: fault.Match{Nth: 1}, Action: fault.Merge{Count: 3}})
			got, _ := feed(e, acks)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("handed over (-want +got):\n%s", diff)
			}
		})
	}
}
