package process

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"strconv"
	"sync"
	"time"

	"umqtt/harness/subject"
	"umqtt/harness/transport"
)

// Serve is the other side: it plays a subject in Go as a shim, with the requests that it reads from in, and writes
// what comes of them to out. It returns when it is told to quit, or in has ended; what the subject does then is up
// to the process, which should exit. The error is that of reading, or of a request that cannot be read.
//
// The subject dials the address of each connect request, by its Env.Dial or by itself.
func Serve(f subject.Factory, in io.Reader, out io.Writer) error {
	s := &server{factory: f, out: json.NewEncoder(out), callbacks: map[uint64]chan []byte{}}
	s.out.SetEscapeHTML(false)
	if err := s.fresh(false); err != nil {
		return err
	}
	_, idler := s.subj.(subject.Idler)
	s.say(Hello{Protocol: Version, Name: f.Name, Features: f.Features, Idle: idler, Reusable: true})
	threads := map[string]chan []byte{}
	defer func() {
		for _, lines := range threads {
			close(lines)
		}
	}()
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		var r struct {
			head
			Seq uint64 `json:"seq"`
		}
		if err == nil {
			err = json.Unmarshal(line, &r)
		}
		if err != nil {
			return err
		}
		s.mu.Lock()
		callback := s.callbacks[max(r.In, r.Seq)]
		s.mu.Unlock()
		switch {
		case r.Op == "quit":
			return nil
		case callback != nil:
			callback <- line
		case r.Op != "return":
			if threads[r.Thread] == nil {
				threads[r.Thread] = s.thread()
			}
			threads[r.Thread] <- line
		}
	}
}

// thread makes the calls of a thread: those that are written to the channel, one after another.
func (s *server) thread() chan []byte {
	lines := make(chan []byte, 16)
	go func() {
		for line := range lines {
			s.do(line)
		}
	}()
	return lines
}

// A server is the state of Serve.
type server struct {
	factory subject.Factory

	mu        sync.Mutex
	out       *json.Encoder
	subj      subject.Subject
	ctx       context.Context // of the subject
	end       context.CancelFunc
	pipelined bool // the subject was made for a scenario that needs pipelining
	addr      string
	target    transport.Target
	seq       uint64
	callbacks map[uint64]chan []byte // lines for the callbacks that are open, by seq
}

// say writes a line.
func (s *server) say(v any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.Encode(v) // nobody reads any more: in tells
}

// fresh makes a subject, in place of the one before.
func (s *server) fresh(pipelined bool) error {
	ctx, cancel := context.WithCancel(context.Background())
	s.mu.Lock()
	target := s.target
	s.mu.Unlock()
	subj, err := s.factory.New(subject.Env{
		Target:    target,
		Pipelined: pipelined,
		Addr:      s.address(),
		Dial: func(ctx context.Context) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", s.address())
		},
		OnMessage: func(m subject.Message) {
			if ctx.Err() == nil {
				s.message(m)
			}
		},
		Fail: func(f *subject.Fault) { panic(f) }, // the end of the process tells
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subj, s.ctx, s.end, s.pipelined = subj, ctx, cancel, pipelined
	return err
}

func (s *server) address() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// message is the subject's callback. It makes the calls that it is asked for until it may return.
func (s *server) message(m subject.Message) {
	lines := make(chan []byte, 16)
	event := struct {
		Event   string `json:"event"`
		Seq     uint64 `json:"seq"`
		Topic   raw    `json:"topic"`
		Payload raw    `json:"payload"`
		QoS     *int   `json:"qos"`
		Retain  *bool  `json:"retain"`
		Dup     *bool  `json:"dup"`
	}{"message", 0, raw(m.Topic), raw(m.Payload), tell(m.QoS, m.Untold.QoS), tell(m.Retain, m.Untold.Retain), tell(m.Dup, m.Untold.Dup)}
	s.mu.Lock()
	s.seq++
	event.Seq = s.seq
	s.callbacks[event.Seq] = lines
	s.out.Encode(event) // in the order of seq
	s.mu.Unlock()
	for line := range lines {
		var r head
		if json.Unmarshal(line, &r); r.Op == "return" {
			break
		}
		s.do(line)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.callbacks, event.Seq)
}

// tell is the opposite of told.
func tell[T any](v T, untold bool) *T {
	if untold {
		return nil
	}
	return &v
}

// An answer is what Serve answers.
type answer struct {
	ID             uint64    `json:"id"`
	Error          *apiError `json:"error"`
	SessionPresent *bool     `json:"session_present,omitempty"`
	Granted        *[]int    `json:"granted,omitempty"`
	Pending        bool      `json:"pending,omitempty"`
}

// do makes a call and answers.
func (s *server) do(line []byte) {
	s.mu.Lock()
	subj, ctx := s.subj, s.ctx
	s.mu.Unlock()
	var h head
	json.Unmarshal(line, &h)
	if h.In != 0 {
		ctx = subject.Nested(ctx)
	}
	if h.Thread != "" {
		ctx = subject.OnThread(ctx, h.Thread)
	}
	a := answer{ID: h.ID}
	var err error
	switch h.Op {
	case "connect":
		var r connectRequest
		json.Unmarshal(line, &r)
		s.mu.Lock()
		addr := net.JoinHostPort(r.Host, strconv.Itoa(r.Port))
		target, unread := r.target()
		other := addr != s.addr || r.Pipelined != s.pipelined || !reflect.DeepEqual(target, s.target)
		s.addr, s.target = addr, target
		s.mu.Unlock()
		if err = unread; err != nil {
			break
		}
		if other { // only now it is known what the scenario needs, and where the subject is to dial
			if err = s.fresh(r.Pipelined); err != nil {
				break
			}
			s.mu.Lock()
			subj, ctx = s.subj, s.ctx
			s.mu.Unlock()
		}
		var present bool
		present, err = subj.Connect(ctx, r.options())
		a.SessionPresent = &present
	case "publish":
		s.publish(ctx, subj, line, h.ID)
		return
	case "subscribe":
		var r subscribeRequest
		json.Unmarshal(line, &r)
		var filters []subject.Filter
		for _, f := range r.Filters {
			filters = append(filters, subject.Filter{Filter: string(f.Filter), QoS: f.QoS})
		}
		var granted []int
		if granted, err = subj.Subscribe(ctx, filters); granted != nil {
			a.Granted = &granted
		}
	case "unsubscribe":
		var r unsubscribeRequest
		json.Unmarshal(line, &r)
		var filters []string
		for _, f := range r.Filters {
			filters = append(filters, string(f))
		}
		err = subj.Unsubscribe(ctx, filters)
	case "ping":
		err = subj.Ping(ctx)
	case "disconnect":
		err = subj.Disconnect(ctx)
	case "hold", "flush":
		g, ok := subj.(subject.Gatherer)
		switch {
		case !ok:
			err = &subject.Error{Kind: subject.Unsupported, Err: errors.New("the client gathers nothing")}
		case h.Op == "hold":
			err = g.Hold()
		default:
			err = g.Flush(ctx)
		}
	case "abort":
		err = subj.Abort()
	case "idle":
		var r idleRequest
		json.Unmarshal(line, &r)
		err = idle(ctx, subj, time.Duration(r.For)*time.Millisecond)
	case "reset":
		s.end()
		if c, ok := subj.(subject.Closer); ok {
			c.Close()
		} else {
			subj.Abort()
		}
		err = s.fresh(false)
	default:
		err = &subject.Error{Kind: subject.Unsupported, Err: fmt.Errorf("there is no op %q", h.Op)}
	}
	a.Error = failure(err)
	s.say(a)
}

// publish answers a publish: when the call has returned, and when its outcome is known.
func (s *server) publish(ctx context.Context, subj subject.Subject, line []byte, id uint64) {
	var r publishRequest
	json.Unmarshal(line, &r)
	var mu sync.Mutex
	known := false
	subj.Publish(ctx, subject.Message{Topic: string(r.Topic), Payload: string(r.Payload), QoS: r.QoS, Retain: r.Retain}, func(err error) {
		mu.Lock()
		defer mu.Unlock()
		known = true
		s.say(answer{ID: id, Error: failure(err)})
	})
	mu.Lock()
	defer mu.Unlock()
	if !known {
		s.say(answer{ID: id, Pending: true})
	}
}

// idle lets a subject serve its connection for a while. Another call may wait by then.
func idle(ctx context.Context, subj subject.Subject, d time.Duration) error {
	i, ok := subj.(subject.Idler)
	if !ok {
		return &subject.Error{Kind: subject.Unsupported, Err: errors.New("the client needs no idling")}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer time.AfterFunc(d, func() { cancel(subject.ErrCall) }).Stop()
	return i.Idle(ctx)
}

// target is how the server of the request is reached.
func (r *connectRequest) target() (transport.Target, error) {
	t := transport.Target{Kind: transport.Kind(r.Transport), Path: r.Path}
	switch {
	case t.Kind == transport.TCP || t.Kind == "":
		return transport.Target{}, nil
	case r.TLS == nil:
		t.ServerName = r.Host
		return t, nil
	}
	t.CAFile, t.ServerName = r.TLS.CAFile, r.TLS.ServerName
	var err error
	t.CA, err = os.ReadFile(t.CAFile)
	return t, err
}

// options are those of the request.
func (r *connectRequest) options() subject.Options {
	o := subject.Options{
		ClientID: string(r.ClientID), CleanSession: r.CleanSession, KeepAlive: time.Duration(r.KeepAlive) * time.Second,
		Username: (*string)(r.Username), Password: (*string)(r.Password),
		AckTimeout: time.Duration(r.Limits.AckTimeout) * time.Millisecond, RetryAfter: time.Duration(r.Limits.RetryAfter) * time.Millisecond,
		MaxDepth: r.Limits.MaxDepth, MaxInflight: r.Limits.MaxInflight, MaxPacket: r.Limits.MaxPacket, SkipOversize: r.Limits.SkipOversize,
	}
	if w := r.Will; w != nil {
		o.Will = &subject.Message{Topic: string(w.Topic), Payload: string(w.Payload), QoS: w.QoS, Retain: w.Retain}
	}
	return o
}

// failure is an error as an answer has it. What the subject does not tell is no failure.
func failure(err error) *apiError {
	if err == nil || errors.Is(err, subject.ErrUntold) {
		return nil
	}
	return &apiError{subject.KindOf(err), err.Error()}
}
