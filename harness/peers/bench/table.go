package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
)

// row is a line of the table: one unit of one figure.
type row struct {
	figure, unit, label string
	inverse             bool   // a rate, so that more is better: the ratio of times the other way round
	aim                 *aim   // of the ratio to paho; nil is to be ahead, which is the aim of the ratio to at-wat
	why                 string // the aim may be missed
}

// aim is what this project wants of a ratio.
type aim struct {
	atLeast, atMost float64 // one of them
}

func (a *aim) String() string {
	switch {
	case a.atLeast > 0:
		return fmt.Sprintf("≥ %.2f", a.atLeast)
	}
	return fmt.Sprintf("≤ %.2f", a.atMost)
}

// verdict compares a ratio with the aim.
func (a *aim) verdict(ratio float64) string {
	switch {
	case a.atLeast > 0 && ratio < a.atLeast:
		return fmt.Sprintf("missed by %.0f %%", 100*(1-ratio/a.atLeast))
	case a.atMost > 0 && ratio > a.atMost:
		return fmt.Sprintf("missed by %.0f %%", 100*(ratio/a.atMost-1))
	}
	return "met"
}

// rows lists what the table shows.
var rows = []row{
	{figure: "QoS0/size=16B/peer=embedded", unit: "ns/op", label: "QoS 0, 16 B, broker in this process", inverse: true, aim: &aim{atLeast: 3}},
	{figure: "QoS0/size=16B/peer=broker", unit: "ns/op", label: "QoS 0, 16 B, broker", inverse: true, aim: &aim{atLeast: 3}},
	{figure: "QoS0/size=16B/peer=null", unit: "ns/op", label: "QoS 0, 16 B, null sink", inverse: true, aim: &aim{atLeast: 3}},
	{figure: "Held/size=16B/peer=null", unit: "ns/op", label: "QoS 0, 16 B, gathered, null sink", inverse: true, aim: &aim{atLeast: 8}},
	{figure: "QoS0/size=16KiB/peer=embedded", unit: "ns/op", label: "QoS 0, 16 KiB, broker in this process", inverse: true, aim: &aim{atLeast: 1.1}},
	{figure: "QoS0/size=16KiB/peer=broker", unit: "ns/op", label: "QoS 0, 16 KiB, broker", inverse: true, aim: &aim{atLeast: 1.1}},
	{figure: "QoS0/size=16KiB/peer=null", unit: "ns/op", label: "QoS 0, 16 KiB, null sink", inverse: true, aim: &aim{atLeast: 2.5}},
	{figure: "QoS1/size=16B/peer=broker", unit: "p50-ns", label: "QoS 1 round trip, broker, p50", aim: &aim{atMost: 0.75}},
	{figure: "QoS1/size=16B/peer=broker", unit: "p99-ns", label: "QoS 1 round trip, broker, p99", aim: &aim{atMost: 0.75}},
	{figure: "QoS1/size=16B/peer=null", unit: "p50-ns", label: "QoS 1 round trip, null sink, p50"},
	{figure: "QoS1/size=16B/peer=null", unit: "p99-ns", label: "QoS 1 round trip, null sink, p99"},
	{figure: "Windows/size=16B/peer=broker", unit: "ns/op", label: "QoS 1 in windows of 16, broker", inverse: true},
	{figure: "Windows/size=16B/peer=null", unit: "ns/op", label: "QoS 1 in windows of 16, null sink", inverse: true},
	{figure: "Receive/size=16B", unit: "ns/op", label: "receiving 16 B", inverse: true},
	{figure: "Receive/size=16KiB", unit: "ns/op", label: "receiving 16 KiB", inverse: true},
	{figure: "QoS0/size=16B/peer=null", unit: "cpu-ns/op", label: "CPU, QoS 0 publish, 16 B"},
	{figure: "QoS0/size=16KiB/peer=null", unit: "cpu-ns/op", label: "CPU, QoS 0 publish, 16 KiB"},
	{figure: "QoS1/size=16B/peer=null", unit: "cpu-ns/op", label: "CPU, QoS 1 round trip"},
	{figure: "Receive/size=16B", unit: "cpu-ns/op", label: "CPU, receiving 16 B"},
	{figure: "QoS0/size=16B/peer=null", unit: "allocs/op", label: "allocations, QoS 0 publish"},
	{figure: "QoS1/size=16B/peer=null", unit: "allocs/op", label: "allocations, QoS 1 publish"},
	{figure: "Held/size=16B/peer=null", unit: "allocs/op", label: "allocations, QoS 0 gathered"},
	{figure: "Windows/size=16B/peer=null", unit: "allocs/op", label: "allocations, QoS 1 in windows of 16"},
	{figure: "Receive/size=16B", unit: "allocs/op", label: "allocations, receive"},
	{figure: "Memory/connected", unit: "B/client", label: "heap and stacks, connected", aim: &aim{atMost: 0.1}},
	{figure: "Memory/receiving", unit: "B/client", label: "heap and stacks, receiving", aim: &aim{atMost: 0.1}},
	{figure: "Memory/receiving", unit: "goroutines/client", label: "goroutines, receiving"},
	{figure: "Binary", unit: "file-B", label: "stripped binary"},
	{figure: "Binary", unit: "added-B", label: "stripped binary, without what TCP takes"},
}

// table prints medians, the ratios to the other clients, and the aims.
func table(w io.Writer, cfg config, all []sample) {
	fmt.Fprintf(w, "%s/%s, %d CPUs, %s. Medians of %d; a ratio is umqtt to another client, median [least … greatest] of the repeats.\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), cfg.repeats)
	fmt.Fprintf(w, "For rates a ratio above 1 is faster, for all else one below 1 is less.\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "figure")
	for _, c := range contenders {
		fmt.Fprintf(t, "\t%s", c.name)
	}
	for _, c := range contenders[1:] {
		fmt.Fprintf(t, "\tto %s\tspread\taim\t", c.name)
	}
	fmt.Fprintln(t, "\t")
	for _, r := range rows {
		line, ok := r.line(all)
		if ok {
			fmt.Fprintln(t, line)
		}
	}
	t.Flush()
}

func (r row) line(all []sample) (string, bool) {
	by := map[string][]float64{}
	for _, s := range all {
		if v, ok := s.values[r.unit]; ok && s.figure == r.figure {
			by[s.client] = append(by[s.client], v) // in the order of the repeats
		}
	}
	if len(by) < len(contenders) {
		return "", false
	}
	cells := []string{r.label}
	for _, c := range contenders {
		cells = append(cells, r.show(median(by[c.name])))
	}
	missed := false
	for i, c := range contenders[1:] {
		a := r.aim
		if a == nil || i > 0 {
			a = r.ahead()
		}
		ratios := r.ratios(by[contenders[0].name], by[c.name])
		mid := median(ratios)
		verdict := a.verdict(mid)
		missed = missed || verdict != "met"
		cells = append(cells, fmt.Sprintf("%.2f", mid), fmt.Sprintf("[%.2f … %.2f]", slices.Min(ratios), slices.Max(ratios)), a.String(), verdict)
	}
	why := ""
	if missed {
		why = r.why
	}
	return strings.Join(append(cells, why), "\t"), true
}

// ahead is the aim to be as good as the other one at least.
func (r row) ahead() *aim {
	if r.inverse {
		return &aim{atLeast: 1}
	}
	return &aim{atMost: 1}
}

// ratios returns the ratios of one to the other, by repeat. Two that are nothing are equal.
func (r row) ratios(ours, theirs []float64) []float64 {
	ratios := make([]float64, len(ours))
	for i := range ours {
		a, b := ours[i], theirs[i]
		if r.inverse {
			a, b = b, a
		}
		if ratios[i] = a / b; max(a, 0) == max(b, 0) {
			ratios[i] = 1
		}
	}
	return ratios
}

// show prints a value in the unit that a reader thinks in.
func (r row) show(v float64) string {
	switch {
	case r.inverse:
		return fmt.Sprintf("%.0f k/s", 1e6/v)
	case strings.HasSuffix(r.unit, "-ns"), strings.HasSuffix(r.unit, "ns/op"):
		return fmt.Sprintf("%.1f µs", v/1e3)
	case r.unit == "B/client":
		return fmt.Sprintf("%.1f KiB", v/1024)
	case strings.HasSuffix(r.unit, "-B"):
		return fmt.Sprintf("%.2f MiB", v/(1<<20))
	}
	return fmt.Sprintf("%.2f", max(v, 0))
}
