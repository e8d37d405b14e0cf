// Package child runs a program beside this one and keeps it within bounds: a line that never ends, a program that
// does not read, does not exit or leaves programs of its own behind cannot hold up or fill the process that started
// it.
//
//	p, err := child.Start(child.Config{Args: []string{"python3", "shim.py"}})
//	…
//	err = p.Write([]byte("hello\n"), time.Second)
//	line, err := p.Line()               // io.EOF when there are no more
//	exit := p.End(2 * time.Second)      // closes its standard input, waits, and kills what is left
//	fmt.Println(exit, p.Stderr())
//
// The program leads a process group of its own. Signals that a terminal sends do not reach it.
package child

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"
)

// Config says what to run, and its bounds.
type Config struct {
	// Args is the program and its arguments. A program without a slash is looked for in PATH.
	Args []string
	// Env is what stands in the environment besides that of this process, as NAME=VALUE.
	Env []string
	// Dir is the working directory; empty is that of this process.
	Dir string
	// MaxLine is the longest line of standard output in bytes, its newline included; 0 is 4 MiB.
	MaxLine int
	// MaxOutput is how many bytes may come on standard output in all; 0 is 256 MiB.
	MaxOutput int64
	// Tail is how many bytes of standard error are kept, the last ones; 0 is 8 KiB.
	Tail int
}

// The errors of Line.
var (
	// ErrLongLine says that a line is longer than Config.MaxLine.
	ErrLongLine = errors.New("a line is too long")
	// ErrFlood says that there is more output than Config.MaxOutput.
	ErrFlood = errors.New("there is too much output")
)

// ErrNotRead is the error of Write when the program does not read.
var ErrNotRead = errors.New("it did not read its standard input")

// ErrNotStarted is the error of Start, with the reason behind it.
var ErrNotStarted = errors.New("the program cannot be started")

// A Process is a program that was started. Its methods may be called from several goroutines, Line from one at a
// time.
type Process struct {
	cmd    *exec.Cmd
	stdin  *os.File
	stdout *os.File
	lines  *bufio.Reader
	max    int
	quota  int64        // MaxOutput
	left   atomic.Int64 // of it
	stderr tail

	writing sync.Mutex
	gone    chan struct{} // closed when the program has ended and was waited for
	drained chan struct{} // closed when its standard error has ended
	err     error         // of Wait, once gone
	killed  bool          // by this process, once gone
	mu      sync.Mutex
	killing bool
}

// Start starts a program.
func Start(c Config) (*Process, error) {
	if len(c.Args) == 0 {
		return nil, fmt.Errorf("%w: there is no command", ErrNotStarted)
	}
	p := &Process{max: orElse(c.MaxLine, 4<<20), quota: orElse(c.MaxOutput, 256<<20), gone: make(chan struct{}), drained: make(chan struct{})}
	p.left.Store(p.quota)
	p.stderr.size = orElse(c.Tail, 8<<10)
	p.cmd = exec.Command(c.Args[0], c.Args[1:]...)
	p.cmd.Dir, p.cmd.Env = c.Dir, append(os.Environ(), c.Env...)
	lead(p.cmd)
	var ours, theirs [3]*os.File
	var err error
	for i := range ours {
		r, w, pipeErr := os.Pipe()
		if ours[i], theirs[i] = r, w; i == 0 {
			ours[i], theirs[i] = w, r
		}
		err = errors.Join(err, pipeErr)
	}
	if err == nil {
		p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = theirs[0], theirs[1], theirs[2]
		err = p.cmd.Start()
	}
	for _, f := range theirs {
		f.Close()
	}
	if err != nil {
		for _, f := range ours {
			f.Close()
		}
		return nil, fmt.Errorf("%w: %w", ErrNotStarted, err)
	}
	p.stdin, p.stdout = ours[0], ours[1]
	p.lines = bufio.NewReaderSize(p.stdout, 4<<10)
	remember(p)
	go p.wait()
	go p.drain(ours[2])
	return p, nil
}

func orElse[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

// plain takes the labels off a goroutine that serves a process: the process may outlive whoever started it.
func plain() { pprof.SetGoroutineLabels(context.Background()) }

// wait notes the end of the program.
func (p *Process) wait() {
	plain()
	err := p.cmd.Wait()
	killGroup(p.cmd.Process) // what it has left behind, while its number is hardly taken by others
	p.mu.Lock()
	p.err, p.killed = err, p.killing
	p.mu.Unlock()
	forget(p)
	close(p.gone)
	time.AfterFunc(lastWords, func() { p.stdout.Close() }) // a program outside of the group may hold the pipe open
}

// drain keeps the end of standard error.
func (p *Process) drain(r *os.File) {
	plain()
	defer close(p.drained)
	defer r.Close()
	go func() {
		plain()
		<-p.gone
		time.AfterFunc(lastWords, func() { r.Close() })
	}()
	io.Copy(&p.stderr, r)
}

// lastWords is how long output is read after the end of a program.
const lastWords = time.Second

// Pid is the process id, which is that of its group as well.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Write writes to standard input. It returns ErrNotRead when the program does not take all of b within the limit,
// and another error when it has closed its standard input, or ended.
func (p *Process) Write(b []byte, limit time.Duration) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	p.stdin.SetWriteDeadline(time.Now().Add(limit))
	_, err := p.stdin.Write(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w for %v", ErrNotRead, limit)
	}
	return err
}

// Line returns the next line of standard output without its newline, which may be "\r\n". It is valid until the
// next call. The error is io.EOF when there are no more, ErrLongLine or ErrFlood. What stands behind the last
// newline is a line.
func (p *Process) Line() ([]byte, error) {
	var line []byte
	for {
		part, err := p.lines.ReadSlice('\n')
		switch {
		case p.left.Add(-int64(len(part))) < 0:
			return nil, ErrFlood
		case len(line)+len(part) > p.max:
			return nil, ErrLongLine
		case err == nil && line == nil:
			return trimmed(part), nil
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return trimmed(line), nil
		case errors.Is(err, bufio.ErrBufferFull):
		case len(line) > 0:
			return line, nil
		default:
			return nil, io.EOF
		}
	}
}

func trimmed(line []byte) []byte {
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

// Gone returns a channel that is closed when the program has ended.
func (p *Process) Gone() <-chan struct{} { return p.gone }

// Stderr returns the end of what the program wrote to standard error. It is whole once End has returned.
func (p *Process) Stderr() string { return p.stderr.String() }

// Renew begins a new account of the output: MaxOutput counts from now on, and what came on standard error is
// forgotten.
func (p *Process) Renew() {
	p.left.Store(p.quota)
	p.stderr.clear()
}

// End closes standard input, waits until the program has ended, and kills it when it has not within the limit.
// What is left of its process group is killed when the program has ended. End returns how the program ended. It may be called more
// than once.
func (p *Process) End(limit time.Duration) Exit {
	p.stdin.Close()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.gone:
	case <-timer.C:
	}
	return p.Kill()
}

// Kill kills the program and its process group, and returns how the program ended.
func (p *Process) Kill() Exit {
	select {
	case <-p.gone:
	default:
		p.mu.Lock()
		p.killing = true
		p.mu.Unlock()
		killGroup(p.cmd.Process)
		<-p.gone
	}
	p.stdin.Close()
	<-p.drained
	return p.exit()
}

// Await waits until the program has ended by itself, for at most the limit. It reports false when it has not.
func (p *Process) Await(limit time.Duration) (Exit, bool) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.gone:
		return p.exit(), true
	case <-timer.C:
		return Exit{}, false
	}
}

func (p *Process) exit() Exit {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Exit{Err: p.err, Killed: p.killed}
}

// Exit is how a program ended.
type Exit struct {
	// Err is nil for the exit status 0; otherwise it is an [*exec.ExitError], whose text names the status or the
	// signal.
	Err error
	// Killed tells that this process has killed it.
	Killed bool
}

// String names the status or the signal.
func (e Exit) String() string {
	switch {
	case e.Killed:
		return "killed"
	case e.Err == nil:
		return "exit status 0"
	}
	return e.Err.Error()
}
