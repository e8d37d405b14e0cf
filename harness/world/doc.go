// Package world is what a scenario plays in: the link to the peer, the peer behind it, a witness beside
// it, the clock, and the guards against what does not end.
//
// There are two kinds. [InBubble] builds a simulated world inside a testing/synctest bubble: in-memory
// connections and virtual time. [OverTCP] builds a real one: loopback TCP and the wall clock. Both offer the
// same [World].
//
//	stopped := world.Bubble(t, "my scenario", time.Minute, func() {
//		w, err := world.InBubble(world.Config{Name: "my/scenario"})
//		…
//		w.Close()
//	})
//
// [World.Let] is the only place where time passes.
package world
