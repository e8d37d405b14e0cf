package main

import (
	"runtime"

	"github.com/spf13/pflag"

	"umqtt/harness/scenario"
)

// parallelFlag adds the flag that says how many scenarios are played at once.
func parallelFlag(f *pflag.FlagSet, n *int) {
	f.IntVar(n, "parallel", 0, "play `N` scenarios at once (0: for each processor 48 in the real world,\n32 with a client of another language, 1 in the simulated one)")
}

// workersIn returns how many scenarios are played at once where the flag says n; 0 is as many as suit the world.
// In the real world nearly all of their time is waiting, but each program of an external client takes memory, and a
// processor while it starts; in the simulated one they never wait.
func workersIn(w scenario.World, n int, external bool) int {
	switch {
	case n > 0:
		return n
	case w == scenario.Simulated:
		return runtime.GOMAXPROCS(0)
	case external:
		return 32 * runtime.GOMAXPROCS(0)
	}
	return 48 * runtime.GOMAXPROCS(0)
}
