package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
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
	short: "relay between clients and a broker, with faults, captures and monitors",
	long: `
Relays between unchanged clients and any broker. The clients connect to the proxy, which connects to the broker. It
runs until SIGINT or SIGTERM, and then writes a summary: connections, packets by type, faults that have been applied.
SIGUSR1 writes a summary while it runs.

  mqttconform proxy --listen 127.0.0.1:1884 --upstream 127.0.0.1:1883 --watch

With --watch all monitors check each client, over all connections with its client identifier. Each finding is reported
once, at once: the client, the rule and its section, the last packets. Findings at level must are certain. The proxy
does not know what a client did before: until the client connects with clean session 1, packets that earlier traffic
could explain are not reported. With --new-clients they are: use it if no client has a session or messages from
before. The state of the monitors is bounded to 4 MiB a client and 256 MiB in all; a monitor that reaches the bound
starts again, as for a client that it does not know. With --fail, the exit code is 1 if there was a finding at level
must.

--script names a file with a list of fault and wait steps, in the language of scenarios/README.md. They are executed
in order. A fault cut or fault stall without a packet acts at once, on the newest connection or on that with the
number conn.

  - fault drop: {packet: PUBACK, nth: 3}
  - fault latency: {by: 50ms, dir: to_client}
  - wait: 10s
  - fault down:
  - wait: 5s
  - fault up:

--captures writes the traffic to DIR/proxy-000001.wire and so on, for mqttconform show. A file ends after the record
with which it reaches --max-capture bytes. The newest --keep files are kept, including those of earlier runs. The text
is three to six times as large as the traffic. While there are more than 8 MiB a second, the traffic is kept in
DIR/spool-000001.bin and so on; these take up to half more of the disk, or 24 MiB. They are converted when there is less
traffic, at the latest when the proxy stops. If the proxy is killed, the next one with the same DIR converts what is
left: some records may then be there twice, and those of the last tenth of a second may be missing.

--control serves an HTTP interface on a loopback address, which is printed at the start.

  curl http://127.0.0.1:9911/rules
  curl --data-binary '- fault drop: {packet: PUBACK}' http://127.0.0.1:9911/rules
  curl -X DELETE http://127.0.0.1:9911/rules/1
  curl -X POST 'http://127.0.0.1:9911/cut?conn=1&how=rst'
  curl -X POST http://127.0.0.1:9911/reset
  curl http://127.0.0.1:9911/metrics

The body of a POST to /rules is a script without wait. /cut without conn cuts the newest connection. /reset removes
all rules and ends stalls and fault down. /metrics returns the counters in the text format of Prometheus.
/openapi.yaml returns a description of the interface, from which tools generate clients.

TLS ends at the proxy, which has to read the packets. --tls-cert and --tls-key are the certificate and key of the
proxy; the clients must trust it. --upstream-tls uses TLS with the broker, and --upstream-ca trusts a private
authority:

  mqttconform proxy --upstream broker.example:8883 --upstream-tls --upstream-ca ca.pem \
      --listen 127.0.0.1:8884 --tls-cert proxy.pem --tls-key proxy.key

If the broker cannot be reached, the client is disconnected and counted. A connection with a packet larger than 16
MiB, and connections beyond 10,000, are reset. A listen address that is not a loopback address lets other machines
connect; the proxy then prints a warning at the start.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		o := &proxyFlags{}
		flags := newFlags("proxy")
		flags.StringVar(&o.listen, "listen", "127.0.0.1:1884", "listen for clients at `HOST:PORT`; port 0 is a free port")
		flags.StringVar(&o.upstream, "upstream", "", "connect to the broker at `HOST:PORT`")
		flags.StringVar(&o.script, "script", "", "execute the faults in `FILE`")
		flags.Uint64Var(&o.seed, "seed", 0, "`N` is the seed of random faults")
		flags.StringVar(&o.captures, "captures", "", "write captures to `DIR`")
		flags.BoolVar(&o.pcapng, "pcapng", false, "also write each capture as pcapng, once it is complete")
		flags.Int64Var(&o.maxCapture, "max-capture", 16<<20, "begin the next file after `BYTES`")
		flags.IntVar(&o.keep, "keep", 8, "keep the newest `N` files")
		flags.BoolVar(&o.watch, "watch", false, "check the traffic with the monitors")
		flags.BoolVar(&o.born, "new-clients", false, "no client has a session or messages from before")
		flags.BoolVar(&o.fail, "fail", false, "with --watch: exit with 1 if there was a finding at level must")
		flags.StringVar(&o.format, "format", "text", "`FORMAT` of findings and of the summary: text, or json with one object a line")
		flags.DurationVar(&o.lasts, "for", 0, "stop after `D`; 0 means never")
		flags.StringVar(&o.cert, "tls-cert", "", "use TLS with clients, with the certificates in `FILE` (PEM)")
		flags.StringVar(&o.key, "tls-key", "", "the private key of --tls-cert, in `FILE`")
		flags.BoolVar(&o.upstreamTLS, "upstream-tls", false, "use TLS with the broker")
		flags.StringVar(&o.upstreamCA, "upstream-ca", "", "trust only the authorities in `FILE` (PEM)")
		flags.StringVar(&o.control, "control", "", "serve the HTTP control interface at `HOST:PORT`, a loopback address")
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
		return usagef("proxy needs --upstream, the broker")
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
		return usagef("--control %s: it is a loopback address, such as 127.0.0.1:0, since it has no password", o.control)
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
	a.stdout = &sharedWriter{w: a.stdout}
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
