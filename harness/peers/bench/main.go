// Bench compares umqtt's client with other people's Go clients: speed, delay, allocations, memory and size. It compares the
// proxy with toxiproxy and io.Copy, and the simulated world with that of loopback TCP, and shows how costs grow, with a plot.
//
//	go run ./bench                 # some five minutes; prints a table
//	go run ./bench -short          # a smoke test of a few seconds; its figures mean nothing
//	go run ./bench -o bench.txt    # also a file for benchstat -col /client
//
// What counts is the ratio within one run. Every figure is taken again and again, the clients in turn, and
// the table shows medians, with the spread of the ratio from one repeat to the next. The peers of the
// clients run in a process of their own, over loopback TCP: the broker of the harness, and a null sink that
// frames packets and throws them away; the broker also runs embedded, in this process. Nothing outlives the
// program.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	if worker() {
		return
	}
	cfg := full()
	var short bool
	var out string
	flag.BoolVar(&short, "short", false, "a smoke test: few messages, few repeats, figures that mean nothing")
	flag.IntVar(&cfg.repeats, "repeats", cfg.repeats, "how often each figure is taken")
	flag.StringVar(&cfg.only, "only", "", "take only figures whose name contains this")
	flag.StringVar(&cfg.parts, "parts", cfg.parts, "what to measure: clients, relays, sessions, growth")
	flag.StringVar(&cfg.plot, "plot", "growth.svg", "plot how the cost grows to this file")
	flag.StringVar(&out, "o", "", "also write every sample to this file, for benchstat")
	flag.Parse()
	if short {
		repeats, set := cfg.repeats, false
		flag.Visit(func(f *flag.Flag) { set = set || f.Name == "repeats" })
		only, parts, plot := cfg.only, cfg.parts, cfg.plot
		cfg = smoke()
		cfg.only, cfg.parts, cfg.plot = only, parts, plot
		if set {
			cfg.repeats = repeats
		}
	}
	flag.Visit(func(f *flag.Flag) {
		if f.Name == "repeats" {
			cfg.relayRepeats = cfg.repeats
		}
	})
	if err := bench(os.Stdout, cfg, out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench takes all samples, prints the table and writes the file.
func bench(w io.Writer, cfg config, out string) error {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	go func() {
		<-stop
		os.Exit(1) // the workers end when their stdin does
	}()
	defer time.AfterFunc(cfg.limit, func() {
		fmt.Fprintf(os.Stderr, "bench: not done after %v\n", cfg.limit)
		os.Exit(1)
	}).Stop()

	began := time.Now()
	var samples []sample
	if cfg.has("clients") {
		of, err := take(cfg, os.Stderr)
		if err != nil {
			return err
		}
		table(w, cfg, of)
		fmt.Fprintf(w, "\n%d repeats of each figure, the clients in turn, in %v.\n\n", cfg.repeats, time.Since(began).Round(time.Second))
		samples = append(samples, of...)
	}
	if cfg.has("relays") {
		of, err := takeRelays(cfg, os.Stderr)
		if err != nil {
			return err
		}
		relayTable(w, cfg, of)
		samples = append(samples, of...)
	}
	if cfg.has("sessions") {
		of, err := takeSessions(cfg, os.Stderr)
		if err != nil {
			return err
		}
		sessionTable(w, cfg, of)
		samples = append(samples, of...)
	}
	if cfg.has("growth") {
		if err := takeGrowth(w, cfg, cfg.plot); err != nil {
			return err
		}
	}
	if out == "" {
		return nil
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	lines(f, samples)
	return f.Close()
}
