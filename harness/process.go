package harness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A process is a program that exchanges JSON values with this one over two pipes of its own: it reads descriptor
// 3 and writes descriptor 4. What it prints is kept apart.
type process struct {
	cmd     *exec.Cmd
	to      *os.File
	from    *os.File
	enc     *json.Encoder
	dec     *json.Decoder
	printed *printed
	ended   chan struct{} // closed once it has ended and all that it printed is there
}

// afterExit is how long what a process has started may keep its output open.
const afterExit = 2 * time.Second

// startProcess starts a command as a process. Its end must be waited for with end or kill.
func startProcess(cmd *exec.Cmd) (*process, error) {
	in, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	from, out, err := os.Pipe()
	if err != nil {
		to.Close()
		return nil, err
	}
	defer out.Close()
	p := &process{cmd: cmd, to: to, from: from, enc: json.NewEncoder(to), dec: json.NewDecoder(from), printed: &printed{marked: make(chan string, 1)}, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.printed, p.printed
	cmd.ExtraFiles = []*os.File{in, out}
	cmd.WaitDelay = afterExit
	if err := cmd.Start(); err != nil {
		to.Close()
		from.Close()
		return nil, err
	}
	go func() {
		cmd.Wait() // its status is in cmd.ProcessState
		close(p.ended)
	}()
	return p, nil
}

// send gives the process a value.
func (p *process) send(v any) error { return p.enc.Encode(v) }

// receive waits for a value of the process until the deadline. The error is [os.ErrDeadlineExceeded] then, and
// another one when the process has ended.
func (p *process) receive(v any, deadline time.Time) error {
	if err := p.from.SetReadDeadline(deadline); err != nil {
		return err
	}
	return p.dec.Decode(v)
}

// end tells the process that nothing will come any more, and waits for its end for at most the grace. Then it is
// killed.
func (p *process) end(grace time.Duration) {
	p.to.Close()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
		p.cmd.Process.Kill()
		<-p.ended
	}
	p.from.Close()
}

// dump has the process print the stacks of its goroutines and end, and kills it if it does not.
func (p *process) dump() {
	p.cmd.Process.Signal(syscall.SIGQUIT)
	p.end(afterExit)
}

// status says how the process has ended.
func (p *process) status() string { return p.cmd.ProcessState.String() }

// What is kept of what a process prints: the beginning and the end.
const (
	keptHead = 16 << 10
	keptTail = 256 << 10
)

// mark is what a process prints behind what belongs together.
const mark = "\n\x1emqtt harness: end of a scenario\x1e\n"

// A printed keeps what a process prints.
type printed struct {
	marked chan string // what was printed up to a mark

	mu   sync.Mutex
	text []byte // its beginning, up to head, and its end
	head int
	left int // bytes that are left out between them
}

// Write takes what the process prints.
func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := max(p.head, len(p.text)-len(mark)) // no mark begins before
	p.text = append(p.text, b...)
	for {
		i := bytes.Index(p.text[seen:], []byte(mark))
		if i < 0 {
			break
		}
		i += seen
		text := p.show(p.text[:i])
		p.text, p.head, p.left, seen = append([]byte(nil), p.text[i+len(mark):]...), 0, 0, 0
		select {
		case <-p.marked: // nobody has asked for it
		default:
		}
		p.marked <- text
	}
	if len(p.text) > 2*keptTail {
		if p.head == 0 {
			p.head = keptHead
		}
		cut := len(p.text) - keptTail
		p.left += cut - p.head
		p.text = append(p.text[:p.head:p.head], p.text[cut:]...)
	}
	return len(b), nil
}

// show returns text, a beginning of p.text, with a line for what is left out of it.
func (p *printed) show(text []byte) string {
	if p.left == 0 {
		return strings.TrimSpace(string(text))
	}
	return strings.TrimSpace(fmt.Sprintf("%s\n… (%d bytes)\n%s", text[:p.head], p.left, text[p.head:]))
}

// rest returns what was printed since the last mark.
func (p *printed) rest() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.show(p.text)
}

// upToMark returns what was printed up to a mark that has been printed just now.
func (p *printed) upToMark() string {
	timer := time.NewTimer(afterExit)
	defer timer.Stop()
	select {
	case text := <-p.marked:
		return text
	case <-timer.C:
		return p.rest()
	}
}
