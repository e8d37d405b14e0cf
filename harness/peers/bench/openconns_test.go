package main

import (
	"fmt"
	"testing"

	"umqtt/harness/world"
)

// BenchmarkOpen has packets pass on many simulated connections that are all open.
func BenchmarkOpen(b *testing.B) {
	for _, seed := range []uint64{0, 1} {
		for _, n := range []int{1_000, 10_000} {
			b.Run(fmt.Sprintf("seed=%d/conns=%d", seed, n), func(b *testing.B) {
				inTest(func(t *testing.T) {
					for b.Loop() {
						var err error
						stopped := world.Bubble(t, "open", patience, nil, func() {
							err = allOpen(world.Config{Name: "bench/open", Records: 10 * n, Seed: seed}, n)
						})
						if err != nil || stopped != nil {
							b.Fatal(err, stopped)
						}
					}
				})
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/conn")
			})
		}
	}
}
