// Package process plays a client of any language: a child process that speaks the protocol of PROTOCOL.md.
//
//	p, err := process.Open(process.Config{Command: []string{"python3", "shim.py"}})
//	if err != nil {
//		return err // an *Error: no such program, no hello, another version
//	}
//	defer p.Close()
//	res := play.Real(sc, p.Factory(), play.Options{Foreign: true})
//
// A process is started for each scenario, unless its hello says that it can be used again. It is killed, and all
// that it has started with it, when it does not end by itself. Whatever it does, its lines, its output and its time
// are bounded: see [Limits].
package process

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"umqtt/harness/subject"
)

// Config says what to run.
type Config struct {
	// Command is the program and its arguments.
	Command []string
	// Env is what stands in its environment besides that of this process, as NAME=VALUE.
	Env []string
	// Dir is its working directory; empty is that of this process.
	Dir string
	// Limits are its bounds.
	Limits Limits
	// Trace is told of each line but the hello, and whether the harness wrote it. It may be nil, and must not keep
	// the line. It is called from several goroutines.
	Trace func(ours bool, line []byte)
}

// Limits bound what a process may take. A zero field is the limit that PROTOCOL.md names.
type Limits struct {
	Hello    time.Duration // from its start to its hello: 20 s
	Answer   time.Duration // from a request to its answer: 5 min
	Read     time.Duration // to read what is written to it: 5 s
	Exit     time.Duration // from quit to its end, or from reset to the answer: 2 s
	Line     int           // bytes of a line: 4 MiB
	Output   int64         // bytes of a scenario: 256 MiB
	Lines    int           // lines of a scenario: 200,000
	Messages int           // messages that wait for their turn: 100
}

func (l Limits) orDefault() Limits {
	for _, f := range []struct {
		field *time.Duration
		value time.Duration
	}{{&l.Hello, 20 * time.Second}, {&l.Answer, 5 * time.Minute}, {&l.Read, 5 * time.Second}, {&l.Exit, 2 * time.Second}} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	for _, f := range []struct {
		field *int
		value int
	}{{&l.Line, 4 << 20}, {&l.Lines, 200_000}, {&l.Messages, 100}} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	if l.Output == 0 {
		l.Output = 256 << 20
	}
	return l
}

// A Program is a client that can be started as often as it is needed.
type Program struct {
	cfg   Config
	hello Hello

	starts chan struct{} // holds an element for each process that is starting: one for each processor at most, or all else is late

	mu     sync.Mutex
	spare  []*conn // started, and playing nothing
	closed bool
}

// Open starts a program for the first time and reads its hello. The error is an [*Error].
func Open(cfg Config) (*Program, error) {
	cfg.Limits = cfg.Limits.orDefault()
	c, err := start(cfg)
	if err != nil {
		return nil, err
	}
	return &Program{cfg: cfg, hello: c.hello, spare: []*conn{c}, starts: make(chan struct{}, runtime.GOMAXPROCS(0))}, nil
}

// Hello returns what the program says of itself.
func (p *Program) Hello() Hello { return p.hello }

// Factory returns the program as a subject.
func (p *Program) Factory() subject.Factory {
	return subject.Factory{Name: p.hello.Name, Features: withClock(p.hello.Features), New: p.new, External: true}
}

// new makes the subject of one scenario. Its error is a [*subject.Fault].
func (p *Program) new(env subject.Env) (subject.Subject, error) {
	take := p.take
	if env.Jumps && faketime() != "" {
		take = p.startClocked
	}
	c, err := take()
	if e, ok := errors.AsType[*Error](err); ok {
		f := e.fault()
		f.Setup = true
		return nil, f
	}
	s := &session{conn: c, program: p}
	if err := s.init(env); err != nil {
		p.give(c)
		return nil, err
	}
	c.begin(env)
	return s, nil
}

// take returns a process that plays nothing.
func (p *Program) take() (*conn, error) {
	if c := p.idle(); c != nil {
		return c, nil
	}
	p.starts <- struct{}{}
	defer func() { <-p.starts }()
	if c := p.idle(); c != nil { // another scenario ended while this one waited
		return c, nil
	}
	c, err := start(p.cfg)
	if err == nil && !c.hello.same(p.hello) {
		c.end()
		err = &Error{Command: p.cfg.Command, Err: fmt.Errorf("%w: the hello differs from that of the first process", ErrHello)}
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// idle returns a process that was started before and plays nothing, or nil. It ends those that have failed meanwhile.
func (p *Program) idle() *conn {
	for {
		p.mu.Lock()
		n := len(p.spare)
		if n == 0 {
			p.mu.Unlock()
			return nil
		}
		c := p.spare[n-1]
		p.spare = p.spare[:n-1]
		p.mu.Unlock()
		select {
		case <-c.dead:
			c.end()
		default:
			return c
		}
	}
}

// give takes back a process after a scenario. It is kept if it can be used again, or else ended.
func (p *Program) give(c *conn) (kept bool) {
	c.finish()
	if c.reset() && p.keep(c) {
		return true
	}
	c.end()
	return false
}

// keep reports whether the program is open, and keeps the process then.
func (p *Program) keep(c *conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.spare = append(p.spare, c)
	}
	return !p.closed
}

// Close ends the processes that play nothing. Those that play end with their scenarios.
func (p *Program) Close() {
	p.mu.Lock()
	spare := p.spare
	p.spare, p.closed = nil, true
	p.mu.Unlock()
	for _, c := range spare {
		c.end()
	}
}
