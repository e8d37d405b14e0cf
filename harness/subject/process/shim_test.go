package process_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"

	"umqtt/harness/subject"
	"umqtt/harness/subject/process"
)

// TestMain is a shim when the environment says so: the tests start their own binary again.
func TestMain(m *testing.M) {
	name := os.Getenv("UMQTT_TEST_SHIM")
	if name == "" {
		os.Exit(m.Run())
	}
	run, ok := shims[name]
	if !ok {
		run = func() error { return fmt.Errorf("there is no shim %q", name) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// shims are the programs that the tests start.
var shims map[string]func() error

func init() {
	shims = map[string]func() error{"transcript": replayTranscript, "ref": refShim}
	for name, bad := range misbehaving {
		shims[name] = bad
	}
}

// config is the command of a shim.
func config(t *testing.T, shim string, limits process.Limits) process.Config {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return process.Config{Command: []string{exe}, Env: []string{"UMQTT_TEST_SHIM=" + shim}, Limits: limits}
}

// open starts a shim.
func open(t *testing.T, shim string, limits process.Limits) *process.Program {
	t.Helper()
	p, err := process.Open(config(t, shim, limits))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// begin makes the subject of a scenario that has no world.
func begin(t *testing.T, p *process.Program, env subject.Env) subject.Subject {
	t.Helper()
	env.Addr = "127.0.0.1:1883"
	s, err := p.Factory().New(env)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// say writes a line of a shim.
var saying sync.Mutex

func say(v any) {
	saying.Lock()
	defer saying.Unlock()
	json.NewEncoder(os.Stdout).Encode(v)
}

// asked is a request as the shims of these tests read it.
type asked struct {
	ID           uint64          `json:"id"`
	Op           string          `json:"op"`
	In           uint64          `json:"in"`
	Seq          uint64          `json:"seq"`
	Host         string          `json:"host"`
	Port         int             `json:"port"`
	ClientID     text            `json:"client_id"`
	CleanSession bool            `json:"clean_session"`
	KeepAlive    int             `json:"keep_alive"`
	Username     *text           `json:"username"`
	Password     *text           `json:"password"`
	Will         *said           `json:"will"`
	Filters      json.RawMessage `json:"filters"`
	said
}

type said struct {
	Topic   text `json:"topic"`
	Payload text `json:"payload"`
	QoS     int  `json:"qos"`
	Retain  bool `json:"retain"`
}

// text is a field of type bytes.
type text string

func (b *text) UnmarshalJSON(j []byte) error {
	var s string
	err := json.Unmarshal(j, &s)
	var out []byte
	for _, c := range s {
		out = append(out, byte(c))
	}
	*b = text(out)
	return err
}

func (b text) MarshalJSON() ([]byte, error) {
	var s strings.Builder
	for i := range len(b) {
		s.WriteRune(rune(b[i]))
	}
	return json.Marshal(s.String())
}

// requests reads the requests of the harness until quit or the end.
func requests(each func(asked)) {
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var r asked
		if err := json.Unmarshal(line, &r); err != nil {
			panic(err)
		}
		if r.Op == "quit" {
			return
		}
		each(r)
	}
}

// refShim is the subject ref as a process, which can be used again. It dials by itself.
func refShim() error {
	f := subject.Ref()
	say(map[string]any{"hello": 1, "name": "ref", "features": f.Features, "reusable": true})
	r := &refProcess{make: f.New, callbacks: map[uint64]chan asked{}}
	if err := r.fresh(); err != nil {
		return err
	}
	top := make(chan asked, 16)
	go func() {
		for a := range top {
			r.do(a)
		}
	}()
	requests(func(a asked) {
		r.mu.Lock()
		callback := r.callbacks[max(a.In, a.Seq)]
		r.mu.Unlock()
		switch {
		case callback != nil:
			callback <- a
		case a.Op == "reset":
			go r.do(a) // whatever is under way
		default:
			top <- a
		}
	})
	return nil
}

// refProcess is the state of refShim.
type refProcess struct {
	make func(subject.Env) (subject.Subject, error)

	mu        sync.Mutex
	s         subject.Subject
	end       context.CancelFunc
	ctx       context.Context
	addr      string
	seq       uint64
	callbacks map[uint64]chan asked
}

// fresh makes a new client.
func (r *refProcess) fresh() error {
	ctx, cancel := context.WithCancel(context.Background())
	s, err := r.make(subject.Env{
		Dial: func(ctx context.Context) (net.Conn, error) {
			r.mu.Lock()
			addr := r.addr
			r.mu.Unlock()
			return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		},
		OnMessage: func(m subject.Message) {
			if ctx.Err() == nil {
				r.message(m)
			}
		},
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.s, r.ctx, r.end = s, ctx, cancel
	return err
}

// message is the client's callback.
func (r *refProcess) message(m subject.Message) {
	in := make(chan asked, 16)
	r.mu.Lock()
	r.seq++
	seq := r.seq
	r.callbacks[seq] = in
	r.mu.Unlock()
	say(struct {
		Event string `json:"event"`
		Seq   uint64 `json:"seq"`
		said
		Dup bool `json:"dup"`
	}{"message", seq, said{text(m.Topic), text(m.Payload), m.QoS, m.Retain}, m.Dup})
	for a := range in {
		if a.Op == "return" {
			break
		}
		r.do(a)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.callbacks, seq)
}

// do makes a call and answers.
func (r *refProcess) do(a asked) {
	r.mu.Lock()
	s, ctx := r.s, r.ctx
	r.mu.Unlock()
	answer := map[string]any{"id": a.ID}
	var err error
	switch a.Op {
	case "connect":
		r.mu.Lock()
		r.addr = net.JoinHostPort(a.Host, fmt.Sprint(a.Port))
		r.mu.Unlock()
		answer["session_present"], err = s.Connect(ctx, a.options())
		if err == nil {
			go func() {
				if lost := s.(subject.Idler).Idle(ctx); lost != nil {
					say(map[string]any{"event": "lost", "error": failure(lost)})
				}
			}()
		}
	case "publish":
		outcome := make(chan error, 1)
		s.Publish(ctx, a.message(), func(err error) { outcome <- err })
		select {
		case err = <-outcome:
		default:
			say(map[string]any{"id": a.ID, "pending": true})
			go func() { say(map[string]any{"id": a.ID, "error": failure(<-outcome)}) }()
			return
		}
	case "subscribe":
		var list []struct {
			Filter text
			QoS    int
		}
		json.Unmarshal(a.Filters, &list)
		var filters []subject.Filter
		for _, f := range list {
			filters = append(filters, subject.Filter{Filter: string(f.Filter), QoS: f.QoS})
		}
		answer["granted"], err = s.Subscribe(ctx, filters)
	case "unsubscribe":
		var list []text
		json.Unmarshal(a.Filters, &list)
		var filters []string
		for _, f := range list {
			filters = append(filters, string(f))
		}
		err = s.Unsubscribe(ctx, filters)
	case "ping":
		err = s.Ping(ctx)
	case "disconnect":
		err = s.Disconnect(ctx)
	case "abort":
		err = s.Abort()
	case "reset":
		r.end()
		s.Abort()
		err = r.fresh()
	default:
		err = &subject.Error{Kind: subject.Unsupported, Err: fmt.Errorf("no op %q", a.Op)}
	}
	answer["error"] = failure(err)
	say(answer)
}

func (a asked) options() subject.Options {
	o := subject.Options{ClientID: string(a.ClientID), CleanSession: a.CleanSession, KeepAlive: seconds(a.KeepAlive), Username: (*string)(a.Username), Password: (*string)(a.Password)}
	if w := a.Will; w != nil {
		o.Will = &subject.Message{Topic: string(w.Topic), Payload: string(w.Payload), QoS: w.QoS, Retain: w.Retain}
	}
	return o
}

func (a asked) message() subject.Message {
	return subject.Message{Topic: string(a.Topic), Payload: string(a.Payload), QoS: a.QoS, Retain: a.Retain}
}

// failure is an error as an answer has it.
func failure(err error) any {
	if err == nil {
		return nil
	}
	return map[string]any{"kind": subject.KindOf(err), "text": err.Error()}
}
