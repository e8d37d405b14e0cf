package main

import (
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
)

// lines writes each sample as a line of Go's benchmark format: benchstat -col /client shows them side by side.
func lines(w io.Writer, all []sample) {
	fmt.Fprintf(w, "goos: %s\ngoarch: %s\npkg: umqtt/harness/peers/bench\n", runtime.GOOS, runtime.GOARCH)
	for _, s := range all {
		fmt.Fprintf(w, "Benchmark%s/client=%s-%d\t%d", s.figure, s.client, runtime.GOMAXPROCS(0), s.n)
		for _, unit := range slices.Sorted(maps.Keys(s.values)) {
			fmt.Fprintf(w, "\t%.6g %s", s.values[unit], unit)
		}
		fmt.Fprintln(w)
	}
}
