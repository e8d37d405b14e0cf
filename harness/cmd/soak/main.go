// Soak has many clients publish through the proxy for as long as is wanted, under faults drawn by a seed, and proves that
// nothing is lost and that nothing grows.
//
//	go run ./harness/cmd/soak                                  # 1,000 clients for 20 seconds, the broker of the harness
//	go run ./harness/cmd/soak -for 10m -broker mosquitto       # mosquitto is started with a configuration of its own
//	go run ./harness/cmd/soak -for 10m -broker 127.0.0.1:1883  # a broker that runs
//
// Clients of package robust connect through the proxy, which cuts, stalls, splits, delays and refuses. Each publishes one
// message after another at QoS 1. Witnesses subscribe at the broker, past the proxy, and count what comes. In the end
// every message that a client has reported done must have come to a witness, once or more.
//
// Meanwhile goroutines, open descriptors and the memory of this process are sampled. The greatest of the last quarter of
// the samples may be above the greatest of the second quarter by a tenth, and by a little more for memory: see limits.
//
// The exit code is 0 when all of that holds, 1 when not, and 2 when it could not be tried.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"time"

	"umqtt/harness/broker"
)

// config says what to do.
type config struct {
	lasts   time.Duration
	clients int
	gap     time.Duration // between two messages of a client, on average
	seed    uint64
	broker  string // embedded, mosquitto, or an address
}

func main() {
	var cfg config
	flag.DurationVar(&cfg.lasts, "for", 20*time.Second, "how long clients publish")
	flag.IntVar(&cfg.clients, "clients", 1_000, "how many clients")
	flag.DurationVar(&cfg.gap, "gap", time.Second, "the time between two messages of a client, on average")
	flag.Uint64Var(&cfg.seed, "seed", 1, "what faults and clients draw is chosen by it")
	flag.StringVar(&cfg.broker, "broker", "embedded", "embedded, mosquitto, or host:port")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Stdout, cfg)
	var f failures
	switch {
	case errors.As(err, &f):
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(2)
	}
}

// failures are what does not hold. Run has printed them.
type failures []string

func (f failures) Error() string { return fmt.Sprintf("%d failures", len(f)) }

// run does all of it, and prints figures and failures.
func run(ctx context.Context, w io.Writer, cfg config) error {
	if cfg.clients < 1 || cfg.lasts <= 0 || cfg.gap <= 0 {
		return errors.New("-clients, -for and -gap are positive")
	}
	addr, stop, err := startBroker(cfg.broker)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintf(w, "soak: %d clients of package robust through the proxy to %s for %v, seed %d\n", cfg.clients, cfg.broker, cfg.lasts, cfg.seed)
	res, err := load(ctx, cfg, addr)
	if err != nil {
		return err
	}
	bad := append(res.lost(), res.grown()...)
	res.write(w)
	for _, f := range bad {
		fmt.Fprintln(w, "FAIL:", f)
	}
	if len(bad) > 0 {
		return failures(bad)
	}
	fmt.Fprintln(w, "ok: every message that was reported done has come, and nothing has grown")
	return nil
}

// startBroker returns the address of a broker, and what ends it.
func startBroker(kind string) (addr string, stop func(), err error) {
	switch kind {
	case "embedded":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", nil, err
		}
		b, err := broker.Start(l)
		if err != nil {
			return "", nil, err
		}
		return l.Addr().String(), b.Stop, nil
	case "mosquitto":
		return startMosquitto()
	}
	if _, _, err := net.SplitHostPort(kind); err != nil {
		return "", nil, fmt.Errorf("-broker %q: it is embedded, mosquitto or host:port", kind)
	}
	return kind, func() {}, nil
}
