// Package device plays a client that no process here owns: a board on the desk, or a program that was started long
// ago. It connects by itself, again and again, to an address that it was given once.
//
//	d := device.Device{Name: "board", Features: []spec.Feature{spec.QoS1}, Trigger: "./press.sh"}
//	f, played, err := d.For(sc) // an error says what the scenario asks for besides
//	res := play.Real(played, f, play.Options{Foreign: true, Addr: "192.0.2.7:1883"})
//
// Nothing tells what its API reports. What it is to do besides connecting is the business of a command, the
// trigger, which runs once for each call with the request of the subject protocol on its standard input.
package device

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"umqtt/harness/child"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/subject/process"
)

// A Device is a client that connects by itself.
type Device struct {
	// Name is its name in reports.
	Name string
	// Features lists what it can do. That it connects again by itself is understood.
	Features []spec.Feature
	// Trigger is a command line for the shell, which runs for each call. It is empty for a
	// device that can be told nothing: only what needs no call is played with it.
	Trigger string
	// Wait is how long the device may take to connect when a scenario begins.
	Wait time.Duration
}

// limit bounds one run of the trigger.
const limit = 30 * time.Second

// For returns the device as the subject of one scenario, and the scenario as it is played: its first CONNECT may
// take as long as the device needs. The error says what the scenario asks for that no device can be told or tell;
// the subject is of no use then but for its name and features.
func (d *Device) For(sc *scenario.Scenario) (subject.Factory, *scenario.Scenario, error) {
	f := subject.Factory{Name: d.Name, Features: d.features(), External: true, Lasting: true}
	if err := d.fits(sc); err != nil {
		return f, sc, err
	}
	f.New = func(env subject.Env) (subject.Subject, error) { return newSession(d, env) }
	played := *sc
	played.Steps = slices.Clone(sc.Steps)
	for i, st := range played.Steps {
		if st.Key == "expect CONNECT" || st.Key == "deliver CONNECT" || st.Key == "deliver CONNACK" {
			played.Steps[i].Within = max(st.Within, d.Wait)
			break
		}
	}
	return f, &played, nil
}

// features are those of a client that makes its connections by itself.
func (d *Device) features() []spec.Feature {
	kept := slices.DeleteFunc(slices.Clone(d.Features), func(f spec.Feature) bool { return f == spec.ManualReconnect || f == spec.AutoReconnect })
	return append(kept, spec.AutoReconnect)
}

// calls are the steps that a trigger can carry out.
var calls = []string{"client publish", "client subscribe", "client unsubscribe", "client ping", "client disconnect", "client abort", "client hold", "client flush"}

// looks are the steps that look at a call, and make none.
var looks = []string{"client done", "client fails", "client ends", "client pending"}

// fits returns what a scenario asks for besides.
func (d *Device) fits(sc *scenario.Scenario) error {
	if sc.Transport != "" {
		return fmt.Errorf("the device was told once what it speaks, and the scenario plays over %s", sc.Transport)
	}
	connects := 0
	for st := range sc.AllSteps() {
		switch {
		case st.Key == "receive":
			return errors.New("the device does not tell which messages it has received")
		case st.Key == "client connect":
			if connects++; connects > 1 {
				return errors.New("the device connects when it likes, and client connect comes twice")
			}
		case slices.Contains(looks, st.Key):
		case slices.Contains(calls, st.Key):
			if d.Trigger == "" {
				return fmt.Errorf("the device has no call for %s; --trigger runs a command for it", st.Key)
			}
		case strings.HasPrefix(st.Key, "client "):
			return fmt.Errorf("the device has no call for %s", st.Key)
		}
	}
	return nil
}

// A session is the device as the subject of one scenario.
type session struct {
	d    *Device
	env  subject.Env
	host string
	port int
	ids  atomic.Uint64
}

func newSession(d *Device, env subject.Env) (*session, error) {
	host, port, err := net.SplitHostPort(env.Addr)
	if err != nil {
		return nil, fmt.Errorf("a device connects by itself and plays in the real world only: %w", err)
	}
	s := &session{d: d, env: env, host: host}
	s.port, err = strconv.Atoi(port)
	return s, err
}

// call runs the trigger with a request.
func (s *session) call(ctx context.Context, line []byte) error {
	if s.d.Trigger == "" {
		return &subject.Error{Kind: subject.Unsupported, Err: errors.New("the device has no trigger")}
	}
	p, err := child.Start(child.Config{Args: shell(s.d.Trigger), MaxOutput: 1 << 20})
	if err != nil {
		return s.broken(err, "")
	}
	defer context.AfterFunc(ctx, func() { p.Kill() })()
	defer p.Kill()
	p.Write(line, limit) // a trigger may care for nothing of it
	go func() {
		for {
			if _, err := p.Line(); err != nil {
				return // what it prints is its own business
			}
		}
	}()
	exit := p.End(limit)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case exit.Err != nil || exit.Killed:
		return s.broken(fmt.Errorf("the trigger: %s", exit), p.Stderr())
	}
	return subject.ErrUntold
}

// broken tells that the trigger, and not the device, is at fault.
func (s *session) broken(err error, stderr string) error {
	if s.env.Fail != nil {
		s.env.Fail(&subject.Fault{Err: err, Setup: true, Printed: stderr})
	}
	return &subject.Error{Kind: subject.Other, Err: err}
}

func (s *session) id() uint64 { return s.ids.Add(1) }

// Connect implements [subject.Subject]. The device connects by itself; with a trigger it is told the options.
func (s *session) Connect(ctx context.Context, o subject.Options) (bool, error) {
	if s.d.Trigger == "" {
		return false, subject.ErrUntold
	}
	return false, s.call(ctx, process.ConnectRequest(s.id(), s.host, s.port, s.env.Target, o, s.env.Pipelined))
}

// Publish implements [subject.Subject].
func (s *session) Publish(ctx context.Context, m subject.Message, done func(error)) {
	done(s.call(ctx, process.PublishRequest(s.id(), m)))
}

// Subscribe implements [subject.Subject].
func (s *session) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	return nil, s.call(ctx, process.SubscribeRequest(s.id(), filters))
}

// Unsubscribe implements [subject.Subject].
func (s *session) Unsubscribe(ctx context.Context, filters []string) error {
	return s.call(ctx, process.UnsubscribeRequest(s.id(), filters))
}

// Ping implements [subject.Subject].
func (s *session) Ping(ctx context.Context) error {
	return s.call(ctx, process.SimpleRequest(s.id(), "ping"))
}

// Disconnect implements [subject.Subject].
func (s *session) Disconnect(ctx context.Context) error {
	return s.call(ctx, process.SimpleRequest(s.id(), "disconnect"))
}

// Hold implements [subject.Gatherer].
func (s *session) Hold() error {
	return s.call(context.Background(), process.SimpleRequest(s.id(), "hold"))
}

// Flush implements [subject.Gatherer].
func (s *session) Flush(ctx context.Context) error {
	return s.call(ctx, process.SimpleRequest(s.id(), "flush"))
}

// AbortContext implements [subject.ContextAborter].
func (s *session) AbortContext(ctx context.Context) error {
	return s.call(ctx, process.SimpleRequest(s.id(), "abort"))
}

// Abort implements [subject.Subject]. At the end of a scenario the device's connection is dropped by the harness.
func (s *session) Abort() error { return nil }
