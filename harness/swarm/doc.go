// Package swarm looks for failures of a client with mixes of calls and faults that are drawn at random: each seed
// draws its own subset of actions, and a script of them. The oracle of package model judges each run.
//
//	sc, order, err := swarm.Draw(subject.Simple(), swarm.Seeded(7))
//	out := swarm.Play(t, subject.Simple(), 7)
//	fmt.Println(out.Run.Broken, out.Reached)
//
// A [Script] is built action by action from a [Source] of choices. Seeds are one source, the bytes of a fuzz target
// are another ([Bytes]), and a property draws its own. What comes out is a scenario with an oracle, so that a run is
// one of package play, and a failure is a file.
//
// [Sometimes] lists what a search must have met to be worth its name. A search that never met one of them was blind
// there: [Tally.Blind] says so.
//
// A [Farm] shares seeds among worker processes. Equal seeds give equal runs, and equal hashes.
package swarm
