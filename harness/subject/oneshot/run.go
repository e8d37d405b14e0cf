package oneshot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"umqtt/harness/child"
	"umqtt/harness/subject"
	"umqtt/harness/transport"
)

// A run is a program as the subject of one scenario.
type run struct {
	t    *Template
	plan *plan
	env  subject.Env
	host string
	port string

	mu     sync.Mutex
	child  *child.Process // nil before the connect
	ended  chan struct{}  // closed when its output has ended
	closed bool
	notes  []string
}

func newRun(t *Template, pl *plan, env subject.Env) (*run, error) {
	host, port, err := net.SplitHostPort(env.Addr)
	return &run{t: t, plan: pl, env: env, host: host, port: port}, err
}

// Connect starts the program, and ends the one that it has started before: two would take each other for an
// older connection of their own. It tells nothing of what comes of it.
func (r *run) Connect(_ context.Context, o subject.Options) (bool, error) {
	args, err := r.t.arguments(r.value(o), asked(r, o))
	if err != nil {
		return false, err
	}
	if before, ended := r.started(); before != nil {
		before.Kill()
		<-ended
	}
	p, err := child.Start(child.Config{Args: args, MaxLine: maxLine})
	if err != nil {
		return false, &subject.Error{Kind: subject.Other, Err: err}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.child, r.ended = p, make(chan struct{})
	go r.read(p, r.ended)
	return false, subject.ErrUntold
}

// arguments fills in the template.
func (t *Template) arguments(value func(string) (string, error), option map[string]bool) ([]string, error) {
	var args []string
	for _, w := range t.words {
		if w.only != "" && !option[w.only] {
			continue
		}
		arg, err := fill(w.text, value)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	return args, nil
}

// asked are the options that the scenario asks for.
func asked(r *run, o subject.Options) map[string]bool {
	return map[string]bool{
		"retain": r.plan.message.Retain, "persistent": !o.CleanSession, "clean": o.CleanSession,
		"username": o.Username != nil, "password": o.Password != nil,
		"tls": r.env.Target.Kind == transport.TLS, "websocket": r.env.Target.Kind == transport.WebSocket,
		"will": o.Will != nil, "will_retain": o.Will != nil && o.Will.Retain,
	}
}

// value returns what a word stands for.
func (r *run) value(o subject.Options) func(name string) (string, error) {
	qos := r.plan.message.QoS
	if r.t.output != nil {
		qos = r.plan.filter.QoS
	}
	values := map[string]string{
		"host": r.host, "port": r.port, "client_id": o.ClientID, "keep_alive": strconv.Itoa(int(o.KeepAlive / time.Second)),
		"ca_file": r.env.Target.CAFile, "path": r.env.Target.Path,
		"topic": r.plan.message.Topic, "payload": r.plan.message.Payload, "filter": r.plan.filter.Filter, "qos": strconv.Itoa(qos),
	}
	for name, s := range map[string]*string{"username": o.Username, "password": o.Password} {
		if s != nil {
			values[name] = *s
		}
	}
	if w := o.Will; w != nil {
		values["will_topic"], values["will_payload"], values["will_qos"] = w.Topic, w.Payload, strconv.Itoa(w.QoS)
	}
	return func(name string) (string, error) { return values[name], nil }
}

// read takes the messages that the program prints, until it ends.
func (r *run) read(p *child.Process, ended chan struct{}) {
	defer close(ended)
	for {
		line, err := p.Line()
		switch {
		case errors.Is(err, io.EOF):
			r.left(p)
			return
		case err != nil:
			p.Kill()
			r.fail(p, fmt.Errorf("the program's output: %w", err))
			return
		case r.t.output == nil:
			continue // some say what they do
		}
		if m, ok := r.t.output.message(string(line), r.plan.topic); ok {
			r.env.OnMessage(m)
		} else {
			r.note("it printed what is no message: " + string(line))
		}
	}
}

// left notes how the program ended. One that crashed is at fault whatever the scenario is about.
func (r *run) left(p *child.Process) {
	exit, ended := p.Await(5 * time.Second)
	var e *exec.ExitError
	if crashed := ended && errors.As(exit.Err, &e) && e.ExitCode() < 0 && !exit.Killed; crashed {
		r.fail(p, fmt.Errorf("the program ended: %v", exit))
	} else if ended && !exit.Killed {
		r.note("it ended: " + exit.String())
	}
}

func (r *run) fail(p *child.Process, err error) {
	r.mu.Lock()
	closed := r.closed
	r.mu.Unlock()
	if !closed && r.env.Fail != nil {
		r.env.Fail(&subject.Fault{Err: err, Certain: true, Printed: child.LastLines(p.Stderr(), maxLines)})
	}
}

// How many notes are kept, and how many lines of standard error are shown.
const (
	maxNotes = 10
	maxLines = 12
)

func (r *run) note(text string) {
	const most = 500 // bytes
	if len(text) > most {
		text = text[:most] + "…"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.notes) < maxNotes {
		r.notes = append(r.notes, text)
	}
}

// started returns the program and the end of its output.
func (r *run) started() (*child.Process, chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.child, r.ended
}

// Ended implements [subject.Ender]: the program has ended, and nothing that it has started writes to its output.
func (r *run) Ended() bool {
	p, ended := r.started()
	if p == nil {
		return false
	}
	select {
	case <-ended:
	default:
		return false
	}
	select {
	case <-p.Gone():
		return true
	default:
		return false
	}
}

// Publish waits for the end of the program, whose status tells what came of it.
func (r *run) Publish(ctx context.Context, _ subject.Message, done func(error)) {
	done(r.outcome(ctx))
}

// outcome waits for the end of the program, and tells success by its status.
func (r *run) outcome(ctx context.Context) error {
	p, _ := r.started()
	if p == nil {
		return notStarted
	}
	select {
	case <-p.Gone():
	case <-ctx.Done():
		return &subject.Error{Kind: subject.Timeout, Err: ctx.Err()}
	}
	exit, _ := p.Await(time.Second)
	if exit.Err == nil {
		return nil
	}
	text := exit.String()
	if stderr := strings.TrimSpace(p.Stderr()); stderr != "" {
		text += ": " + stderr
	}
	return &subject.Error{Kind: subject.Other, Err: errors.New(text)}
}

var notStarted = &subject.Error{Kind: subject.Closed, Err: errors.New("the program was not started")}

// Subscribe does nothing: the program subscribes by itself, and tells nothing of it.
func (r *run) Subscribe(context.Context, []subject.Filter) ([]int, error) {
	return nil, subject.ErrUntold
}

// Unsubscribe is not supported.
func (r *run) Unsubscribe(context.Context, []string) error { return unsupported }

// Ping is not supported.
func (r *run) Ping(context.Context) error { return unsupported }

// Disconnect waits until a program that publishes has done so by itself.
func (r *run) Disconnect(ctx context.Context) error { return r.outcome(ctx) }

var unsupported = &subject.Error{Kind: subject.Unsupported, Err: errors.New("the program has no such call")}

// Abort is not supported.
func (r *run) Abort() error { return unsupported }

// Close implements [subject.Closer].
func (r *run) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	if p, ended := r.started(); p != nil {
		p.Kill()
		<-ended
	}
}

// Notes implements [subject.Noter].
func (r *run) Notes() string {
	stderr := ""
	if p, _ := r.started(); p != nil {
		stderr = p.Stderr()
	}
	var b strings.Builder
	for _, n := range r.notes {
		b.WriteString("note: " + n + "\n")
	}
	b.WriteString(child.LastLines(stderr, maxLines))
	return strings.TrimSpace(b.String())
}

// maxLine is the longest line that a program may print: a message of 2 MiB in hexadecimal digits, with its topic.
const maxLine = 8 << 20
