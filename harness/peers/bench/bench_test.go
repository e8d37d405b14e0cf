package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if worker() {
		return
	}
	os.Exit(m.Run())
}

// TestSmoke takes every figure with few messages. What they are does not matter, that they are all there does.
func TestSmoke(t *testing.T) {
	cfg := smoke()
	if testing.Short() {
		cfg.only = "/" // without the programs, which take long to build the first time
	}
	file := filepath.Join(t.TempDir(), "bench.txt")
	var out bytes.Buffer
	if err := bench(&out, cfg, file); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if strings.Contains(r.figure, cfg.only) && !strings.Contains(out.String(), r.label+" ") {
			t.Errorf("the table has no row %q:\n%s", r.label, &out)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sample := regexp.MustCompile(`(?m)^Benchmark\S+/client=(umqtt|paho|at-wat)-\d+\t\d+(\t\S+ \S+)+$`)
	if n := len(sample.FindAll(b, -1)); n < 2*len(contenders)*10 {
		t.Errorf("%d lines for benchstat:\n%s", n, b)
	}
}

func TestVerdict(t *testing.T) {
	for _, tt := range []struct {
		aim   aim
		ratio float64
		want  string
	}{
		{aim{atLeast: 3}, 3, "met"},
		{aim{atLeast: 3}, 2.4, "missed by 20 %"},
		{aim{atMost: 0.75}, 0.75, "met"},
		{aim{atMost: 0.1}, 0.22, "missed by 120 %"},
	} {
		if got := tt.aim.verdict(tt.ratio); got != tt.want {
			t.Errorf("%s at %v: %q, want %q", &tt.aim, tt.ratio, got, tt.want)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		xs   []float64
		want float64
	}{{[]float64{3, 1, 2}, 2}, {[]float64{4, 1, 2, 3}, 2.5}, {[]float64{7}, 7}} {
		if got := median(tt.xs); got != tt.want {
			t.Errorf("median of %v: %v, want %v", tt.xs, got, tt.want)
		}
	}
}
