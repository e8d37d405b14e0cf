package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
	"umqtt/harness/world"
)

// openConns has a process open so many simulated connections, and returns the processor time that it takes: the least of
// three, since other work on the machine adds to it.
func openConns(order string) func(b *growthBench, n int) (time.Duration, error) {
	return func(_ *growthBench, n int) (least time.Duration, err error) {
		for i := range 3 {
			took, err := openOnce(order, n)
			if err != nil {
				return 0, err
			}
			if i == 0 || took < least {
				least = took
			}
		}
		return least, nil
	}
}

func openOnce(order string, n int) (time.Duration, error) {
	p, err := start(fmt.Sprintf("open %s %d", order, n))
	if err != nil {
		return 0, err
	}
	defer p.end()
	line, err := p.line()
	if err != nil {
		return 0, err
	}
	ns, err := strconv.ParseInt(line, 10, 64)
	return time.Duration(ns), err
}

// openJob opens simulated connections, has packets pass on all of them both ways while all are open, and closes them. It
// prints the processor time in nanoseconds. The order is "fifo", or "seeded".
func openJob(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("open: %q", args)
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	cfg := world.Config{Name: "bench/open", Records: 10 * n}
	if args[0] == "seeded" {
		cfg.Seed = 1
	}
	return hosted(func(t *testing.T) error {
		took, err := spent(func() (err error) {
			stopped := world.Bubble(t, "open", patience, nil, func() { err = allOpen(cfg, n) })
			if stopped != nil {
				return fmt.Errorf("the simulated world came to a stop: %v", stopped)
			}
			return err
		})
		if err == nil {
			fmt.Println(took.Nanoseconds())
		}
		return err
	})
}

// allOpen plays the clients and their peer.
func allOpen(cfg world.Config, n int) error {
	w, err := world.InBubble(cfg)
	if err != nil {
		return err
	}
	defer w.Close()
	conns := make([]net.Conn, n)
	for i := range conns {
		if conns[i], err = w.Link.Dial(context.Background()); err != nil {
			return err
		}
	}
	seen := 0
	// round has each client write a packet, or end, and the peer answer each, until so many packets and ends have passed.
	round := func(want int, write func(net.Conn) error, answer []byte) error {
		for _, c := range conns {
			if err := write(c); err != nil {
				return err
			}
		}
		passed := 0
		var failed error
		done := w.Link.Await(func() bool {
			for _, r := range w.Recorder.Since(seen) {
				seen++
				passed++
				if r.Kind == capture.Sent && answer != nil {
					failed = w.Link.Send(r.Conn, answer)
				}
			}
			return passed >= want || failed != nil
		}, patience)
		if !done {
			return fmt.Errorf("%d of %d packets and ends have passed", passed, want)
		}
		return failed
	}
	packet := func(p wire.Packet) func(net.Conn) error {
		data := p.Append(nil)
		return func(c net.Conn) error { _, err := c.Write(data); return err }
	}
	connect := &wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: strings.Repeat("c", 20)}
	if err := round(2*n, packet(connect), (&wire.Connack{}).Append(nil)); err != nil {
		return err
	}
	publish := &wire.Publish{Topic: topic, QoS: 1, PacketID: 1, Payload: make([]byte, smallPayload)}
	if err := round(2*n, packet(publish), (&wire.Puback{PacketID: 1}).Append(nil)); err != nil {
		return err
	}
	return round(n, func(c net.Conn) error { return c.(interface{ CloseWrite() error }).CloseWrite() }, nil)
}
