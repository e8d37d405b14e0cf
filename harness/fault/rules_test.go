package fault_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// pass returns what becomes of a packet of connection conn.
func pass(e *fault.Engine, conn int, p wire.Packet) []string {
	outs, _ := e.Packet(0, fault.Packet{Conn: conn, Dir: wire.ToServer, Data: p.Append(nil)})
	return described(outs)
}

func described(outs []fault.Out) []string {
	got := []string{}
	for _, o := range outs {
		got = append(got, wire.Describe(o.Data))
	}
	return got
}

// A rule that is removed applies no more, and what it held is handed over.
func TestRemove(t *testing.T) {
	e := fault.NewEngine(1)
	drop, err := e.Add(fault.Rule{Match: fault.Match{Type: wire.PINGREQ}, Action: fault.Drop{}})
	if err != nil {
		t.Fatal(err)
	}
	hold, err := e.Add(fault.Rule{Name: "h", Match: fault.Match{Type: wire.DISCONNECT}, Action: fault.Hold{}})
	if err != nil {
		t.Fatal(err)
	}
	refuse, err := e.Add(fault.Rule{Action: fault.Refuse{Count: 3}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Add(fault.Rule{Action: fault.Split{}}); err == nil {
		t.Error("a rule that Check refuses was added")
	}
	pass(e, 1, &wire.Pingreq{})
	pass(e, 1, &wire.Disconnect{})
	e.Refuse(0)
	if got := []int{e.Hits(drop), e.Hits(hold), e.Hits(refuse)}; !cmp.Equal(got, []int{1, 1, 1}) {
		t.Errorf("hits %v, want one of each", got)
	}
	e.Remove(0, drop)
	if diff := cmp.Diff([]string{"DISCONNECT"}, described(e.Remove(time.Second, hold))); diff != "" {
		t.Errorf("held (-want +got):\n%s", diff)
	}
	e.Remove(0, refuse)
	if diff := cmp.Diff([]string{"PINGREQ"}, pass(e, 1, &wire.Pingreq{})); diff != "" {
		t.Errorf("passes (-want +got):\n%s", diff)
	}
	if _, refused := e.Refuse(0); refused || !e.Quiet() {
		t.Errorf("refused %t, quiet %t; want no rule to be left", refused, e.Quiet())
	}
}

// Holds keep no more than MaxHeld bytes; a connection that is over gives its room back.
func TestMaxHeld(t *testing.T) {
	e := fault.NewEngine(1, fault.Rule{Name: "h", Action: fault.Hold{}})
	e.MaxHeld = 3
	if got := pass(e, 1, &wire.Pingreq{}); len(got) != 0 {
		t.Errorf("the first packet passes: %v", got)
	}
	if got := pass(e, 2, &wire.Pingreq{}); len(got) != 1 {
		t.Error("a packet above the bound is held")
	}
	e.Closed(1)
	if e.Held("h") {
		t.Error("a packet of a connection that is over is held")
	}
	if got := pass(e, 2, &wire.Pingreq{}); len(got) != 0 {
		t.Errorf("a packet passes although there is room: %v", got)
	}
}
