package robust_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// step is a packet of the program's at which a fault strikes.
type step struct {
	name  string
	match fault.Match
	half  int // bytes of it that get through when the fault comes within it
}

// nth is a match with the nth of such packets.
func nth(n int, m fault.Match) fault.Match {
	m.Nth = n
	return m
}

// steps are those of program.run, each once.
var steps = []step{
	{"CONNECT", fault.Match{Type: wire.CONNECT}, 9},
	{"CONNACK", fault.Match{Type: wire.CONNACK}, 3},
	{"SUBSCRIBE", fault.Match{Type: wire.SUBSCRIBE}, 5},
	{"SUBACK", fault.Match{Type: wire.SUBACK}, 4},
	{"UNSUBSCRIBE", fault.Match{Type: wire.UNSUBSCRIBE}, 5},
	{"UNSUBACK", fault.Match{Type: wire.UNSUBACK}, 3},
	{"PUBLISH", fault.Match{Type: wire.PUBLISH, Dirs: fault.ToServer}, 8},
	{"PUBACK", fault.Match{Type: wire.PUBACK, Dirs: fault.ToClient}, 1},
	{"PUBLISH QoS 0", fault.Match{Type: wire.PUBLISH, Dirs: fault.ToServer, Fields: map[string]any{"qos": 0}}, 1},
	{"PINGREQ", fault.Match{Type: wire.PINGREQ}, 1},
	{"PINGRESP", fault.Match{Type: wire.PINGRESP}, 1},
	{"PUBLISH inbound", fault.Match{Type: wire.PUBLISH, Dirs: fault.ToClient}, 8},
	{"PUBLISH in the callback", fault.Match{Type: wire.PUBLISH, Dirs: fault.ToServer, Fields: map[string]any{"topic": "out/nested"}}, 8},
	{"PUBACK in the callback", nth(2, fault.Match{Type: wire.PUBACK, Dirs: fault.ToClient}), 3},
	{"SUBSCRIBE in the callback", nth(3, fault.Match{Type: wire.SUBSCRIBE}), 6},
	{"SUBACK in the callback", nth(3, fault.Match{Type: wire.SUBACK}), 2},
	{"PUBACK outbound", fault.Match{Type: wire.PUBACK, Dirs: fault.ToServer}, 2},
	{"DISCONNECT", fault.Match{Type: wire.DISCONNECT, Dirs: fault.ToServer}, 1},
}

// point is where in a packet a fault strikes.
type point string

const (
	before point = "before"
	within point = "within"
	after  point = "after"
)

// trouble is a fault: how the connection ends, and what the attempts to connect
// that follow meet.
type trouble struct {
	name string
	how  fault.Ending // NoEnding: it stalls, and nobody is told
	then []fault.Rule
	code int // of a CONNACK that refuses for good
}

var troubles = []trouble{
	{"EOF", fault.FIN, nil, 0},
	{"RST", fault.RST, nil, 0},
	{"stall", fault.NoEnding, nil, 0},
	{"then refused", fault.FIN, []fault.Rule{{Action: fault.Refuse{Count: 2}}}, 0},
	{"then accepted and closed", fault.FIN, []fault.Rule{{Action: fault.AcceptClose{Count: 2, How: fault.FIN}}}, 0},
	{"then accepted and reset", fault.RST, []fault.Rule{{Action: fault.AcceptClose{Count: 2, How: fault.RST}}}, 0},
	{"then CONNACK 1", fault.FIN, connacks(1, 1), 1},
	{"then CONNACK 2", fault.RST, connacks(2, 1), 2},
	{"then CONNACK 3", fault.FIN, connacks(3, 2), 0},
	{"then CONNACK 4", fault.FIN, connacks(4, 1), 4},
	{"then CONNACK 5", fault.RST, connacks(5, 1), 5},
}

// connacks makes the next CONNACKs refuse.
func connacks(code, count int) []fault.Rule {
	var rules []fault.Rule
	for n := range count {
		rules = append(rules, fault.Rule{
			Match:  fault.Match{Type: wire.CONNACK, Nth: n + 1},
			Action: fault.Set{Fields: map[string]any{"code": code, "session_present": false}},
		})
	}
	return rules
}

// memory is what becomes of the session.
type memory string

const (
	kept  memory = "kept"  // clean session off
	lost  memory = "lost"  // clean session off, and the broker forgets it with the fault
	clean memory = "clean" // clean session on
)

// sweepLimit is what Within bounds each call to.
const sweepLimit = 15 * time.Second

var sweepPolicies = []struct {
	name   string
	policy robust.Policy
}{
	{"forever", robust.Forever(robust.Backoff{Max: 8 * time.Second})},
	{"within", robust.Within(sweepLimit)},
	{"best effort", robust.BestEffort()},
}

// Every fault at every step of a session, with every kind of session and policy. Every fifth of these cases is played,
// and all where the traces are written, as make determinism does.
func TestSweep(t *testing.T) {
	cases, played := 0, 0
	t.Run("", func(t *testing.T) {
		for _, policy := range sweepPolicies {
			for _, m := range []memory{kept, lost, clean} {
				for _, st := range steps {
					for _, tr := range troubles {
						for _, pt := range []point{before, within, after} {
							if cases++; *tracesFile == "" && cases%5 != 0 {
								continue
							}
							played++
							t.Run(fmt.Sprintf("%s/%s/%s/%s/%s", policy.name, m, st.name, pt, tr.name), func(t *testing.T) {
								t.Parallel()
								sweep(t, policy.policy, m, st, tr, pt)
							})
						}
					}
				}
			}
		}
	})
	t.Logf("%d of %d cases", played, cases)
}

func sweep(t *testing.T, policy robust.Policy, m memory, st step, tr trouble, pt point) {
	var p *program
	onSite(t, robust.Config{
		Config: client.Config{
			KeepAlive: 10 * time.Second, ConnectTimeout: 5 * time.Second,
			OnOutcome: func(id uint16, err error) { p.outcome(id, err) },
		},
		Policy: policy,
		Rand:   middle{},
	}, func(s *site) {
		p = &program{site: s, policy: policy, memory: m, code: tr.code, got: map[string]byte{}, posted: map[uint16]string{}}
		s.onMsg = p.message
		p.arm(st, tr, pt)
		s.dialled = func() { p.dial(tr) }
		s.run(p.run)
		s.pass(2 * time.Second)
		if err := s.link.Err(); err != nil {
			t.Fatal(err)
		}
		if !p.struck {
			t.Error("the fault did not strike")
		}
		for _, payload := range p.done {
			if !s.witness.saw(payload) {
				t.Errorf("Publish reported %q done, and the witness did not see it", payload)
			}
		}
		if s.open > 0 || len(s.link.Open()) > 0 {
			t.Errorf("after Disconnect %d connections are open: %d", s.open, s.link.Open())
		}
	})
}

// arm prepares the fault. What follows it is armed as soon as it has struck, and
// the broker forgets the session.
func (p *program) arm(st step, tr trouble, pt point) {
	match := st.match
	match.Nth = max(match.Nth, 1)
	at := map[point]int{before: 0, within: st.half, after: 1 << 20}[pt]
	var action fault.Action = fault.Cut{At: at, How: tr.how}
	if tr.how == fault.NoEnding {
		action = fault.Stall{}
		if pt != before { // the rest is stalled when that much has passed
			action = fault.Split{Sizes: []int{at, 1 << 20}}
		}
	}
	p.link.Arm(fault.Rule{Match: match, Action: action})
	name := "fault " + action.Name()
	p.each = func() {
		conn, _ := p.noted(name)
		if conn == 0 {
			return
		}
		p.each, p.struck = nil, true
		if tr.how == fault.NoEnding {
			p.must(p.link.Stall(conn, fault.BothWays))
		}
		for _, r := range tr.then {
			p.link.Arm(r)
		}
		if p.memory == lost {
			p.forget()
			p.each = p.forgetful()
		}
	}
}

// forgetful forgets again what a CONNECT has left at the broker that was refused
// only by the proxy.
func (s *site) forgetful() func() {
	refused := 0
	return func() {
		if _, n := s.noted("fault set"); n > refused {
			refused = n
			s.forget()
		}
	}
}

// noted counts a fault in the capture, and returns the last connection that it was
// noted for.
func (s *site) noted(prefix string) (conn, count int) {
	for _, r := range s.rec.Since(0) {
		if strings.HasPrefix(r.Text, prefix) {
			conn = r.Conn
			count++
		}
	}
	return conn, count
}

// forget makes the broker forget the client's session, by a connection with clean
// session that nobody sees.
func (s *site) forget() {
	c, err := s.l.Dial(s.ctx)
	s.must(err)
	for _, p := range []wire.Packet{
		&wire.Connect{ProtocolName: wire.ProtocolName, ProtocolLevel: wire.ProtocolLevel, CleanSession: true, ClientID: "c"},
		&wire.Disconnect{},
	} {
		_, err = c.Write(p.Append(nil))
		s.must(err)
		synctest.Wait()
	}
	_ = c.Close()
	synctest.Wait()
}
