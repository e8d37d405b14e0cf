package sweep_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"umqtt/harness/subject"
	"umqtt/harness/sweep"
)

func TestTry(t *testing.T) {
	n := 0
	fails := map[string]int{}
	start := time.Now()
	for _, w := range sweep.Workloads() {
		for _, f := range subject.Builtin() {
			if only := os.Getenv("ONLY"); only != "" && only != w.Name+"/"+f.Name {
				continue
			}
			p := sweep.Plan{Workload: w, Subject: f}
			if _, unfit := w.For(f); unfit != "" {
				t.Log(w.Name, f.Name, unfit)
				continue
			}
			points, err := p.Points(t, sweep.Options{})
			if err != nil {
				t.Error(err)
				continue
			}
			var virtual time.Duration
			begin := time.Now()
			unstruck := 0
			for i, pt := range points {
				if i%9 != 0 && os.Getenv("ALL") == "" {
					continue
				}
				n++
				r := p.Run(t, pt)
				virtual += r.Virtual
				if !r.Struck {
					unstruck++
				}
				for _, k := range append([]string{r.Broken}, r.Peer...) {
					if k == "" {
						continue
					}
					key := fmt.Sprint(w.Name, " ", f.Name, " ", k)
					if fails[key]++; fails[key] <= 2 {
						fmt.Println(key, pt, r.Message)
					}
				}
			}
			fmt.Println(w.Name, f.Name, len(points), "points", virtual, time.Since(begin), "unstruck", unstruck)
		}
	}
	for k, v := range fails {
		fmt.Println(v, k)
	}
	t.Log(n, "runs", float64(n)/time.Since(start).Seconds(), "a second")
}
