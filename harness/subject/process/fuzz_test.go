package process

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/harness/child"
	"umqtt/harness/subject"
)

// The input is what a shim prints, line by line. A line that begins with @ is the harness's: the call that it makes
// then. Whatever the shim prints,
//
//   - each call ends, by its context at the latest;
//   - the callback gets the messages that were printed, in their order, and one at a time but for nested calls;
//   - what is wrong ends the scenario with one fault, whose error has a kind of this package, and which is the shim's
//     unless its process has ended or hangs.
func FuzzShim(f *testing.F) {
	for _, s := range shimSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		synctest.Test(t, func(t *testing.T) {
			for _, text := range playShim(input, nil) {
				t.Error(text)
			}
		})
	})
}

const shimHello = `{"hello":1,"name":"x","version":"1","features":["qos1"]}` + "\n"

var shimSeeds = []string{
	shimHello + "@connect\n" + `{"id":1,"session_present":true}` + "\n@publish\n" + `{"id":2,"pending":true}` + "\n" + `{"id":2}` + "\n",
	shimHello + "@connect\n" + `{"id":1,"error":{"kind":"refused","text":"no"}}` + "\n@ping\n@sleep\n",
	shimHello + `{"event":"message","seq":1,"topic":"t","payload":"\u00ff"}` + "\n" + `{"event":"message","seq":2,"topic":"u","payload":"","qos":1}` + "\n",
	shimHello + "@nest\n" + `{"event":"message","seq":1,"topic":"t","payload":""}` + "\n" + `{"event":"message","seq":3,"topic":"u","payload":""}` + "\n" + `{"id":1}` + "\n",
	shimHello + `{"event":"lost","error":{"kind":"network","text":"gone"}}` + "\n" + `{"event":"note","text":"hm"}` + "\n@idle\n@subscribe\n" + `{"id":1,"granted":[0,128]}` + "\n",
	shimHello + "debug\n",
	shimHello + shimHello,
	shimHello + "@publish\n" + `{"id":1}` + "\n" + `{"id":1}` + "\n",
	shimHello + `{"id":7}` + "\n",
	shimHello + `{"event":"message","seq":2,"topic":"t","payload":""}` + "\n" + `{"event":"message","seq":2,"topic":"t","payload":""}` + "\n",
	`{"hello":2,"name":"x"}` + "\n",
	`{"hello":1,"name":"x","features":["qos1","qos1"]}` + "\n",
	"@connect\n",
}

// playShim plays an input, and returns what the harness got wrong. The harness may be made to err.
func playShim(input []byte, err func(*subject.Env)) (wrong []string) {
	cfg := Config{Command: []string{"shim"}}
	cfg.Limits = cfg.Limits.orDefault()
	p := &printer{lines: make(chan []byte, bytes.Count(input, []byte("\n"))+1), killed: make(chan struct{})}
	w := &watcher{printer: p}
	lines := bytes.SplitAfter(input, []byte("\n"))
	if !bytes.HasPrefix(lines[0], []byte("@")) {
		p.lines <- lines[0]
		lines = lines[1:]
	}
	c, failed := greet(cfg, p)
	if failed != nil {
		w.kind(failed)
		return w.wrong
	}
	program := &Program{cfg: cfg, hello: c.hello, spare: []*conn{c}}
	env := subject.Env{Addr: "127.0.0.1:1883", OnMessage: w.message, Fail: w.fail}
	if err != nil {
		err(&env)
	}
	s, failed := program.new(env)
	if failed != nil {
		return append(w.wrong, failed.Error())
	}
	w.subject = s
	for _, line := range lines {
		if op, ok := bytes.CutPrefix(line, []byte("@")); ok {
			w.call(strings.TrimSpace(string(op)))
		} else if len(line) > 0 {
			w.expect(line)
			p.lines <- line
		}
		synctest.Wait()
	}
	time.Sleep(within) // no call outlives it
	synctest.Wait()
	w.mu.Lock()
	if w.open > 0 {
		w.wrong = append(w.wrong, fmt.Sprintf("%d calls are under way after %v", w.open, within))
	}
	w.mu.Unlock()
	s.(subject.Closer).Close()
	program.Close()
	w.finish()
	return w.wrong
}

// within is how long each call has.
const within = 10 * time.Second

// A watcher makes calls and watches what becomes of them.
type watcher struct {
	*printer
	subject subject.Subject

	mu     sync.Mutex
	open   int // calls that have not returned
	nest   int // callbacks that are to make a call
	inside int
	want   []string // messages that were printed
	got    []string
	faults int
	wrong  []string
}

func (w *watcher) errorf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
}

// kind holds an error to those of this package.
func (w *watcher) kind(err error) {
	for _, known := range []error{ErrHello, ErrVersion, ErrProtocol, ErrExit, ErrHang} {
		if errors.Is(err, known) {
			return
		}
	}
	w.errorf("an error of no kind: %v", err)
}

func (w *watcher) fail(f *subject.Fault) {
	w.mu.Lock()
	w.faults++
	w.mu.Unlock()
	w.kind(f)
	if client := errors.Is(f, ErrExit) || errors.Is(f, ErrHang); f.Setup == client {
		w.errorf("a fault of the shim: %t: %v", f.Setup, f)
	}
}

// expect notes the message that a line is, if it is one and nothing was wrong before.
func (w *watcher) expect(line []byte) {
	var m struct {
		Event   string
		Seq     uint64
		Topic   *raw
		Payload *raw
	}
	if err := json.Unmarshal(line, &m); err != nil || m.Event != "message" || m.Topic == nil || m.Payload == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.want = append(w.want, string(*m.Topic)+" "+string(*m.Payload))
}

func (w *watcher) message(m subject.Message) {
	w.mu.Lock()
	w.got = append(w.got, m.Topic+" "+m.Payload)
	w.inside++
	if w.inside > 1+w.open {
		w.wrong = append(w.wrong, "two callbacks at once, and none waits for a call")
	}
	nest := w.nest > 0
	if nest {
		w.nest--
	}
	w.mu.Unlock()
	if nest {
		ctx, cancel := context.WithTimeout(subject.Nested(context.Background()), within/2)
		defer cancel()
		w.make(func() error { return w.subject.Ping(ctx) })
	}
	w.mu.Lock()
	w.inside--
	w.mu.Unlock()
}

// make makes a call, and holds it to its time.
func (w *watcher) make(do func() error) {
	w.mu.Lock()
	w.open++
	w.mu.Unlock()
	began := time.Now()
	err := do()
	if took := time.Since(began); took > within/2 {
		w.errorf("a call took %v: %v", took, err)
	}
	w.mu.Lock()
	w.open--
	w.mu.Unlock()
}

// call makes a call of the harness in a goroutine of its own.
func (w *watcher) call(op string) {
	ctx, cancel := context.WithTimeout(context.Background(), within/2)
	do := map[string]func() error{
		"connect": func() error { _, err := w.subject.Connect(ctx, subject.Options{ClientID: "c1"}); return err },
		"publish": func() error {
			w.subject.Publish(ctx, subject.Message{Topic: "t", QoS: 1}, func(error) {})
			return nil
		},
		"subscribe": func() error {
			_, err := w.subject.Subscribe(ctx, []subject.Filter{{Filter: "a"}, {Filter: "b"}})
			return err
		},
		"ping":  func() error { return w.subject.Ping(ctx) },
		"abort": func() error { return w.subject.(subject.ContextAborter).AbortContext(ctx) },
		"idle":  func() error { return w.subject.(subject.Idler).Idle(ctx) },
	}[op]
	switch {
	case op == "nest":
		w.mu.Lock()
		w.nest++
		w.mu.Unlock()
	case op == "sleep":
		time.Sleep(time.Second)
	case op == "end":
		w.printer.end()
	case do != nil:
		go func() {
			defer cancel()
			w.make(do)
		}()
		return
	}
	cancel()
}

// finish compares the messages that came with those that were printed.
func (w *watcher) finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.got) > len(w.want) || strings.Join(w.got, "\n") != strings.Join(w.want[:len(w.got)], "\n") {
		w.wrong = append(w.wrong, fmt.Sprintf("the callback got %q, the shim printed %q", w.got, w.want))
	}
	if w.faults == 0 && len(w.got) < len(w.want) && !w.cut {
		w.wrong = append(w.wrong, fmt.Sprintf("the callback got %q of %q, and nothing was wrong", w.got, w.want))
	}
	if w.faults > 1 {
		w.wrong = append(w.wrong, fmt.Sprintf("%d faults", w.faults))
	}
}

// A printer is a process that prints lines, reads everything, and ends when it is told to.
type printer struct {
	lines  chan []byte
	killed chan struct{}
	once   sync.Once
	cut    bool // it was ended by the input
}

func (p *printer) Line() ([]byte, error) {
	select {
	case line, ok := <-p.lines:
		if ok {
			return bytes.TrimSuffix(line, []byte("\n")), nil
		}
	case <-p.killed:
	}
	return nil, io.EOF
}

func (p *printer) end() { p.cut = true; p.Kill() }

func (p *printer) Kill() child.Exit {
	p.once.Do(func() { close(p.killed) })
	return child.Exit{Killed: true}
}

func (p *printer) Await(limit time.Duration) (child.Exit, bool) {
	select {
	case <-p.killed:
		return child.Exit{}, true
	case <-time.After(limit):
		return child.Exit{}, false
	}
}

func (p *printer) End(time.Duration) child.Exit {
	p.Kill()
	return child.Exit{}
}

func (p *printer) Write([]byte, time.Duration) error { return nil }
func (p *printer) Renew()                            {}
func (p *printer) Stderr() string                    { return "" }
func (p *printer) Pid() int                          { return 0 }

// The target finds what the harness would do wrong.
func TestShimFindsPlanted(t *testing.T) {
	for name, plant := range map[string]struct {
		want string
		err  func(*subject.Env)
	}{
		"a message is lost": {"nothing was wrong", func(e *subject.Env) { e.OnMessage = func(subject.Message) {} }},
		"a message is changed": {"the shim printed", func(e *subject.Env) {
			next := e.OnMessage
			e.OnMessage = func(m subject.Message) { m.Topic += "x"; next(m) }
		}},
		"a fault comes twice": {"2 faults", func(e *subject.Env) { next := e.Fail; e.Fail = func(f *subject.Fault) { next(f); next(f) } }},
		"a fault of the client is the shim's": {"a fault of the shim: true", func(e *subject.Env) {
			next := e.Fail
			e.Fail = func(f *subject.Fault) { f.Setup = true; next(f) }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			seeds := append(shimSeeds, shimHello+"@connect\n@end\n")
			for _, s := range seeds {
				var wrong []string
				synctest.Test(t, func(*testing.T) { wrong = playShim([]byte(s), plant.err) })
				if text := strings.Join(wrong, "\n"); strings.Contains(text, plant.want) {
					return
				}
			}
			t.Error("no seed finds it")
		})
	}
}
