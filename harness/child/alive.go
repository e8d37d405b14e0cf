package child

import "sync"

// alive holds the processes that run.
var alive struct {
	mu  sync.Mutex
	all map[*Process]bool
}

func remember(p *Process) {
	alive.mu.Lock()
	defer alive.mu.Unlock()
	if alive.all == nil {
		alive.all = map[*Process]bool{}
	}
	alive.all[p] = true
}

func forget(p *Process) {
	alive.mu.Lock()
	defer alive.mu.Unlock()
	delete(alive.all, p)
}

// KillAll kills every process that was started and has not ended, and its group. A program calls it before it
// exits in a hurry.
func KillAll() {
	alive.mu.Lock()
	defer alive.mu.Unlock()
	for p := range alive.all {
		killGroup(p.cmd.Process)
	}
}
