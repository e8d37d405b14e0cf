package swarm

import (
	"fmt"
	"slices"
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/sweep"
	"umqtt/harness/wire"
)

// An Action is one thing that a script can do: a few steps of a scenario.
type Action struct {
	Name  string
	Fault bool // it is no call of the client's, and nothing of the others' at the broker
	Weak  bool // no TCP and no conforming server does it
	Odd   bool // only scripts of the unusual kind have it
	Aside bool // a seed chooses it apart from the others
	Needs spec.Feature

	do func(*Script, Source) bool
}

// Actions returns all actions. The slice is the caller's.
func Actions() []Action { return slices.Clone(actions) }

// Possible reports whether the script may have the action.
func (a Action) Possible(s *Script) bool {
	return (a.Needs == "" || s.has(a.Needs)) && (s.weak || !a.Weak) && (s.odd || !a.Odd)
}

// Add adds an action to a script, with what the source chooses. It reports false, and adds nothing, where the action
// means nothing at that place.
func (s *Script) Add(a Action, src Source) bool {
	if !a.Possible(s) || s.actions >= MaxActions || a.Fault && s.faults >= MaxFaults || s.apart(a.Name) || !a.do(s, src) {
		return false
	}
	s.actions++
	if a.Fault {
		s.faults++
	}
	s.done[a.Name] = true
	return true
}

// apart reports whether a script has an action beside which another one cannot stand.
func (s *Script) apart(name string) bool {
	return slices.ContainsFunc(apart, func(p pair) bool { return p.one == name && s.done[p.other] || p.other == name && s.done[p.one] })
}

// A pair is two actions that no script has beside one another, for a reason.
type pair struct{ one, other, why string }

var apart = []pair{
	{"lost", "code", "The embedded broker makes a new session, and only then a refusal is put in the place of its CONNACK: the next one says that a session is there, which no server says that has refused."},
	{"restart-lost", "code", "As above."},
	{"lost", "unavailable", "As above."},
	{"restart-lost", "unavailable", "As above."},
	{"cut at QoS 2", "code", "As above: such a cut may lose the session."},
	{"cut at QoS 2", "unavailable", "As above."},
	{"lost", "stall", "A CONNECT that was stalled can come to the broker behind the client's next connection, and make a session of which that knows nothing."},
	{"restart-lost", "stall", "As above."},
	{"lost", "stall now", "As above."},
	{"restart-lost", "stall now", "As above."},
	{"cut at QoS 2", "stall", "As above."},
	{"cut at QoS 2", "stall now", "As above."},
}

var actions []Action

func init() {
	actions = []Action{
		{Name: "publish", do: (*Script).publish},
		{Name: "burst", do: (*Script).burst},
		{Name: "publish at QoS 2", Needs: spec.QoS2, do: (*Script).publishTwo},
		{Name: "subscribe", do: (*Script).subscribe},
		{Name: "unsubscribe", Needs: spec.Unsubscribe, do: (*Script).unsubscribe},
		{Name: "witness", do: (*Script).witness},
		{Name: "echo", Needs: spec.NestedPublish, do: (*Script).echo},
		{Name: "ping", Needs: spec.ExplicitPing, do: (*Script).ping},
		{Name: "come back", do: (*Script).comeBack},
		{Name: "restart", do: (*Script).restart},
		{Name: "wait", do: (*Script).wait},
		{Name: "cut now", Fault: true, do: (*Script).cutNow},
		{Name: "stall now", Fault: true, do: (*Script).stallNow},
		{Name: "heal", Fault: true, do: (*Script).heal},
		{Name: "away", Fault: true, do: (*Script).away},
		{Name: "refuse", Fault: true, do: (*Script).refuse},
	}
	for _, k := range sweep.Kinds() {
		actions = append(actions, Action{Name: string(k), Fault: true, Weak: k.Weak(), do: func(s *Script, src Source) bool { return s.arm(k, src) }})
	}
	for _, a := range slices.Concat(unusual(), tempting(), misbehaving(), exchanges()) {
		a.Odd = true
		actions = append(actions, a)
	}
	actions = append(actions, Action{Name: "process dies", Fault: true, Aside: true, Needs: spec.KeepsInStore, do: (*Script).dies})
}

func (s *Script) publish(src Source) bool {
	s.say(src, pick(src, 1, 1, 1, 0))
	return true
}

func (s *Script) say(src Source, qos int) {
	topic := pick(src, "t/out", "t/out", "t/in", "t/echo/1")
	s.step("client publish", scenario.Args{"topic": topic, "qos": qos, "payload": s.payload(src)})
}

func (s *Script) publishTwo(src Source) bool {
	s.need(spec.QoS2)
	s.say(src, 2)
	return true
}

func (s *Script) burst(src Source) bool {
	for range 2 + src.IntN(4) {
		s.say(src, 1)
	}
	return true
}

func (s *Script) subscribe(src Source) bool {
	qos := pick(src, 1, 1, 0)
	if s.has(spec.QoS2) && chance(src, 6) {
		s.need(spec.QoS2)
		qos = 2
	}
	filter := pick(src, "t/in", "t/echo/+", "t/in/#")
	if !slices.Contains(s.filters, filter) {
		s.filters = append(s.filters, filter)
	}
	s.step("client subscribe", scenario.Args{"filter": filter, "qos": qos})
	return true
}

func (s *Script) unsubscribe(src Source) bool {
	if len(s.filters) == 0 {
		return false
	}
	i := src.IntN(len(s.filters))
	s.need(spec.Unsubscribe)
	s.step("client unsubscribe", scenario.Args{"filter": s.filters[i]})
	s.filters = slices.Delete(s.filters, i, i+1)
	return true
}

func (s *Script) witness(src Source) bool {
	for range 1 + src.IntN(3) {
		topic := pick(src, "t/in", "t/in", "t/echo/1", "t/in/1")
		s.step("witness publish", scenario.Args{"topic": topic, "qos": pick(src, 1, 1, 1, 0), "payload": s.payload(src)})
	}
	return true
}

// echo has the callback publish, often to what is subscribed to, so that the callback is called again within.
func (s *Script) echo(src Source) bool {
	if s.echoes == 3 {
		return false
	}
	s.echoes++
	s.need(spec.NestedPublish)
	if s.has(spec.SeveralInFlight) {
		s.need(spec.SeveralInFlight)
	}
	when := pick(src, "t/in", fmt.Sprintf("t/echo/%d", s.echoes))
	topic := pick(src, fmt.Sprintf("t/echo/%d", s.echoes+1), "t/out")
	s.step("client on_message", scenario.Args{"do": "publish", "topic": topic, "qos": 1, "payload": s.payload(src), "when": when})
	return true
}

func (s *Script) ping(Source) bool {
	s.need(spec.ExplicitPing)
	s.step("client ping", nil)
	return true
}

func (s *Script) comeBack(src Source) bool {
	s.step("client disconnect", nil)
	if chance(src, 8) {
		s.step("witness publish", scenario.Args{"topic": "t/in", "qos": 1, "payload": s.payload(src)})
	}
	s.step("client connect", nil)
	return true
}

func (s *Script) restart(src Source) bool {
	s.step("client abort", nil)
	s.pause(pick(src, 0, time.Second))
	s.step("client connect", nil)
	return true
}

func (s *Script) wait(src Source) bool {
	s.pause(pick(src, 100*time.Millisecond, time.Second, 4*time.Second, 12*time.Second))
	return true
}

func (s *Script) pause(d time.Duration) {
	if d > 0 {
		s.step("wait", scenario.Args{"for": d})
	}
}

func (s *Script) cutNow(src Source) bool {
	s.step("fault cut", scenario.Args{"how": pick(src, "fin", "rst")})
	return true
}

func (s *Script) stallNow(src Source) bool {
	s.stalls = true
	s.step("fault stall", scenario.Args{"dir": pick(src, "both", "to_server", "to_client")})
	return true
}

func (s *Script) heal(Source) bool {
	if !s.stalls {
		return false
	}
	s.stalls = false
	s.step("fault heal", nil)
	return true
}

// away takes the broker away for a while, or until it is called again.
func (s *Script) away(src Source) bool {
	if s.down {
		s.step("fault up", nil)
		s.down = false
		return true
	}
	s.step("fault down", nil)
	if s.down = chance(src, 4); !s.down {
		s.say(src, 1)
		s.pause(2 * time.Second)
		s.step("fault up", nil)
	}
	return true
}

func (s *Script) refuse(src Source) bool {
	key := pick(src, "fault refuse", "fault accept_close")
	s.step(key, scenario.Args{"count": 1 + src.IntN(2)})
	return true
}

// arm arms a fault of a sweep at one of the next packets.
func (s *Script) arm(k sweep.Kind, src Source) bool {
	f := sweep.Fault{Kind: k, Dir: pick(src, wire.ToServer, wire.ToClient), Nth: 1 + src.IntN(5), At: pick(src, 0, 1, 2, 3, 4, 5, 8, 11, 16, 40)}
	switch k {
	case sweep.Delay:
		f.By = pick(src, 500*time.Millisecond, 3500*time.Millisecond, 6500*time.Millisecond, 11*time.Second)
	case sweep.Code:
		f.Dir, f.Nth, f.Value = wire.ToClient, 1+src.IntN(2), 1+src.IntN(5)
	case sweep.Present:
		f.Dir, f.Nth, f.Value = wire.ToClient, 1+src.IntN(2), src.IntN(2)
	case sweep.Corrupt:
		f.At, f.Value = src.IntN(2), 1<<src.IntN(8) // no packet is shorter
	}
	st := f.Step()
	if k == sweep.Hold {
		s.holds++
		st.Args["name"] = fmt.Sprintf("held%d", s.holds)
	}
	s.sc.Steps = append(s.sc.Steps, st)
	return true
}
