// Package sweep looks for failures of a client that nobody thought of: it plays a workload once for every fault
// that can strike it, and has the oracle of package model judge each run.
//
// A [Workload] is what a program does with the client. A [Point] is one fault or a few, each at a place: a byte of
// the n-th packet of a direction. [Points] enumerates them from a run without faults, which shows where packets
// are. [Plan.Scenario] makes a scenario with an oracle of both, so that a run of a sweep is a run of package play, and
// what fails is a file: [Reduce] makes it as small as it can.
//
//	w, _ := sweep.Find("pipelined")
//	plan, err := sweep.NewPlan(w, subject.Robust())
//	points, err := plan.Points(t, sweep.Options{})
//	for _, p := range points {
//		if r := plan.Run(t, p); r.Broken != "" {
//			sc, ok := plan.Reduce(t, p, r.Broken, nil)
//		}
//	}
//
// A [Farm] shares the points of many plans among worker processes, which [Serve] is.
//
// Whoever mixes faults by a seed, or draws them as properties do, makes points of their own and uses [Plan.Run] in
// the same way: the points need not come from an enumeration.
package sweep
