package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"umqtt/harness/wire"
)

var pingreq, pingresp = (&wire.Pingreq{}).Append(nil), (&wire.Pingresp{}).Append(nil)

// drain is the sink of what passes a relay. It reads all there is, and looks at nothing but the last two bytes: behind a
// PINGREQ it answers with a PINGRESP.
func drain(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			buf := make([]byte, 256<<10)
			var tail []byte
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				tail = append(tail, buf[max(0, n-2):n]...)
				tail = tail[max(0, len(tail)-2):]
				if bytes.Equal(tail, pingreq) {
					c.Write(pingresp)
				}
			}
		}()
	}
}

// batchOf returns many PUBLISH packets of a payload, and their number: what a sender writes at once.
func batchOf(size, bytes int) (batch []byte, n int) {
	packet := (&wire.Publish{Topic: topic, Payload: make([]byte, size)}).Append(nil)
	for len(batch) < bytes {
		batch = append(batch, packet...)
		n++
	}
	return batch, n
}

// batchBytes is how many bytes a sender writes at once.
const batchBytes = 64 << 10

// relayed is a relay as the load sees it.
type relayed struct {
	name, addr string
	p          *process // nil for none
}

// cpu is the time that the relay has run so far.
func (r relayed) cpu() time.Duration {
	if r.p == nil {
		return 0
	}
	return r.p.cpuTime()
}

// rests waits until a relay has done what it does behind what has passed, such as the text of a capture: it counts as its
// processor time, and holds up nobody who is measured behind it.
func (r relayed) rests() {
	const quiet = 400 * time.Millisecond // longer than a spool waits
	if r.name != "capture" {
		return
	}
	for began, last, since := time.Now(), r.cpu(), time.Now(); time.Since(since) < quiet && time.Since(began) < patience; time.Sleep(quiet / 20) {
		if now := r.cpu(); now > last+time.Millisecond {
			last, since = now, time.Now()
		}
	}
}

// passing is the rate at which a relay passes packets on that a sender has put together, and what it takes for that.
func passing(size int) func(*relayBench, relayed) (values, error) {
	return func(b *relayBench, r relayed) (values, error) {
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		batch, n := batchOf(size, batchBytes)
		if err := ping(c); err != nil {
			return nil, err
		}
		c.SetDeadline(time.Now().Add(patience))
		cpu, began := r.cpu(), time.Now()
		batches := 0
		for ; batches == 0 || time.Since(began) < b.cfg.sample; batches++ {
			if _, err := c.Write(batch); err != nil {
				return nil, err
			}
		}
		if err := ping(c); err != nil {
			return nil, err
		}
		took, mib := time.Since(began), float64(batches*len(batch))/(1<<20)
		r.rests()
		v := values{"packets/s": float64(batches*n) / took.Seconds(), "MiB/s": mib / took.Seconds()}
		if cpu = r.cpu() - cpu; cpu > 0 {
			v["cpu-ns/MiB"] = float64(cpu) / mib
		}
		return v, nil
	}
}

// ping waits until all that was written before has arrived.
func ping(c net.Conn) error {
	if _, err := c.Write(pingreq); err != nil {
		return err
	}
	var answer [2]byte
	if _, err := io.ReadFull(c, answer[:]); err != nil {
		return err
	}
	if !bytes.Equal(answer[:], pingresp) {
		return fmt.Errorf("% x is no PINGRESP", answer)
	}
	return nil
}

// trips is the time from a PUBLISH of QoS 1 to its PUBACK, one after another.
func trips(b *relayBench, r relayed) (values, error) {
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	publish := (&wire.Publish{Topic: topic, QoS: 1, PacketID: 1, Payload: make([]byte, smallPayload)}).Append(nil)
	batch := append(publish, pingreq...) // the sink answers the second
	took := make([]time.Duration, b.cfg.trips)
	var answer [2]byte
	cpu := r.cpu()
	for i := -b.cfg.trips / 10; i < len(took); i++ {
		began := time.Now()
		if _, err := c.Write(batch); err != nil {
			return nil, err
		}
		if _, err := io.ReadFull(c, answer[:]); err != nil {
			return nil, err
		}
		if i >= 0 {
			took[i] = time.Since(began)
		}
	}
	cpu = r.cpu() - cpu
	slices.Sort(took)
	v := values{"p50-ns": float64(took[len(took)/2]), "p99-ns": float64(took[len(took)*99/100])}
	if cpu > 0 {
		v["cpu-ns/op"] = float64(cpu) / (1.1 * float64(len(took)))
	}
	return v, nil
}

// relayMemory is how much more memory a relay's process has with so many connections, each of which has passed a packet
// both ways.
func relayMemory(b *relayBench, r relayed) (values, error) {
	if r.p == nil {
		return nil, nil
	}
	before := r.p.memory()
	if before == 0 {
		return nil, nil // this system does not tell
	}
	conns := make([]net.Conn, b.cfg.clients)
	errs := make([]error, len(conns))
	var all sync.WaitGroup
	for i := range conns {
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(patience))
		all.Go(func() { errs[i] = ping(c) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	time.Sleep(100 * time.Millisecond) // goroutines get where they wait
	return values{"B/conn": (float64(r.p.memory()) - float64(before)) / float64(len(conns))}, nil
}

// dialPing dials a relay and has a PINGREQ answered through it.
func dialPing(addr string) (net.Conn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c.SetDeadline(time.Now().Add(patience))
	if err := ping(c); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}
