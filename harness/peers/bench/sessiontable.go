package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// sessionFigure names what is measured.
const sessionFigure = "Session"

// takeSessions takes all samples of the sessions, in turn, each in a process of its own.
func takeSessions(cfg config, progress io.Writer) ([]sample, error) {
	var all []sample
	if !strings.Contains(sessionFigure, cfg.only) {
		return nil, nil
	}
	for repeat := range cfg.relayRepeats {
		fmt.Fprintf(progress, "sessions, repeat %d of %d\n", repeat+1, cfg.relayRepeats)
		for i := range sessionWorlds {
			kind := sessionWorlds[(i+repeat)%len(sessionWorlds)]
			s, err := takeSession(cfg, kind)
			if err != nil {
				return nil, fmt.Errorf("sessions, %s: %w", kind, err)
			}
			s.repeat = repeat
			all = append(all, s)
		}
	}
	return all, nil
}

func takeSession(cfg config, kind string) (sample, error) {
	p, err := start(fmt.Sprintf("sessions %s %v", kind, cfg.sample))
	if err != nil {
		return sample{}, err
	}
	defer p.end()
	line, err := p.line()
	if err != nil {
		return sample{}, err
	}
	var n int
	var took, cpu, objects, bytes float64
	if _, err := fmt.Sscan(line, &n, &took, &cpu, &objects, &bytes); err != nil {
		return sample{}, fmt.Errorf("%q: %w", line, err)
	}
	each := float64(n)
	return sample{sessionFigure, kind, 0, n, values{"ns/op": took / each, "cpu-ns/op": cpu / each, "allocs/op": objects / each, "B/op": bytes / each}}, nil
}

// sessionAims are what this project wants of sessions: of the ratio of one world to another, or of a rate.
var sessionAims = []struct {
	label, of, to, unit string
	aim                 aim
	bound               string // what takes most of the time
}{
	{label: "simulated to TCP, script", of: "simulated/script", to: "tcp/script", unit: "ns/op", aim: aim{atLeast: 4}, bound: "over TCP: system calls, and waiting for the other side"},
	{label: "simulated to TCP, broker", of: "simulated/broker", to: "tcp/broker", unit: "ns/op", aim: aim{atLeast: 4}, bound: "over TCP: system calls, and waiting for the other side"},
	{label: "a second of one core, script", of: "simulated/script", unit: "cpu-ns/op", aim: aim{atLeast: 10_000}, bound: "allocation a third, switches between goroutines a sixth"},
	{label: "a second of one core, broker", of: "simulated/broker", unit: "cpu-ns/op", aim: aim{atLeast: 3_000}, bound: "mochi a third, allocation a quarter"},
	{label: "a second of one core, played, script", of: "played/script", unit: "cpu-ns/op", aim: aim{atLeast: 10_000}, bound: "player, monitors and judge two thirds"},
	{label: "a second of one core, played, broker", of: "played/broker", unit: "cpu-ns/op", aim: aim{atLeast: 3_000}, bound: "player, monitors and judge more than a half"},
}

// sessionTable prints medians of the sessions of each world, and the aims.
func sessionTable(w io.Writer, cfg config, all []sample) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "\nSessions, each in a world of its own: connect, publish 16 B at QoS 1, disconnect. One processor. Medians of %d.\n\n", cfg.relayRepeats)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "world/peer\tsessions a second\tCPU a session\tallocations\tallocated\t\n")
	by := func(kind, unit string) []float64 { return relaySamples(all, sessionFigure, unit, false)[kind] }
	for _, kind := range sessionWorlds {
		fmt.Fprintf(t, "%s\t%.0f\t%.1f µs\t%.0f\t%.1f KiB\t\n", kind, 1e9/median(by(kind, "ns/op")),
			median(by(kind, "cpu-ns/op"))/1e3, median(by(kind, "allocs/op")), median(by(kind, "B/op"))/1024)
	}
	t.Flush()
	fmt.Fprintln(w)
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "sessions\tmedian\tspread\taim\t\twhat takes most of the time\n")
	for _, a := range sessionAims {
		got := make([]float64, cfg.relayRepeats)
		format := "%.0f"
		for i, ns := range by(a.of, a.unit) {
			got[i] = 1e9 / ns
			if a.to != "" {
				got[i] = by(a.to, a.unit)[i] / ns
				format = "%.2f"
			}
		}
		mid := median(got)
		verdict := a.aim.verdict(mid)
		show := func(v float64) string { return fmt.Sprintf(format, v) }
		fmt.Fprintf(t, "%s\t%s\t[%s … %s]\t≥ %.0f\t%s\t%s\n", a.label, show(mid), show(slices.Min(got)), show(slices.Max(got)), a.aim.atLeast, verdict, a.bound)
	}
	t.Flush()
}
