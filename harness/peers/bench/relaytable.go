package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// relayBench is what relays are measured in.
type relayBench struct {
	cfg    config
	relays []relayed
}

// relayFigures are what is measured of each relay.
var relayFigures = []struct {
	name string
	take func(*relayBench, relayed) (values, error)
}{
	{"Relay/size=16B", passing(smallPayload)},
	{"Relay/size=16KiB", passing(largePayload)},
	{"Relay/trip", trips},
	{"Relay/memory", relayMemory},
}

// relayRows are the lines of the table. added is for what a relay adds to what it takes without one.
var relayRows = []struct {
	figure, unit, label string
	added               bool
}{
	{figure: "Relay/size=16B", unit: "packets/s", label: "packets a second, 16 B, batched"},
	{figure: "Relay/size=16B", unit: "cpu-ns/MiB", label: "CPU a MiB, 16 B, batched"},
	{figure: "Relay/size=16KiB", unit: "MiB/s", label: "MiB a second, 16 KiB"},
	{figure: "Relay/size=16KiB", unit: "cpu-ns/MiB", label: "CPU a MiB, 16 KiB"},
	{figure: "Relay/trip", unit: "p50-ns", label: "round trip added, p50", added: true},
	{figure: "Relay/trip", unit: "p99-ns", label: "round trip added, p99", added: true},
	{figure: "Relay/trip", unit: "cpu-ns/op", label: "CPU a round trip"},
	{figure: "Relay/memory", unit: "B/conn", label: "memory a connection"},
}

// relayAims are what this project wants of the ratio of one relay to another, in a row of the table.
var relayAims = []struct {
	label, of, to string
	aim           aim
}{
	{label: "packets a second, 16 B, batched", of: "umqtt", to: "toxiproxy", aim: aim{atLeast: 0.5}},
	{label: "MiB a second, 16 KiB", of: "umqtt", to: "toxiproxy", aim: aim{atLeast: 1}},
	{label: "round trip added, p50", of: "umqtt", to: "io.Copy", aim: aim{atMost: 1.3}},
	{label: "round trip added, p50", of: "capture", to: "umqtt", aim: aim{atMost: 1.5}},
	{label: "MiB a second, 16 KiB", of: "capture", to: "umqtt", aim: aim{atLeast: 1 / 1.5}},
	{label: "packets a second, 16 B, batched", of: "capture", to: "umqtt", aim: aim{atLeast: 1 / 1.5}},
}

// takeRelays takes all samples of the relays, in turn.
func takeRelays(cfg config, progress io.Writer) ([]sample, error) {
	dir, err := os.MkdirTemp("", "umqtt-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := buildCommand(dir); err != nil {
		return nil, err
	}
	sink, err := start("drain")
	if err != nil {
		return nil, err
	}
	defer sink.end()
	upstream, err := sink.line()
	if err != nil {
		return nil, err
	}
	b := &relayBench{cfg: cfg}
	for _, name := range relays {
		r := relayed{name: name, addr: upstream}
		if name != "direct" {
			if r.p, r.addr, err = startRelay(name, upstream, dir); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			defer r.p.end()
			go io.Copy(io.Discard, r.p.out)
			if err := reached(r.addr); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		b.relays = append(b.relays, r)
	}
	var all []sample
	for repeat := range cfg.relayRepeats {
		fmt.Fprintf(progress, "relays, repeat %d of %d\n", repeat+1, cfg.relayRepeats)
		for _, f := range relayFigures {
			if !strings.Contains(f.name, cfg.only) {
				continue
			}
			for i := range b.relays {
				r := b.relays[(i+repeat)%len(b.relays)]
				v, err := f.take(b, r)
				if err != nil {
					return nil, fmt.Errorf("%s with %s: %w", f.name, r.name, err)
				}
				all = append(all, sample{f.name, r.name, repeat, 1, v})
			}
		}
	}
	return all, nil
}

// reached waits until a relay that has just been started takes connections.
func reached(addr string) error {
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		c, err := dialPing(addr)
		if err == nil {
			return c.Close()
		}
		if time.Since(began) > patience {
			return err
		}
	}
}

// relayTable prints medians of each relay, and the aims.
func relayTable(w io.Writer, cfg config, all []sample) {
	fmt.Fprintf(w, "Relays between a sender and a sink, each in a process of its own. Medians of %d.\n", cfg.relayRepeats)
	fmt.Fprintf(w, "direct is none; rules is umqtt with four rules that match nothing; capture and watch are mqttconform proxy.\n")
	fmt.Fprintf(w, "capture writes its text once less passes: its processor time has all of that, its rates have not.\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "figure\t%s\t\n", strings.Join(relays, "\t"))
	for _, r := range relayRows {
		by := relaySamples(all, r.figure, r.unit, r.added)
		if len(by) == 0 {
			continue
		}
		fmt.Fprintf(t, "%s\t", r.label)
		for _, name := range relays {
			if xs := by[name]; len(xs) > 0 && !(r.added && name == "direct") {
				fmt.Fprint(t, relayValue(r.unit, median(xs)))
			}
			fmt.Fprint(t, "\t")
		}
		fmt.Fprintln(t)
	}
	t.Flush()
	fmt.Fprintln(w)
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "ratio\t\tmedian\tspread\taim\t\n")
	for _, a := range relayAims {
		for _, r := range relayRows {
			if r.label != a.label {
				continue
			}
			by := relaySamples(all, r.figure, r.unit, r.added)
			ours, theirs := by[a.of], by[a.to]
			if len(ours) == 0 || len(ours) != len(theirs) {
				continue
			}
			ratios := make([]float64, len(ours))
			for i := range ours {
				ratios[i] = ours[i] / theirs[i]
			}
			mid := median(ratios)
			fmt.Fprintf(t, "%s\t%s to %s\t%.2f\t[%.2f … %.2f]\t%s\t%s\n", a.label, a.of, a.to, mid, slices.Min(ratios), slices.Max(ratios), &a.aim, a.aim.verdict(mid))
		}
	}
	t.Flush()
}

// relaySamples returns what was measured in a unit, by relay, in the order of the repeats; with added, above what was
// measured without a relay.
func relaySamples(all []sample, figure, unit string, added bool) map[string][]float64 {
	by := map[string][]float64{}
	base := map[int]float64{}
	for _, s := range all {
		if s.figure == figure && s.client == "direct" {
			base[s.repeat] = s.values[unit]
		}
	}
	for _, s := range all {
		v, ok := s.values[unit]
		if s.figure != figure || !ok {
			continue
		}
		if added {
			v -= base[s.repeat]
		}
		by[s.client] = append(by[s.client], v)
	}
	return by
}

// relayValue prints a value in the unit that a reader thinks in.
func relayValue(unit string, v float64) string {
	switch unit {
	case "packets/s":
		return fmt.Sprintf("%.0f k/s", v/1e3)
	case "MiB/s":
		return fmt.Sprintf("%.0f MiB/s", v)
	case "B/conn":
		return fmt.Sprintf("%.1f KiB", v/1024)
	}
	return fmt.Sprintf("%.1f µs", v/1e3)
}
