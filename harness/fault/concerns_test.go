package fault_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// concerned returns the packet types of which Concerned has: "all", or the names of some.
func concerned(e *fault.Engine, conn int, dir wire.Direction) string {
	s, names := e.Concerned(conn, dir), ""
	n := 0
	for t := range wire.Type(16) {
		if s.Has(t) {
			n++
			names += " " + t.String()
		}
	}
	if n == 16 {
		return "all"
	}
	return names
}

// A rule concerns the type, the direction and the connection of its matcher, until it has had its packet.
func TestConcerned(t *testing.T) {
	match := func(m fault.Match) fault.Rule { return fault.Rule{Match: m, Action: fault.Drop{}} }
	for _, tt := range []struct {
		name               string
		rules              []fault.Rule
		toServer, toClient string
		other              string // connection 2, to the server
	}{
		{"no rule", nil, "", "", ""},
		{"a type", []fault.Rule{match(fault.Match{Type: wire.PUBLISH})}, " PUBLISH", " PUBLISH", " PUBLISH"},
		{"any type", []fault.Rule{match(fault.Match{})}, "all", "all", "all"},
		{"a direction", []fault.Rule{match(fault.Match{Type: wire.PUBLISH, Dirs: fault.ToServer})}, " PUBLISH", "", " PUBLISH"},
		{"a connection", []fault.Rule{match(fault.Match{Type: wire.PUBLISH, Conn: 1})}, " PUBLISH", " PUBLISH", ""},
		{"two rules", []fault.Rule{match(fault.Match{Type: wire.PUBLISH}), match(fault.Match{Type: wire.PUBACK, Conn: 1})}, " PUBLISH PUBACK", " PUBLISH PUBACK", " PUBLISH"},
		{"a rule of connections", []fault.Rule{{Action: fault.Refuse{}}}, "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := fault.NewEngine(1, tt.rules...)
			got := []string{concerned(e, 1, wire.ToServer), concerned(e, 1, wire.ToClient), concerned(e, 2, wire.ToServer)}
			if diff := cmp.Diff([]string{tt.toServer, tt.toClient, tt.other}, got); diff != "" {
				t.Errorf("concerned (-want +got):\n%s", diff)
			}
		})
	}
}

// What Concerned returns changes with the packets and the rules.
func TestConcernedChanges(t *testing.T) {
	e := fault.NewEngine(1)
	want := func(when, types string) {
		t.Helper()
		if got := concerned(e, 1, wire.ToServer); got != types {
			t.Errorf("%s: concerned %q, want %q", when, got, types)
		}
	}
	id, err := e.Add(fault.Rule{Match: fault.Match{Type: wire.PUBLISH, Nth: 2}, Action: fault.Swap{}})
	if err != nil {
		t.Fatal(err)
	}
	want("at first", " PUBLISH")
	pass(e, 1, &wire.Publish{Topic: "a"})
	want("before the second PUBLISH", " PUBLISH")
	pass(e, 1, &wire.Publish{Topic: "b"})
	want("while a packet waits for the next one", "all")
	if diff := cmp.Diff([]string{"PINGREQ", `PUBLISH qos=0 dup=0 retain=0 topic="b" payload=""`}, pass(e, 1, &wire.Pingreq{})); diff != "" {
		t.Errorf("swapped (-want +got):\n%s", diff)
	}
	want("after the second PUBLISH", "")
	e.Remove(0, id)
	e.Watch = func(fault.Packet) {}
	want("with Watch", "all")
}

// A driver that asks only about the packets that are concerned delivers the same bytes, and records the same events, as
// one that asks about each.
func TestConcernedIsEnough(t *testing.T) {
	packets := []wire.Packet{&wire.Publish{Topic: "t", Payload: []byte("hello")}, &wire.Publish{Topic: "t", QoS: 1, PacketID: 7},
		&wire.Puback{PacketID: 7}, &wire.Pingreq{}, &wire.Pingresp{}}
	actions := []fault.Action{fault.Drop{}, fault.Duplicate{}, fault.Swap{}, fault.Merge{Count: 2}, fault.Hold{}, fault.Truncate{To: 2},
		fault.Corrupt{Byte: -1, Xor: 1}, fault.Inject{Data: []byte{0xc0, 0}}, fault.Replace{With: []byte{0xd0, 0}}, fault.Split{Sizes: []int{1}},
		fault.Delay{By: time.Second}, fault.Latency{By: time.Second}}
	types := []wire.Type{0, wire.PUBLISH, wire.PUBACK, wire.PINGREQ}
	skipped := 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		var rules []fault.Rule
		for range 1 + r.IntN(3) {
			rules = append(rules, fault.Rule{Name: "r", Action: actions[r.IntN(len(actions))], Match: fault.Match{
				Type: types[r.IntN(len(types))], Dirs: fault.Dirs(r.IntN(3)), Conn: r.IntN(3), Nth: r.IntN(4)}})
		}
		each, some := fault.NewEngine(seed, rules...), fault.NewEngine(seed, rules...)
		for _, e := range []*fault.Engine{each, some} {
			if e.Err() != nil {
				t.Fatalf("seed %d: %v", seed, e.Err())
			}
		}
		streams := [2]map[string]string{{}, {}}
		deliver := func(k int, outs []fault.Out, events []fault.Event) {
			for _, o := range outs {
				streams[k][fmt.Sprint(o.Conn, o.Dir)] += fmt.Sprintf("% x|", o.Data)
			}
			for _, e := range events {
				streams[k]["events"] += fmt.Sprintln(e.Conn, e.Text)
			}
		}
		for n := range 30 {
			p := fault.Packet{Conn: 1 + r.IntN(2), Dir: wire.Direction(r.IntN(2)), Data: packets[r.IntN(len(packets))].Append(nil)}
			now := time.Duration(n) * time.Millisecond
			outs, events := each.Packet(now, p)
			deliver(0, outs, events)
			if some.Concerned(p.Conn, p.Dir).Has(wire.TypeOf(p.Data)) {
				outs, events = some.Packet(now, p)
				deliver(1, outs, events)
			} else {
				deliver(1, []fault.Out{{Conn: p.Conn, Dir: p.Dir, Data: p.Data}}, nil)
				skipped++
			}
		}
		if diff := cmp.Diff(streams[0], streams[1]); diff != "" {
			t.Fatalf("seed %d, rules %+v: delivered (-each +concerned):\n%s", seed, rules, diff)
		}
	}
	if skipped < 1000 {
		t.Errorf("only %d packets were not asked about", skipped)
	}
}
