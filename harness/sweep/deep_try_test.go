package sweep_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"umqtt/harness/mutant"
	"umqtt/harness/subject"
	"umqtt/harness/sweep"
)

func TestDeepTry(t *testing.T) {
	list := mutant.Deep()
	if os.Getenv("MUT") == "all" { list = mutant.All() }
	pairs := 0
	fmt.Sscan(os.Getenv("PAIRS"), &pairs)
	for _, m := range list {
		if o := os.Getenv("ONLYM"); o != "" && o != m.Name { continue }
		found := false
		runs := 0
		begin := time.Now()
	search:
		for _, f := range subject.Builtin() {
			if !m.For(f.Name) { continue }
			for _, w := range sweep.Workloads() {
				p := sweep.Plan{Workload: w, Subject: f}
				if _, unfit := w.For(f); unfit != "" { continue }
				points, err := p.Points(t, sweep.Options{Pairs: pairs, Strong: true})
				if err != nil { t.Fatal(err) }
				p.Subject = m.Apply(f)
				if pairs > 0 { points = slices.DeleteFunc(points, func(p sweep.Point) bool { return len(p) == 1 }) }
				for _, pt := range points {
					runs++
					r := p.Run(t, pt)
					if r.Broken != "" {
						fmt.Println(m.Name, f.Name, w.Name, pt, runs, time.Since(begin), r.Broken, r.Message)
						found = true
						break search
					}
				}
			}
		}
		if !found { fmt.Println("NOT FOUND", m.Name, runs, time.Since(begin)) }
	}
}
