package sweep_test

import (
	"slices"
	"testing"

	"umqtt/harness/mutant"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/sweep"
)

// deep says how a sweep finds each deep mutant: by a point that it enumerates, with the rule that shows it.
var deep = map[string]struct{ subject, workload, point, broken string }{
	"deep-second-redelivery-lost":        {"simple", "outages", "cut-half>4@16", "outcome-told"},
	"deep-second-redelivery-without-dup": {"simple", "publish", "stall>1@0+cut-rst<2@4", "monitors MQTT-3.3.1-1"},
	"deep-identifiers-wrap":              {"simple", "pipelined", "cut-half>1@16", "monitors MQTT-2.3.1-2"},
	"deep-half-a-puback-is-done":         {"simple", "publish", "cut-fin<2@2", "success-founded"},
	"deep-merged-puback-lost":            {"simple", "pipelined", "merge<2", "sent-once"},
	"deep-second-resubscription-lost":    {"robust", "sessions", "lost>5@0", "works-again"},
	"deep-keep-alive-of-two-connections": {"simple", "idle", "delay>1/11s", "monitors MQTT-3.1.2-23"},
	"deep-clean-at-the-fourth":           {"simple", "outage", "stall>1@0", "session-kept"},
	"deep-three-in-flight-turned-round":  {"simple", "pipelined", "cut-half>1@16", "publish-order"},
	"deep-third-in-flight-forgotten":     {"simple", "pipelined", "cut-half>1@16", "publish-order"},
	"deep-refusal-passed-over":           {"simple", "outage", "code<2^01", "success-founded"},
	"deep-end-inside-a-packet-kept":      {"simple", "publish", "cut-fin<1@1", "left"},
	"deep-last-byte-missing":             {"simple", "receive", "cut-fin<3@11", "delivery-founded"},
	"deep-late-puback-for-the-newest":    {"simple", "publish", "restart<1@4", "success-founded"},
	"deep-half-a-message-is-seen":        {"simple", "receive", "cut-fin<3@10", "acked-is-delivered"},
	"deep-third-session-believed":        {"robust", "sessions", "lost<5@4", "works-again"},
	"deep-interrupted-subscribe-is-done": {"simple", "receive", "cut-half>1@16", "success-founded"},
	"deep-two-owed-pubacks":              {"simple", "receive", "cut-fin<3@10", "monitors MQTT-2.3.1-6"},
	"deep-delivers-again-at-the-fourth":  {"simple", "outages", "cut-fin>1@0", "delivery-founded"},
}

// pairs is how many pairs a sweep is given for those mutants that no single fault shows.
const pairs = 1000

// Each deep mutant passes every workload without faults, and is found by a point of a sweep, which is reduced to a
// scenario of at most 12 steps. That fails by itself, and passes without the mutant.
func TestDeepMutantsAreFound(t *testing.T) {
	for _, m := range mutant.Deep() {
		t.Run(m.Name, func(t *testing.T) {
			d, ok := deep[m.Name]
			if !ok {
				t.Fatal("nobody says how it is found")
			}
			point, err := sweep.ParsePoint(d.point)
			if err != nil {
				t.Fatal(err)
			}
			good := plan(t, d.workload, builtin(t, d.subject))
			o := sweep.Options{Strong: true}
			if len(point) > 1 {
				o.Pairs = pairs
			}
			points, err := good.Points(t, o)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(points, func(p sweep.Point) bool { return p.String() == d.point }) {
				t.Fatalf("a sweep does not play %v", point)
			}
			bad := good
			bad.Subject = m.Apply(good.Subject)
			r := bad.Run(t, point)
			if r.Broken != d.broken {
				t.Fatalf("%v breaks %q, want %q: %s", point, r.Broken, d.broken, r.Message)
			}
			sc, ok := bad.Reduce(t, point, r.Broken, &good)
			if !ok {
				t.Fatal("it does not fail by itself, or not because of the mutant")
			}
			file := sweep.File(sc, bad.Subject.Name, r)
			if len(sc.Steps) > 12 {
				t.Errorf("%d steps are left:\n%s", len(sc.Steps), file)
			}
			alone, err := scenario.Parse("alone.yaml", file)
			if err != nil {
				t.Fatalf("%v\n%s", err, file)
			}
			if r := bad.Play(t, alone); r.Broken != d.broken {
				t.Errorf("the file breaks %q, want %q\n%s", r.Broken, d.broken, file)
			}
			if r := good.Play(t, alone); r.Broken != "" {
				t.Errorf("without the mutant the file breaks %q: %s\n%s", r.Broken, r.Message, file)
			}
		})
	}
	if len(deep) != len(mutant.Deep()) || len(deep) < 15 {
		t.Errorf("%d deep mutants, and the table has %d; 15 are the least", len(mutant.Deep()), len(deep))
	}
}

// No workload shows a deep mutant without a fault, nor breaks a rule with a client that is good.
func TestWorkloadsWithoutFaults(t *testing.T) {
	for _, w := range sweep.Workloads() {
		for _, f := range subject.Builtin() {
			p, err := sweep.NewPlan(w, f)
			if err != nil {
				continue
			}
			factories := []subject.Factory{f}
			for _, m := range mutant.Deep() {
				if m.For(f.Name) {
					factories = append(factories, m.Apply(f))
				}
			}
			for _, p.Subject = range factories {
				if r := p.Run(t, nil); r.Broken != "" || len(r.Peer) > 0 {
					t.Errorf("%s with %s: %s: %s %v", w.Name, p.Subject.Name, r.Broken, r.Message, r.Peer)
				}
			}
		}
	}
}

func builtin(t *testing.T, name string) subject.Factory {
	t.Helper()
	all := subject.Builtin()
	i := slices.IndexFunc(all, func(f subject.Factory) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("there is no subject %s", name)
	}
	return all[i]
}
