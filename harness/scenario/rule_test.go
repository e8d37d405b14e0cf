package scenario

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

func TestRule(t *testing.T) {
	resolve := bound(map[Var]any{"id": 7, "t": "a/b", "who": "c9"})
	publish := fault.Match{Type: wire.PUBLISH}
	for _, test := range []struct {
		step   string
		want   fault.Rule
		atOnce bool
	}{
		{"drop: {packet: PUBLISH, dir: to_server, conn: 1, nth: 2, topic: $t, packet_id: $id, probability: 0.5, name: d}", fault.Rule{
			Name: "d",
			Match: fault.Match{Type: wire.PUBLISH, Dirs: fault.ToServer, Conn: 1, Nth: 2, Probability: 0.5,
				Fields: map[string]any{"topic": "a/b", "packet_id": 7}},
			Action: fault.Drop{}}, false},
		{"drop:", fault.Rule{Action: fault.Drop{}}, false},
		{"delay: {packet: PUBLISH, by: 1s}", fault.Rule{Match: publish, Action: fault.Delay{By: time.Second}}, false},
		{"hold: {packet: PUBLISH, name: h}", fault.Rule{Name: "h", Match: publish, Action: fault.Hold{}}, false},
		{"duplicate: {packet: PUBLISH, times: 2}", fault.Rule{Match: publish, Action: fault.Duplicate{Times: 2}}, false},
		{"duplicate: {packet: PUBLISH}", fault.Rule{Match: publish, Action: fault.Duplicate{Times: 1}}, false},
		{"swap: {packet: PUBLISH}", fault.Rule{Match: publish, Action: fault.Swap{}}, false},
		{"corrupt: {packet: PUBLISH, byte: -1, xor: 0x80}", fault.Rule{Match: publish, Action: fault.Corrupt{Byte: -1, Xor: 0x80}}, false},
		{"corrupt: {packet: PUBLISH, xor: 1}", fault.Rule{Match: publish, Action: fault.Corrupt{Xor: 1}}, false},
		{"truncate: {packet: PUBLISH, to: 3}", fault.Rule{Match: publish, Action: fault.Truncate{To: 3}}, false},
		{"replace: {packet: PUBLISH, with: c0 00}", fault.Rule{Match: publish, Action: fault.Replace{With: []byte{0xc0, 0}}}, false},
		{"set: {packet: PUBLISH, set: {dup: true, packet_id: $id, payload_hex: ff}}", fault.Rule{Match: publish,
			Action: fault.Set{Fields: map[string]any{"dup": true, "packet_id": 7, "payload": "\xff"}}}, false},
		{"set: {packet: CONNECT, set: {keep_alive: 1m, client_id: $who, username: null}}", fault.Rule{Match: fault.Match{Type: wire.CONNECT},
			Action: fault.Set{Fields: map[string]any{"keep_alive": 60, "client_id": "c9", "username": nil}}}, false},
		{"inject: {packet: PUBLISH, data: d0 00, before: true}", fault.Rule{Match: publish, Action: fault.Inject{Data: []byte{0xd0, 0}, Before: true}}, false},
		{"split: {packet: PUBLISH, sizes: [1, 2]}", fault.Rule{Match: publish, Action: fault.Split{Sizes: []int{1, 2}}}, false},
		{"merge: {packet: PUBLISH}", fault.Rule{Match: publish, Action: fault.Merge{Count: 2}}, false},
		{"cut: rst", fault.Rule{Action: fault.Cut{At: -1, How: fault.RST}}, true},
		{"cut: {how: half, dir: to_client, conn: 2}", fault.Rule{Match: fault.Match{Conn: 2, Dirs: fault.ToClient}, Action: fault.Cut{At: -1, How: fault.HalfClose}}, true},
		{"cut: {how: fin, packet: PUBLISH, at: 0}", fault.Rule{Match: publish, Action: fault.Cut{How: fault.FIN}}, false},
		{"cut: {how: fin, nth: 3}", fault.Rule{Match: fault.Match{Nth: 3}, Action: fault.Cut{At: -1, How: fault.FIN}}, false},
		{"stall: to_client", fault.Rule{Action: fault.Stall{Dirs: fault.ToClient}}, true},
		{"stall:", fault.Rule{Action: fault.Stall{}}, true},
		{"stall: {packet: PUBLISH, dir: to_client}", fault.Rule{Match: publish, Action: fault.Stall{Dirs: fault.ToClient}}, false},
		{"refuse: 2", fault.Rule{Action: fault.Refuse{Count: 2}}, false},
		{"accept_close:", fault.Rule{Action: fault.AcceptClose{Count: 1, How: fault.FIN}}, false},
		{"accept_close: {count: 3, how: rst}", fault.Rule{Action: fault.AcceptClose{Count: 3, How: fault.RST}}, false},
		{"latency: {by: 10ms, conn: 1, dir: to_server}", fault.Rule{Match: fault.Match{Conn: 1, Dirs: fault.ToServer}, Action: fault.Latency{By: 10 * time.Millisecond}}, false},
		{"jitter: {max: 20ms}", fault.Rule{Action: fault.Jitter{Max: 20 * time.Millisecond}}, false},
		{"bandwidth: {rate: 100}", fault.Rule{Action: fault.Bandwidth{Rate: 100}}, false},
	} {
		t.Run(test.step, func(t *testing.T) {
			steps := parseSteps(t, "  - expect PUBLISH: {packet_id: $id, topic: $t}\n  - expect CONNECT: {client_id: $who}\n  - fault "+test.step+"\n")
			got, err := Rule(steps[2], resolve)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("rule (-want +got):\n%s", diff)
			}
			if AtOnce(steps[2]) != test.atOnce {
				t.Errorf("at once: %v", !test.atOnce)
			}
		})
	}
}

// Every fault makes a rule, but those that undo one.
func TestRuleForEveryFault(t *testing.T) {
	undo := map[string]bool{"fault release": true, "fault heal": true, "fault down": true, "fault up": true, "fault clock": true}
	resolve := func(name Var) (any, error) {
		return map[Var]any{"id": 7, "t": "a/b", "who": "c9"}[name], nil
	}
	for _, s := range mustParse(t, "testdata/good/faults.yaml").Steps {
		if !strings.HasPrefix(s.Key, "fault ") {
			continue
		}
		r, err := Rule(s, resolve)
		if undo[s.Key] {
			if err == nil || !strings.HasSuffix(err.Error(), s.Key+" makes no rule") {
				t.Errorf("%v: %s: %v", s.Pos, s.Key, err)
			}
		} else if err != nil {
			t.Errorf("%v: %v", s.Pos, err)
		} else if got := "fault " + r.Action.Name(); got != s.Key {
			t.Errorf("%v: %s makes a %s", s.Pos, s.Key, got)
		}
	}
}

func TestRuleErrors(t *testing.T) {
	pos := Pos{"x.yaml", 3, 5}
	for _, test := range []struct {
		reason string
		step   Step
		want   string
	}{
		{"no fault", Step{Pos: pos, Key: "wait"}, "x.yaml:3:5: wait makes no rule"},
		{"unbound matcher", Step{Pos: pos, Key: "fault drop", Args: Args{"topic": Var("t")}}, "x.yaml:3:5: topic: $t is unbound"},
		{"unbound change", Step{Pos: pos, Key: "fault set", Args: Args{"packet": wire.PUBACK, "set": map[string]any{"packet_id": Var("t")}}}, "x.yaml:3:5: set.packet_id: $t is unbound"},
		{"change of another kind", Step{Pos: pos, Key: "fault set", Args: Args{"packet": wire.PUBACK, "set": map[string]any{"packet_id": "x"}}}, "x.yaml:3:5: set.packet_id: PUBACK packet_id: want uint16"},
		{"unknown change", Step{Pos: pos, Key: "fault set", Args: Args{"packet": wire.PUBACK, "set": map[string]any{"topic": "x"}}}, "x.yaml:3:5: topic: a PUBACK has no such field"},
		{"rule out of bounds", Step{Pos: pos, Key: "fault delay", Args: Args{}}, "x.yaml:3:5: fault: delay: by: "},
	} {
		t.Run(test.reason, func(t *testing.T) {
			if _, err := Rule(test.step, bound(nil)); err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
