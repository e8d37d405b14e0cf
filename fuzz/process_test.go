package fuzz

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"testing/synctest"

	"umqtt/client/robust"
	"umqtt/harness/mortal"
)

// A process is a client with a store, from its start to its death. Its goroutine makes the calls that it is given, and
// waits for packets in between.
type process struct {
	*mortal.Process
	lives  *lives
	client *robust.Client
	calls  chan func()
	busy   atomic.Bool                        // a call goes on
	waits  atomic.Pointer[context.CancelFunc] // of the wait for packets
}

// run is the goroutine of the process.
func (p *process) run() {
	defer func() {
		if r := recover(); r != nil {
			p.lives.crash.Store(new(fmt.Sprintf("%v\n%s", r, debug.Stack())))
			p.lives.link.Wake()
		}
	}()
	for call := range p.calls {
		call()
		p.busy.Store(false)
		p.lives.link.Wake()
		p.serve()
	}
}

// serve waits for packets until it is interrupted.
func (p *process) serve() {
	ctx, cancel := context.WithCancel(p.Context())
	defer cancel()
	p.waits.Store(&cancel)
	for ctx.Err() == nil {
		if _, err := p.client.WaitMsg(ctx); err != nil {
			return
		}
	}
}

// start has the process make a call, and waits until that in its turn waits for the network. The process must not be
// busy.
func (p *process) start(call func()) {
	if cancel := p.waits.Load(); cancel != nil {
		(*cancel)()
	}
	p.busy.Store(true)
	p.calls <- call
	synctest.Wait()
}
