package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"
)

// The exponent is the slope of the last step: 1 for linear growth, whatever came before.
func TestExponent(t *testing.T) {
	for _, tt := range []struct {
		name  string
		sizes []int
		took  []time.Duration
		want  float64
	}{
		{"constant", []int{10, 100}, []time.Duration{time.Second, time.Second}, 0},
		{"linear", []int{1, 10, 1000}, []time.Duration{time.Hour, 2 * time.Millisecond, 200 * time.Millisecond}, 1},
		{"quadratic", []int{100, 1000}, []time.Duration{time.Millisecond, 100 * time.Millisecond}, 2},
		{"steps of four", []int{1000, 4000}, []time.Duration{time.Second, 8 * time.Second}, 1.5},
	} {
		c := &curve{sizes: tt.sizes, took: tt.took}
		if got := c.exponent(); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: exponent %v, want %v", tt.name, got, tt.want)
		}
	}
}

// The plot is well-formed, and has each curve with all of its points at their places.
func TestGrowthPlot(t *testing.T) {
	curves := []*curve{
		{name: "one <&> more", sizes: []int{1, 1_000_000}, took: []time.Duration{10 * time.Microsecond, 100 * time.Second}},
		{name: "linear", sizes: []int{10, 100, 1000}, took: []time.Duration{time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond}},
	}
	type point struct{ x, y float64 }
	var lines [][]point
	texts := map[string]bool{}
	for d := xml.NewDecoder(strings.NewReader(string(growthPlot(curves)))); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.CharData:
			texts[string(e)] = true
		case xml.StartElement:
			for _, a := range e.Attr {
				if e.Name.Local != "polyline" || a.Name.Local != "points" {
					continue
				}
				var ps []point
				for _, f := range strings.Fields(a.Value) {
					var p point
					if _, err := fmt.Sscanf(f, "%f,%f", &p.x, &p.y); err != nil {
						t.Fatalf("point %q: %v", f, err)
					}
					ps = append(ps, p)
				}
				lines = append(lines, ps)
			}
		}
	}
	if len(lines) != 2 || len(lines[0]) != 2 || len(lines[1]) != 3 {
		t.Fatalf("points %v", lines)
	}
	for _, name := range []string{"one <&> more", "linear", "1000000", "100 s", "1e-05 s"} {
		if !texts[name] {
			t.Errorf("the plot has no text %q", name)
		}
	}
	// The first curve goes from one corner of the axes to the other.
	near := func(a, b float64) bool { return math.Abs(a-b) < 0.2 }
	from, to := lines[0][0], lines[0][1]
	if !near(from.x, plotLeft) || !near(from.y, plotHeight-plotBottom) || !near(to.x, plotWidth-plotRight) || !near(to.y, plotTop) {
		t.Errorf("the first curve goes from %v to %v", from, to)
	}
	// Equal factors are equal steps, to the right and up.
	a, b, c := lines[1][0], lines[1][1], lines[1][2]
	if !near(b.x-a.x, c.x-b.x) || !near(b.y-a.y, c.y-b.y) || b.x <= a.x || b.y >= a.y {
		t.Errorf("the linear curve is %v", lines[1])
	}
}
