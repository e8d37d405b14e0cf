package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"umqtt/harness/capture"
	"umqtt/harness/proxy"
	"umqtt/harness/scenario"
)

var proxyCommand = command{
	name:  "proxy",
	args:  "--upstream ADDR [flags]",
	short: "stand between clients and a broker: faults, captures, and what clients do wrong",
	long: `
For clients as they are, before any broker. They connect to the proxy instead; it passes on what they and the broker
send, until it is told to stop by SIGINT or SIGTERM. It then writes a summary: connections, packets by type, faults
that have fired. SIGUSR1 writes one while it runs.

  mqttconform proxy --listen 127.0.0.1:1884 --upstream 127.0.0.1:1883 --watch

--watch has all monitors judge each client, over all connections with its client identifier, and tells each finding
once, as it comes: the client, the rule and its section, the last packets. Only what is proven has the level must.
The proxy comes into the middle of a client's life: what could be the rest of something earlier is left alone, until the
client connects with clean session 1. Where clients begin their life here, --new-clients accuses more. What the
monitors remember is bounded, by 4 MiB a client and 256 MiB in all; behind that they go on as if the client's life
began there. With --fail, the exit code is 1 when something of the level must was found.

--script names a list of faults, in the words of scenarios, which scenarios/README.md describes. They act in their
order; those behind a wait act later. A fault cut or fault stall without a packet acts at once, on the newest
connection or on that with the number conn.

  - fault drop: {packet: PUBACK, nth: 3}
  - fault latency: {by: 50ms, dir: to_client}
  - wait: 10s
  - fault down:
  - wait: 5s
  - fault up:

--captures writes what passes to DIR/proxy-000001.wire and so on, for mqttconform show. A file ends behind the record
with which it reaches --max-capture bytes, and the newest --keep files are kept, with those of earlier runs. Text is
three to six times as large as what passes. Where more than 8 MiB a second pass, it is written once less passes, at the
latest when the proxy stops; until then what passes is in DIR/spool-000001.bin and so on, which takes up to half more of
the disk, or 24 MiB. What a proxy that is killed has left there is written by the next one with the same DIR; it
may be there twice then, and what passed in the last tenth of a second may be missing.

--control serves a small interface over HTTP, for this machine alone. Its address is said at the start.

  curl http://127.0.0.1:9911/rules
  curl --data-binary '- fault drop: {packet: PUBACK}' http://127.0.0.1:9911/rules
  curl -X DELETE http://127.0.0.1:9911/rules/1
  curl -X POST 'http://127.0.0.1:9911/cut?conn=1&how=rst'
  curl -X POST http://127.0.0.1:9911/reset
  curl http://127.0.0.1:9911/metrics

The body of a POST to /rules is a script without wait. /cut without conn is about the newest connection. /reset removes
all rules and ends stalls and fault down. /metrics has the counters in the text format of Prometheus. GET /openapi.yaml
answers with a description of all of this for tools that make clients.

TLS ends at the proxy, which has to read the packets. --tls-cert and --tls-key are the proxy's own certificate, for
clients; they must trust it. --upstream-tls speaks TLS with the broker, and --upstream-ca trusts a private authority:

  mqttconform proxy --upstream broker.example:8883 --upstream-tls --upstream-ca ca.pem \
      --listen 127.0.0.1:8884 --tls-cert proxy.pem --tls-key proxy.key

A client for which the broker cannot be reached is disconnected, and counted. A packet above 16 MiB, and a connection
above 10,000, are reset. An address that is no loopback address lets other machines connect, which is said at the start.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		o := &proxyFlags{}
		flags := newFlags("proxy")
		flags.StringVar(&o.listen, "listen", "127.0.0.1:1884", "where clients connect to, as `HOST:PORT`; port 0 is a free one")
		flags.StringVar(&o.upstream, "upstream", "", "the broker, as `HOST:PORT`")
		flags.StringVar(&o.script, "script", "", "have the faults of `FILE`")
		flags.Uint64Var(&o.seed, "seed", 0, "`N` chooses what random faults draw")
		flags.StringVar(&o.captures, "captures", "", "write captures to `DIR`")
		flags.BoolVar(&o.pcapng, "pcapng", false, "write each capture as pcapng as well, once it is whole")
		flags.Int64Var(&o.maxCapture, "max-capture", 16<<20, "begin the next file behind `BYTES`")
		flags.IntVar(&o.keep, "keep", 8, "keep the newest `N` files")
		flags.BoolVar(&o.watch, "watch", false, "have the monitors judge what passes")
		flags.BoolVar(&o.born, "new-clients", false, "no client has a session or messages from before")
		flags.BoolVar(&o.fail, "fail", false, "with --watch: exit with 1 when a client has broken a rule")
		flags.StringVar(&o.format, "format", "text", "`FORMAT` of findings and of the summary: text, or json with one object a line")
		flags.DurationVar(&o.lasts, "for", 0, "stop after `D`; 0 is not to")
		flags.StringVar(&o.cert, "tls-cert", "", "speak TLS with clients, with the certificates of `FILE` (PEM)")
		flags.StringVar(&o.key, "tls-key", "", "the private key of --tls-cert, in `FILE`")
		flags.BoolVar(&o.upstreamTLS, "upstream-tls", false, "speak TLS with the broker")
		flags.StringVar(&o.upstreamCA, "upstream-ca", "", "trust the authorities in `FILE` (PEM) and no others")
		flags.StringVar(&o.control, "control", "", "serve a control interface over HTTP at `HOST:PORT`, a loopback address")
		return flags, func(args []string) (int, error) {
			if err := o.check(args); err != nil {
				return 0, err
			}
			return o.run(a)
		}
	},
}

// proxyFlags are the flags of proxy.
type proxyFlags struct {
	listen, upstream, script, captures, format, control string

	seed        uint64
	pcapng      bool
	maxCapture  int64
	keep        int
	watch, fail bool
	born        bool
	lasts       time.Duration

	cert, key, upstreamCA string
	upstreamTLS           bool
}

// maxConverted bounds the size of captures that are written as pcapng, which is done in memory.
const maxConverted = 128 << 20

// check returns what is wrong with the flags.
func (o *proxyFlags) check(args []string) error {
	if len(args) > 0 {
		return usagef("proxy takes no arguments, such as %q", args[0])
	}
	if o.upstream == "" {
		return usagef("proxy wants --upstream, the broker")
	}
	for _, f := range []struct{ name, addr string }{{"listen", o.listen}, {"upstream", o.upstream}, {"control", o.control}} {
		if _, port, err := net.SplitHostPort(f.addr); f.addr != "" && (err != nil || port == "") {
			return usagef("--%s %q: it is HOST:PORT, such as 127.0.0.1:1883", f.name, f.addr)
		}
	}
	switch {
	case o.format != "text" && o.format != "json":
		return usagef("--format %q: it may be json or text", o.format)
	case o.fail && !o.watch:
		return usagef("--fail goes with --watch")
	case o.born && !o.watch:
		return usagef("--new-clients goes with --watch")
	case o.pcapng && o.captures == "":
		return usagef("--pcapng goes with --captures")
	case o.maxCapture < 1:
		return usagef("--max-capture %d: it must be positive", o.maxCapture)
	case o.pcapng && o.maxCapture > maxConverted:
		return usagef("--max-capture %d: with --pcapng it is at most %d", o.maxCapture, maxConverted)
	case o.keep < 1:
		return usagef("--keep %d: it must be positive", o.keep)
	case o.lasts < 0:
		return usagef("--for %v: it cannot be negative", o.lasts)
	case (o.cert == "") != (o.key == ""):
		return usagef("--tls-cert and --tls-key go together")
	case o.upstreamCA != "" && !o.upstreamTLS:
		return usagef("--upstream-ca goes with --upstream-tls")
	case o.control != "" && !isLoopback(o.control):
		return usagef("--control %s: it is a loopback address, such as 127.0.0.1:0: who reaches it needs no password", o.control)
	}
	return nil
}

// isLoopback reports whether only this machine can connect to an address.
func isLoopback(addr string) bool { return (&serveFlags{listen: addr}).loopback() }

// options returns what the relay is started with, but for its taps.
func (o *proxyFlags) options() (proxy.Options, error) {
	opts := proxy.Options{Listen: o.listen, Upstream: o.upstream, Seed: o.seed}
	if o.cert != "" {
		pair, err := tls.LoadX509KeyPair(o.cert, o.key)
		if err != nil {
			return opts, usagef("--tls-cert: %v", err)
		}
		opts.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	if !o.upstreamTLS {
		return opts, nil
	}
	config := &tls.Config{}
	if o.upstreamCA != "" {
		pem, err := readFile(o.upstreamCA, maxList)
		if err != nil {
			return opts, usagef("--upstream-ca: %v", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return opts, usagef("--upstream-ca %s: it has no certificate", o.upstreamCA)
		}
	}
	d := &tls.Dialer{Config: config}
	opts.Dial = func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "tcp", o.upstream) }
	return opts, nil
}

// run stands between clients and the broker until it is told to stop.
func (o *proxyFlags) run(a app) (int, error) {
	opts, err := o.options()
	if err != nil {
		return 0, err
	}
	var steps []scenario.Step
	if o.script != "" {
		if steps, err = readScript(o.script); err != nil {
			return 0, err
		}
	}
	if opts.Rules, steps, err = begins(steps); err != nil {
		return 0, err
	}
	a.stdout = &shared{w: a.stdout}
	var files *captureFiles
	if o.captures != "" {
		if files, err = newCaptureFiles(o.captures, o.maxCapture, o.keep, o.pcapng); err != nil {
			return 0, &setupError{fmt.Errorf("a capture could not be written: %w", err)}
		}
		defer files.close()
	}
	var w *watcher
	if o.watch {
		w = newWatcher(a.stdout, o.format == "json", o.born)
	}
	opts.Tap = taps(files, w)

	signals, usr1 := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	notifyUSR1(usr1)
	defer signal.Stop(usr1)

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := proxy.Start(ctx, opts)
	if err != nil {
		return 0, &setupError{fmt.Errorf("--listen: %w", err)}
	}
	defer r.Close()
	if o.control != "" {
		c, err := startControl(o.control, r)
		if err != nil {
			return 0, &setupError{fmt.Errorf("--control: %w", err)}
		}
		defer c.Close()
		fmt.Fprintf(a.stderr, "mqttconform: control at http://%s\n", c.addr)
	}
	if !isLoopback(o.listen) {
		fmt.Fprintf(a.stderr, "mqttconform: warning: other machines can connect to %s; what they send is passed on to %s\n", o.listen, o.upstream)
	}
	fmt.Fprintf(a.stderr, "mqttconform: clients connect to %s; the broker is %s\n", r.Addr(), o.upstream)

	var running sync.WaitGroup
	running.Go(func() {
		playScript(ctx, r, steps, func(err error) { fmt.Fprintf(a.stderr, "mqttconform: %s\n", printable(err)) })
	})
	var over <-chan time.Time
	if o.lasts > 0 {
		over = time.After(o.lasts)
	}
	for waits := true; waits; {
		select {
		case <-usr1:
			summaryOf(r, w).write(a.stdout, o.format == "json")
		case <-signals:
			waits = false
		case <-over:
			waits = false
		}
	}
	signal.Stop(signals) // the next one ends the process
	open := r.Stats().Open
	cancel()
	running.Wait()
	r.Close()
	if w != nil {
		w.close()
	}
	sum := summaryOf(r, w)
	sum.Open = open
	sum.write(a.stdout, o.format == "json")
	if err := r.Err(); err != nil {
		fmt.Fprintf(a.stderr, "mqttconform: a fault could not be applied: %s\n", printable(err))
	}
	if files != nil {
		if err := files.close(); err != nil {
			return 0, &setupError{fmt.Errorf("a capture could not be written: %w", err)}
		}
	}
	if o.fail && w.musts() > 0 {
		return exitFailed, nil
	}
	return exitOK, nil
}

// shared is a writer for several goroutines.
type shared struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(b)
}

// taps returns who gets the records of connections: captures and watcher, each of which may be nil.
func taps(files *captureFiles, w *watcher) func(int, net.Addr) proxy.Tap {
	if files == nil && w == nil {
		return nil
	}
	return func(conn int, client net.Addr) proxy.Tap {
		t := &proxyTap{files: files, conn: conn}
		if w != nil {
			t.watch = &watchTap{x: w, conn: conn, addr: client.String()}
		}
		return t
	}
}

// proxyTap passes records on.
type proxyTap struct {
	files *captureFiles
	watch *watchTap
	conn  int
}

func (t *proxyTap) Record(r capture.Record) {
	if t.files != nil {
		t.files.spool.Add(r)
	}
	if t.watch != nil {
		t.watch.Record(r)
	}
}

// Run implements [proxy.RunTap].
func (t *proxyTap) Run(r capture.Record) {
	if t.files != nil {
		t.files.spool.AddRun(r)
	}
	if t.watch == nil {
		return
	}
	for p := range capture.Packets(r.Data) {
		one := r
		one.Data = bytes.Clone(p) // the monitors keep it
		t.watch.Record(one)
	}
}

func (t *proxyTap) Close() {
	if t.files != nil {
		t.files.spool.Over(t.conn)
	}
	if t.watch != nil {
		t.watch.Close()
	}
}
