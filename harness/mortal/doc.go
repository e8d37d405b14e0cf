// Package mortal lets the process of a client die, and leaves the next one its store.
//
//	w := &mortal.World{Disk: &mortal.Memory{}}
//	p := w.Begin(ctx)
//	cfg := client.Config{Dial: p.Dial(dial), Store: p.Store(w.Disk), …}
//	w.Arm(&mortal.Doom{Op: mortal.Write, Nth: 2, When: mortal.Within, Bytes: 3})
//
// A process dies between calls, by [Process.Kill], or of what it does next, as its [Doom] says: before, within or behind
// the nth put, delete, dial, write or read. From then on the world takes nothing of it any more: its connection is
// closed, its store is gone, and its context has ended. [World.Kept] are the messages that the store holds for certain.
//
// It imitates what a killed process leaves, not how it is killed: the client's code goes on until its call returns, and
// nobody may listen to what that says.
package mortal
