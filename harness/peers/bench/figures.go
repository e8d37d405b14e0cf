package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"umqtt/harness/broker"
)

// env is what a sample is taken in.
type env struct {
	config
	addr map[string]string // of the peers, by kind
	runs int               // samples taken so far, to tell client identifiers apart
}

// values are what one sample says, by unit. The unit ns/op stands for time, and its inverse is the rate.
type values map[string]float64

// figure is something that is measured.
type figure struct {
	name string // as benchstat shows it
	take func(e *env, client string) (n int, v values, err error)
}

// figures lists all of them, in the order of the table.
var figures = []figure{
	{"QoS0/size=16B/peer=broker", throughput("broker", smallPayload)},
	{"QoS0/size=16B/peer=embedded", throughput("embedded", smallPayload)},
	{"QoS0/size=16B/peer=null", throughput("script", smallPayload)},
	{"Held/size=16B/peer=null", bursts("script")},
	{"QoS0/size=16KiB/peer=broker", throughput("broker", largePayload)},
	{"QoS0/size=16KiB/peer=embedded", throughput("embedded", largePayload)},
	{"QoS0/size=16KiB/peer=null", throughput("script", largePayload)},
	{"QoS1/size=16B/peer=broker", roundTrips("broker")},
	{"QoS1/size=16B/peer=null", roundTrips("script")},
	{"Windows/size=16B/peer=broker", windows("broker")},
	{"Windows/size=16B/peer=null", windows("script")},
	{"Receive/size=16B", receiving(smallPayload)},
	{"Receive/size=16KiB", receiving(largePayload)},
	{"Memory/connected", memory("connected")},
	{"Memory/receiving", memory("receiving")},
	{"Binary", binarySize},
}

// dial makes and connects a client.
func (e *env) dial(client, peer string) (contender, error) {
	c, err := contenderOf(client)
	if err != nil {
		return nil, err
	}
	e.runs++
	return c, c.connect(e.addr[peer], fmt.Sprint("bench-", e.runs))
}

// count returns how many messages of a size show how fast a client is.
func (e *env) count(size int) int {
	if size == largePayload {
		return e.large
	}
	return e.small
}

// cost is what some operations took and used up, in this process.
type cost struct {
	took, cpu      time.Duration
	objects, bytes uint64
}

// measured runs f and returns what it cost.
func measured(f func() error) (cost, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	cpu, began := cpuTime(), time.Now()
	err := f()
	c := cost{took: time.Since(began), cpu: cpuTime() - cpu}
	runtime.ReadMemStats(&after)
	c.objects, c.bytes = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	return c, err
}

// cpuTime is the time that all threads of this process have run so far, in the kernel as well.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// per divides the cost among n operations. What the processor did is less noisy than the time that it took
// when the machine has more to do.
func (c cost) per(n int) values {
	f := float64(n)
	return values{
		"ns/op": float64(c.took) / f, "cpu-ns/op": float64(c.cpu) / f,
		"allocs/op": float64(c.objects) / f, "B/op": float64(c.bytes) / f,
	}
}

// throughput is QoS 0 publishing, until the peer has read the last message: a QoS 1 message follows, and
// its acknowledgement ends the time. Every client publishes for about as long, so that what else the machine
// does falls on all of them alike.
func throughput(peer string, size int) func(*env, string) (int, values, error) {
	return rate(peer, size, func(c contender, payload []byte, n int) error {
		for range n {
			if err := c.publish(payload, 0); err != nil {
				return err
			}
		}
		return c.publish(payload, 1)
	})
}

// gathered is how many messages a burst has, and inWindow how many a window.
const (
	gathered = 500
	inWindow = 16
)

// bursts is throughput in bursts, which a client may write at once.
func bursts(peer string) func(*env, string) (int, values, error) {
	return rate(peer, smallPayload, func(c contender, payload []byte, n int) error {
		for ; n > 0; n -= gathered {
			if err := c.burst(payload, min(n, gathered)); err != nil {
				return err
			}
		}
		return c.publish(payload, 1)
	})
}

// windows is QoS 1 publishing, so many messages at a time.
func windows(peer string) func(*env, string) (int, values, error) {
	return rate(peer, smallPayload, func(c contender, payload []byte, n int) error {
		for ; n > 0; n -= inWindow {
			if err := c.window(payload, min(n, inWindow)); err != nil {
				return err
			}
		}
		return nil
	})
}

// rate measures how many messages a second some way to publish them makes.
func rate(peer string, size int, publish func(c contender, payload []byte, n int) error) func(*env, string) (int, values, error) {
	return func(e *env, client string) (int, values, error) {
		c, err := e.dial(client, peer)
		if err != nil {
			return 0, nil, err
		}
		defer c.close()
		payload := make([]byte, size)
		some := func(n int) error { return publish(c, payload, n) }
		warm := e.count(size)
		first, err := measured(func() error { return some(warm) })
		if err != nil {
			return 0, nil, err
		}
		n := int(float64(warm)*float64(e.sample)/float64(first.took)) + 1
		spent, err := measured(func() error { return some(n) })
		v := spent.per(n)
		v["MB/s"] = float64(n*size) / spent.took.Seconds() / 1e6
		return n, v, err
	}
}

// roundTrips is QoS 1 publishing, one message after another.
func roundTrips(peer string) func(*env, string) (int, values, error) {
	return func(e *env, client string) (int, values, error) {
		c, err := e.dial(client, peer)
		if err != nil {
			return 0, nil, err
		}
		defer c.close()
		payload := make([]byte, smallPayload)
		trips := make([]time.Duration, e.trips)
		some := func(n int) error {
			for i := range n {
				began := time.Now()
				if err := c.publish(payload, 1); err != nil {
					return err
				}
				trips[i] = time.Since(began)
			}
			return nil
		}
		if err := some(e.trips/10 + 1); err != nil {
			return 0, nil, err
		}
		spent, err := measured(func() error { return some(len(trips)) })
		v := spent.per(len(trips))
		slices.Sort(trips)
		v["p50-ns"] = float64(trips[len(trips)/2])
		v["p99-ns"] = float64(trips[len(trips)*99/100])
		return len(trips), v, err
	}
}

// receiving is the time from the first message's callback to the last one's.
func receiving(size int) func(*env, string) (int, values, error) {
	return func(e *env, client string) (int, values, error) {
		c, err := e.dial(client, "script")
		if err != nil {
			return 0, nil, err
		}
		defer c.close()
		n := e.receives
		if size == largePayload {
			n = e.large
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		got := 0
		var first, last time.Time
		spent, err := measured(func() error {
			err := c.subscribe(fmt.Sprintf("flood/%d/%d", n, size), func() {
				switch got++; got {
				case 1:
					first = time.Now()
				case n:
					last = time.Now()
					cancel()
				}
			})
			if err == nil {
				c.receive(ctx)
			}
			return err
		})
		if err == nil && context.Cause(ctx) != context.Canceled {
			err = fmt.Errorf("%s received fewer than %d messages", client, n)
		}
		if err != nil {
			return 0, nil, err
		}
		spent.took = last.Sub(first)
		v := spent.per(n - 1)
		v["MB/s"] = float64((n-1)*size) / spent.took.Seconds() / 1e6
		return n - 1, v, nil
	}
}

// embed starts the broker in this process as well, where it shares the collector and the scheduler.
func (e *env) embed() (stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b, err := broker.Start(l)
	if err != nil {
		return nil, err
	}
	e.addr["embedded"] = l.Addr().String()
	return b.Stop, nil
}

// sample is one figure of one client, taken once.
type sample struct {
	figure, client string
	repeat, n      int
	values         values
}

// take takes all samples: each repeat takes every figure, the clients in turn.
func take(cfg config, progress io.Writer) ([]sample, error) {
	e := &env{config: cfg, addr: map[string]string{}}
	for _, kind := range []string{"broker", "script"} {
		p, err := start(kind)
		if err != nil {
			return nil, err
		}
		defer p.end()
		if e.addr[kind], err = p.line(); err != nil {
			return nil, err
		}
	}
	stop, err := e.embed()
	if err != nil {
		return nil, err
	}
	defer stop()
	var all []sample
	for repeat := range cfg.repeats {
		fmt.Fprintf(progress, "repeat %d of %d\n", repeat+1, cfg.repeats)
		for _, f := range figures {
			if !strings.Contains(f.name, cfg.only) || f.name == "Binary" && repeat > 0 {
				continue
			}
			for i := range contenders {
				client := contenders[(i+repeat)%len(contenders)].name
				n, v, err := f.take(e, client)
				if err != nil {
					return nil, fmt.Errorf("%s with %s: %w", f.name, client, err)
				}
				all = append(all, sample{f.name, client, repeat, n, v})
			}
		}
	}
	return all, nil
}

// median returns the middle of some numbers, or the mean of the two in the middle.
func median(xs []float64) float64 {
	s := slices.Sorted(slices.Values(xs))
	return (s[len(s)/2] + s[(len(s)-1)/2]) / 2
}
