package main

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"time"
)

// memory is the heap in use and the stacks of goroutines for each connected client, in a process that has
// nothing else. "connected" is a client that has connected and does nothing; "receiving" has subscribed as
// well, and where a client receives inside of a call only, a goroutine waits in that call.
func memory(state string) func(*env, string) (int, values, error) {
	return func(e *env, client string) (int, values, error) {
		p, err := start(fmt.Sprintf("memory %s %s %d %s", client, state, e.clients, e.addr["broker"]))
		if err != nil {
			return 0, nil, err
		}
		defer p.end()
		s, err := p.line()
		if err != nil {
			return 0, nil, err
		}
		var heap, stacks, goroutines float64
		if _, err := fmt.Sscan(s, &heap, &stacks, &goroutines); err != nil {
			return 0, nil, fmt.Errorf("memory: %q: %w", s, err)
		}
		return e.clients, values{"B/client": heap + stacks, "heap-B/client": heap, "stack-B/client": stacks, "goroutines/client": goroutines}, nil
	}
}

// memoryJob connects the clients and prints heap, stacks and goroutines for each.
func memoryJob(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("memory: %q", args)
	}
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	clients := make([]contender, n)
	if err := fill(clients[:1], args, "first"); err != nil { // what the first one initialises is nobody's share
		return err
	}
	settle()
	before, threads := inUse(), runtime.NumGoroutine()
	if err := fill(clients[1:], args, "next"); err != nil {
		return err
	}
	settle()
	after := inUse()
	each := func(b, a uint64) float64 { return (float64(a) - float64(b)) / float64(n-1) }
	fmt.Println(each(before.HeapAlloc, after.HeapAlloc), each(before.StackInuse, after.StackInuse), float64(runtime.NumGoroutine()-threads)/float64(n-1))
	runtime.KeepAlive(clients)
	return nil
}

func fill(clients []contender, args []string, id string) error {
	for i := range clients {
		c, err := contenderOf(args[0])
		if err != nil {
			return err
		}
		if err := c.connect(args[3], fmt.Sprint(id, "-", args[0], "-", i)); err != nil {
			return err
		}
		if args[1] == "receiving" {
			if err := c.subscribe("quiet/"+strconv.Itoa(i), func() {}); err != nil {
				return err
			}
			if o, ok := c.(*ours); ok {
				go o.receive(context.Background())
			}
		}
		clients[i] = c
	}
	return nil
}

// settle lets goroutines get where they wait, and stacks shrink.
func settle() {
	time.Sleep(100 * time.Millisecond)
	for range 3 {
		runtime.GC()
	}
}

func inUse() runtime.MemStats {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m
}
