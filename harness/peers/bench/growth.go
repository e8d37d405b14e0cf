package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/monitor"
	"umqtt/harness/proxy"
	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// A curve is how the processor time of something grows with its size.
type curve struct {
	name  string
	sizes []int
	take  func(b *growthBench, n int) (time.Duration, error)
	why   string // it may grow faster than its size
	took  []time.Duration
}

// growthBench is what curves are taken in.
type growthBench struct{ dir, sink string }

// curves are in the order of the table and of the plot.
func curves() []*curve {
	return []*curve{
		{name: "connections, simulated", sizes: []int{2, 10, 100, 1_000, 10_000}, take: simulatedConns},
		{name: "connections, simulated, all open, in turn", sizes: []int{1, 10, 100, 1_000, 10_000}, take: openConns("fifo"), why: openWhy},
		{name: "connections, simulated, all open, by a seed", sizes: []int{1, 10, 100, 1_000, 10_000}, take: openConns("seeded"), why: openWhy},
		{name: "connections, TCP, through the proxy", sizes: []int{1, 10, 100, 1_000, 4_000}, take: tcpConns},
		{name: "packets of a capture: record, write, parse, judge", sizes: []int{1_000, 10_000, 100_000, 1_000_000}, take: capturePackets},
		{name: "fault rules, for 100 packets", sizes: []int{10, 100, 1_000, 10_000}, take: faultRules},
		{name: "scenarios, parsed and checked", sizes: []int{10, 100, 1_000, 10_000}, take: scenarioFiles},
	}
}

// openWhy is why a step among many open connections may take longer: no part of it looks at all of them, by the profile.
const openWhy = "(a step misses the processor's caches more often)"

// steep is the exponent above which a curve grows faster than its size: a little above 1, for what caches do.
const steep = 1.2

// exponent is the slope between the last two sizes in logarithms: 1 is linear.
func (c *curve) exponent() float64 {
	k := len(c.took) - 1
	return math.Log(float64(c.took[k])/float64(max(c.took[k-1], 1))) / math.Log(float64(c.sizes[k])/float64(c.sizes[k-1]))
}

// takeGrowth takes each curve, prints the table, and plots them to a file.
func takeGrowth(w io.Writer, cfg config, plot string) error {
	dir, err := os.MkdirTemp("", "umqtt-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := buildCommand(dir); err != nil {
		return err
	}
	sink, err := start("drain")
	if err != nil {
		return err
	}
	defer sink.end()
	b := &growthBench{dir: dir}
	if b.sink, err = sink.line(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nHow the processor time grows. The exponent is that of the last step: 1 is linear; the aim is at most %.1f.\n\n", steep)
	all := curves()
	for _, c := range all {
		if cfg.most > 0 {
			c.sizes = c.sizes[:2]
		}
		fmt.Fprintf(w, "%-50s", c.name)
		for _, n := range c.sizes {
			took, err := c.take(b, n)
			if err != nil {
				return fmt.Errorf("%s, %d: %w", c.name, n, err)
			}
			c.took = append(c.took, took)
			fmt.Fprintf(w, "  %d: %.4g s", n, took.Seconds())
		}
		verdict := "met"
		if c.exponent() > steep {
			verdict = "not met " + c.why
		}
		fmt.Fprintf(w, "  exponent %.2f, %s\n", c.exponent(), verdict)
	}
	if plot == "" {
		return nil
	}
	if err := os.WriteFile(plot, growthPlot(all), 0o666); err != nil {
		return err
	}
	path, err := filepath.Abs(plot)
	fmt.Fprintf(w, "\nplot: %s\n", path)
	return err
}

// spent returns the processor time that f takes in this process.
func spent(f func() error) (time.Duration, error) {
	c, err := measured(f)
	return c.cpu, err
}

// connsScenario has so many connections, one after another.
const connsScenario = `title: Many connections
covers: [MQTT-3.1.0-1]
level: must
why: a connection begins with a CONNECT
peer: script
world: simulated
reason: it shows how the cost grows
steps:
  - repeat: %d
    steps:
      - client connect:
      - expect CONNECT:
      - send CONNACK: {session_present: false, code: 0}
      - client disconnect:
      - expect DISCONNECT:
      - wait: 1ms
`

// simulatedConns has mqttconform play a scenario of so many connections.
func simulatedConns(b *growthBench, n int) (time.Duration, error) {
	file := filepath.Join(b.dir, "conns.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, connsScenario, n), 0o666); err != nil {
		return 0, err
	}
	cmd := exec.Command(filepath.Join(b.dir, "mqttconform"), "run", "--world", "simulated", "--long", "--subject", "simple", file)
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// tcpConns opens so many connections through the proxy, has a packet pass each both ways while all are open, and closes them.
func tcpConns(b *growthBench, n int) (time.Duration, error) {
	return spent(func() error {
		r, err := proxy.Start(context.Background(), proxy.Options{Upstream: b.sink})
		if err != nil {
			return err
		}
		defer r.Close()
		var errs []error
		conns := make([]net.Conn, 0, n)
		for range n {
			c, err := dialPing(r.Addr())
			if err != nil {
				return err
			}
			defer c.Close()
			conns = append(conns, c)
		}
		for _, c := range conns {
			errs = append(errs, ping(c))
		}
		return errors.Join(errs...)
	})
}

// capturePackets records so many packets, formats and parses the capture, and has the monitors judge it.
func capturePackets(_ *growthBench, n int) (time.Duration, error) {
	return spent(func() error {
		rec := capture.NewRecorder("growth", func() time.Duration { return 0 })
		rec.Bytes(1, capture.Sent, (&wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: "c"}).Append(nil))
		rec.Bytes(1, capture.Handed, (&wire.Connack{}).Append(nil))
		for i := range n / 2 {
			id := uint16(i%65535 + 1)
			rec.Bytes(1, capture.Sent, (&wire.Publish{Topic: topic, QoS: 1, PacketID: id}).Append(nil))
			rec.Bytes(1, capture.Handed, (&wire.Puback{PacketID: id}).Append(nil))
		}
		c, err := capture.Parse("growth.wire", capture.Format(rec.Capture()))
		if err != nil {
			return err
		}
		if found := monitor.Check(c, monitor.Simulated); len(found) > 0 {
			return fmt.Errorf("a conforming client breaks %v", found[0])
		}
		return nil
	})
}

// faultRules passes 100 packets through so many rules, each of which looks at all of them and applies to none.
func faultRules(_ *growthBench, n int) (time.Duration, error) {
	return spent(func() error {
		e := fault.NewEngine(1)
		for range n {
			e.Arm(fault.Rule{Match: fault.Match{Type: wire.PUBLISH, Fields: map[string]any{"topic": "another"}}, Action: fault.Drop{}})
		}
		packet := (&wire.Publish{Topic: topic, Payload: make([]byte, smallPayload)}).Append(nil)
		for range 100 {
			if outs, _ := e.Packet(0, fault.Packet{Conn: 1, Dir: wire.ToServer, Data: packet}); len(outs) != 1 {
				return errors.New("a rule has applied")
			}
		}
		return e.Err()
	})
}

// scenarioFiles parses so many scenarios.
func scenarioFiles(_ *growthBench, n int) (time.Duration, error) {
	return spent(func() error {
		for i := range n {
			if _, err := scenario.Parse(fmt.Sprintf("s%d.yaml", i), fmt.Appendf(nil, connsScenario, i%1000+2)); err != nil {
				return err
			}
		}
		return nil
	})
}
