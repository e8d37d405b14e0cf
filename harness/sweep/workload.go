package sweep

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// A Workload is what a program does with a client: a scenario with an oracle and without faults of its own, but
// for an outage that it lives through.
type Workload struct {
	Name  string
	Doc   string
	needs string
	clean bool
	steps string

	given *scenario.Scenario // one of the caller's
}

// Workloads returns the built-in workloads. The slice is the caller's.
func Workloads() []Workload { return slices.Clone(workloads) }

var workloads = []Workload{
	{Name: "publish", Doc: "publishes at QoS 1, one message behind the other", needs: "qos1", steps: `
  - client connect:
  - client publish: {topic: t/out, qos: 1, payload: a1}
  - client publish: {topic: t/out, qos: 1, payload: a2}
  - client publish: {topic: t/out, payload: a3}
`},
	{Name: "pipelined", Doc: "publishes at QoS 1 without waiting", needs: "qos1, pipelining", steps: `
  - client connect:
  - client publish: {topic: t/out, qos: 1, payload: b1}
  - client publish: {topic: t/out, qos: 1, payload: b2}
  - client publish: {topic: t/out, qos: 1, payload: b3}
  - wait: 100ms
  - client publish: {topic: t/out, qos: 1, payload: b4}
`},
	{Name: "receive", Doc: "subscribes, and gets messages at QoS 1", needs: "qos1, unsubscribe", steps: `
  - client connect:
  - client subscribe: {filter: t/in, qos: 1}
  - witness publish: {topic: t/in, qos: 1, payload: c1}
  - witness publish: {topic: t/in, qos: 1, payload: c2}
  - client subscribe: {filter: t/more, qos: 0}
  - witness publish: {topic: t/in, qos: 1, payload: c3}
  - client unsubscribe: {filter: t/more}
`},
	{Name: "callback", Doc: "publishes at QoS 1 from the message callback", needs: "qos1, nested-publish", steps: `
  - client connect:
  - client subscribe: {filter: t/in/+, qos: 1}
  - client on_message: {do: publish, topic: t/out, qos: 1, payload: d3, when: t/in/1}
  - client on_message: {do: publish, topic: t/out, qos: 1, payload: d4, when: t/in/2}
  - witness publish: {topic: t/in/1, qos: 1, payload: d1}
  - witness publish: {topic: t/in/2, qos: 1, payload: d2}
`},
	{Name: "nested", Doc: "publishes to its own subscription from the message callback, which calls it again", needs: "qos1, nested-publish, several-in-flight", steps: `
  - client connect:
  - client subscribe: {filter: t/echo/+, qos: 1}
  - client on_message: {do: publish, topic: t/echo/2, qos: 1, payload: e2, when: t/echo/1}
  - client on_message: {do: publish, topic: t/echo/3, qos: 1, payload: e3, when: t/echo/2}
  - client publish: {topic: t/echo/1, qos: 1, payload: e1}
  - client publish: {topic: t/echo/0, qos: 1, payload: e4}
`},
	{Name: "outage", Doc: "publishes while the broker is away", needs: "qos1", steps: `
  - client connect:
  - client publish: {topic: t/out, qos: 1, payload: f1}
  - fault down:
  - client publish: {topic: t/out, qos: 1, payload: f2}
  - client publish: {topic: t/out, qos: 1, payload: f3}
  - wait: 2s
  - fault up:
  - client publish: {topic: t/out, qos: 1, payload: f4}
`},
	{Name: "sessions", Doc: "comes back to its session after a disconnect", needs: "qos1", steps: `
  - client connect:
  - client subscribe: {filter: t/in, qos: 1}
  - client publish: {topic: t/out, qos: 1, payload: g1}
  - client disconnect:
  - witness publish: {topic: t/in, qos: 1, payload: g2}
  - client connect:
  - client publish: {topic: t/out, qos: 1, payload: g3}
  - witness publish: {topic: t/in, qos: 1, payload: g4}
`},
	{Name: "clean", Doc: "lives with a clean session", needs: "qos1", clean: true, steps: `
  - client connect:
  - client subscribe: {filter: t/in, qos: 1}
  - client publish: {topic: t/out, qos: 1, payload: h1}
  - witness publish: {topic: t/in, qos: 1, payload: h2}
  - client publish: {topic: t/out, qos: 1, payload: h3}
`},
	{Name: "idle", Doc: "keeps a connection alive on which nothing happens", needs: "qos1, keep-alive", steps: `
  - client connect:
  - client subscribe: {filter: t/in, qos: 1}
  - wait: 5s
  - client publish: {topic: t/out, qos: 1, payload: i1}
  - wait: 5s
  - witness publish: {topic: t/in, qos: 1, payload: i2}
`},
	{Name: "outages", Doc: "lives through one loss of the connection after the other", needs: "qos1", steps: `
  - client connect:
  - client subscribe: {filter: t/in, qos: 1}
  - client publish: {topic: t/out, qos: 1, payload: j1}
  - fault cut: rst
  - wait: 3s
  - client publish: {topic: t/out, qos: 1, payload: j2}
  - fault cut: fin
  - wait: 3s
  - witness publish: {topic: t/in, qos: 1, payload: j3}
  - client publish: {topic: t/out, qos: 1, payload: j4}
`},
	{Name: "qos2", Doc: "publishes to its own subscription at QoS 2", needs: "qos1, qos2", steps: `
  - client connect:
  - client subscribe: {filter: t/echo, qos: 2}
  - client publish: {topic: t/echo, qos: 2, payload: k1}
  - client publish: {topic: t/echo, qos: 2, payload: k2}
  - witness publish: {topic: t/echo, qos: 1, payload: k3}
`},
}

// Find returns the built-in workload of a name.
func Find(name string) (Workload, bool) {
	i := slices.IndexFunc(workloads, func(w Workload) bool { return w.Name == name })
	if i < 0 {
		return Workload{}, false
	}
	return workloads[i], true
}

// FromScenario makes a workload of a scenario: of what its steps make happen. What they expect is left out, and
// what its script sends is the embedded broker's to send. A scenario with faults, or with calls that depend on
// what came before, is none.
func FromScenario(sc *scenario.Scenario) (Workload, error) {
	w := *sc
	w.Peer, w.Allow, w.Covers, w.Profile, w.Level, w.Oracle, w.World, w.Reason = scenario.Broker, nil, nil, "", scenario.May, scenario.Strong, scenario.Both, ""
	w.Steps = nil
	for _, st := range sc.Steps {
		verb, _, _ := strings.Cut(st.Key, " ")
		switch {
		case verb == "fault":
			return Workload{}, fmt.Errorf("%v: a workload has no faults of its own: a sweep adds them", st.Pos)
		case !scenario.Drives(st):
			continue
		case st.When != "":
			return Workload{}, fmt.Errorf("%v: a workload has no steps that depend on others", st.Pos)
		}
		args := maps.Clone(st.Args)
		delete(args, "as")
		w.Steps = append(w.Steps, scenario.Step{Pos: st.Pos, Key: st.Key, Args: args})
	}
	if len(w.Steps) == 0 {
		return Workload{}, fmt.Errorf("%s: no step makes anything happen", sc.File)
	}
	return Workload{Name: sc.Name, Doc: sc.Title, given: &w}, nil
}

// For returns the workload as a scenario for a subject, or why it does not play with it.
func (w Workload) For(f subject.Factory) (*scenario.Scenario, string) {
	sc := w.given
	if sc == nil {
		var err error
		if sc, err = scenario.Parse(w.Name+".yaml", []byte(w.text(f))); err != nil {
			return nil, err.Error()
		}
	}
	if f.External {
		return sc, play.Suits(sc, f, scenario.Real)
	}
	return sc, play.Suits(sc, f, scenario.Simulated)
}

// text writes a built-in workload. A subject that lets its limits be set is given short ones, so that a run takes
// less time.
func (w Workload) text(f subject.Factory) string {
	needs, limits := w.needs, ""
	if _, ok := f.Has([]spec.Feature{spec.OwnLimits}); ok {
		needs, limits = needs+", own-limits", ", ack_timeout: 3s"
	}
	clean := ""
	if !w.clean {
		needs, clean = needs+", persistent-session", ", clean_session: false"
	}
	if _, ok := f.Has([]spec.Feature{spec.KeepAlive}); ok {
		limits += ", keep_alive: 4s"
	}
	return fmt.Sprintf("title: The client %s\nlevel: may\nneeds: [%s]\npeer: broker\noracle: strong\nclient: {client_id: c1%s%s}\nsteps:%s",
		w.Doc, needs, clean, limits, w.steps)
}
