package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/pprof"
	"slices"
	"sync"
	"time"

	"umqtt/harness/child"
	"umqtt/harness/subject"
)

// A conn is one process and what passes between it and the harness. One goroutine reads its lines.
type conn struct {
	cfg   Config
	child running
	clock *clock // nil: the wall clock is that of the machine
	hello Hello
	read  chan struct{} // closed when the reader has ended

	mu      sync.Mutex
	env     subject.Env
	lines   int             // of the scenario
	lastID  uint64          // of a request
	stale   uint64          // ids up to here are of scenarios before
	waiting map[uint64]*ask // requests without an answer
	open    []*callback     // of messages, the newest last
	queue   []queued        // messages that wait for their turn
	lastSeq uint64          // of a message
	notes   []string
	lost    chan error    // what the event lost told, at most one
	over    bool          // the scenario is: its messages are nobody's, and its end is no fault
	idle    bool          // it was reset, and must be silent
	failed  *Error        // why it cannot be played any more
	dead    chan struct{} // closed then

	callbacks sync.WaitGroup
}

// running is a [child.Process], or what a test has in its place.
type running interface {
	Line() ([]byte, error)
	Write(line []byte, limit time.Duration) error
	Await(limit time.Duration) (child.Exit, bool)
	End(limit time.Duration) child.Exit
	Kill() child.Exit
	Renew()
	Stderr() string
	Pid() int
}

// An ask is a request that waits for its answer.
type ask struct {
	op      string
	answer  chan *reply // gets one
	pending func(error) // of a publish: gets the outcome of one that was pending
	asked   bool        // the answer pending has come
}

// A callback is a message whose callback has not returned.
type callback struct {
	seq    uint64
	inside int // nested requests that wait
}

// queued is a message that waits for its turn.
type queued struct {
	seq uint64
	m   subject.Message
}

// start starts a process and reads its hello.
func start(cfg Config) (*conn, error) {
	p, err := child.Start(child.Config{Args: cfg.Command, Env: cfg.Env, Dir: cfg.Dir, MaxLine: cfg.Limits.Line, MaxOutput: cfg.Limits.Output})
	if err != nil {
		return nil, &Error{Command: cfg.Command, Err: err}
	}
	return greet(cfg, p)
}

// greet reads the hello of a process that was started, and serves it.
func greet(cfg Config, p running) (*conn, error) {
	c := &conn{cfg: cfg, child: p, read: make(chan struct{}), waiting: map[uint64]*ask{}, lost: make(chan error, 1), dead: make(chan struct{})}
	var err error
	if c.hello, err = c.readHello(cfg.Limits.Hello); err != nil {
		c.child.Kill()
		return nil, &Error{Command: cfg.Command, Err: err, Stderr: c.child.Stderr()}
	}
	go c.serve()
	return c, nil
}

// begin makes the process that of a scenario.
func (c *conn) begin(env subject.Env) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.env.Addr != "" { // it has played before
		c.child.Renew()
	}
	c.env, c.lines, c.stale, c.notes, c.over, c.idle = env, 0, c.lastID, nil, false, false
	select {
	case <-c.lost:
	default:
	}
}

// serve reads the lines of the process.
func (c *conn) serve() {
	pprof.SetGoroutineLabels(context.Background()) // it serves more than one scenario
	defer close(c.read)
	for {
		line, err := c.child.Line()
		if err == nil {
			c.trace(false, line)
			err = c.take(line)
		}
		if err == nil {
			continue
		}
		c.fail(c.ending(err))
		return
	}
}

// ending says what the end of the lines means.
func (c *conn) ending(err error) error {
	switch {
	case !errors.Is(err, io.EOF) && !errors.Is(err, ErrProtocol):
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	case !errors.Is(err, io.EOF):
		return err
	}
	exit, ended := c.child.Await(c.cfg.Limits.Exit)
	if !ended {
		return fmt.Errorf("%w: it closed its standard output and goes on", ErrProtocol)
	}
	return fmt.Errorf("%w: %v", ErrExit, exit)
}

// fail ends the process for good, and the scenario that it plays.
func (c *conn) fail(err error) {
	c.mu.Lock()
	if c.failed != nil {
		c.mu.Unlock()
		<-c.dead
		return
	}
	c.failed = &Error{Command: c.cfg.Command, Err: err}
	blamed := !c.over
	c.mu.Unlock()
	c.child.Kill()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed.Stderr = c.child.Stderr()
	close(c.dead)
	if blamed {
		c.blame(c.failed)
	}
}

// blame ends the scenario with an error.
func (c *conn) blame(e *Error) {
	if c.env.Fail != nil {
		f := e.fault()
		f.Printed = lastWords(c.notes, e.Stderr)
		c.env.Fail(f)
	}
}

// write writes a line. A process that does not read is at fault.
func (c *conn) write(line []byte) {
	c.trace(true, line[:len(line)-1])
	err := c.child.Write(line, c.cfg.Limits.Read)
	if err == nil {
		return
	}
	if !errors.Is(err, child.ErrNotRead) {
		if _, ended := c.child.Await(c.cfg.Limits.Exit); ended {
			return // the reader tells
		}
		err = errors.New("it closed its standard input and goes on")
	}
	c.fail(fmt.Errorf("%w: %w", ErrProtocol, err))
}

func (c *conn) trace(ours bool, line []byte) {
	if c.cfg.Trace != nil {
		c.cfg.Trace(ours, line)
	}
}

// unanswered lists the requests that the process still owes an answer, but for outcomes of pending ones.
func (c *conn) unanswered() (ops []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.waiting {
		if !a.asked {
			ops = append(ops, a.op)
		}
	}
	slices.Sort(ops)
	return ops
}

// reset makes a process ready for another scenario. It reports false when that cannot be done.
func (c *conn) reset() bool {
	if !c.hello.Reusable || c.clock != nil || len(c.unanswered()) > 0 {
		return false
	}
	c.callbacks.Wait() // their calls have ended with the scenario
	c.mu.Lock()
	clear(c.waiting)
	c.stale = c.lastID
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), c.cfg.Limits.Exit)
	defer cancel()
	r := &simpleRequest{}
	answer, err := c.call(ctx, "reset", r, &r.head, nil)
	if err != nil || answer.Error != nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = true
	return c.failed == nil
}

// finish marks the end of the scenario.
func (c *conn) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	c.deliver()
}

// end ends the process. One that ends otherwise than it should has crashed: often what a step saw of that came
// first, such as the end of a connection.
func (c *conn) end() {
	c.finish()
	c.child.Write(encode(quitRequest{"quit"}), c.cfg.Limits.Exit)
	exit := c.child.End(c.cfg.Limits.Exit)
	<-c.read
	c.clock.remove()
	c.callbacks.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	if exit.Err != nil && !exit.Killed {
		c.blame(&Error{Command: c.cfg.Command, Err: fmt.Errorf("%w: %v", ErrExit, exit), Stderr: c.child.Stderr()})
	}
}
