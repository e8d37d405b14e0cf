//go:build unix

package main

import (
	"context"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"umqtt/harness/mutant"
	"umqtt/harness/subject"
)

// smoke has a subject do a little of everything at an address, for at most so long.
func smoke(t *testing.T, f subject.Factory, addr string, limit time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	s, err := f.New(subject.Env{
		Dial: func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", addr)
		},
		Addr:      addr,
		OnMessage: func(subject.Message) {},
		Fail:      func(f *subject.Fault) { t.Logf("%+v", f) },
	})
	if err != nil {
		return err
	}
	defer s.Abort()
	for range 2 {
		if _, err := s.Connect(ctx, subject.Options{ClientID: f.Name, KeepAlive: 10 * time.Second}); err != nil {
			return err
		}
		if _, err := s.Subscribe(ctx, []subject.Filter{{Filter: "smoke", QoS: 1}}); err != nil {
			return err
		}
		for range 5 {
			done := make(chan error, 1)
			s.Publish(ctx, subject.Message{Topic: "smoke", Payload: "x", QoS: 1}, func(err error) { done <- err })
			select {
			case err := <-done:
				if err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := s.Ping(ctx); err != nil {
			return err
		}
		if err := s.Disconnect(ctx); err != nil {
			return err
		}
	}
	return nil
}

// The built-in subjects pass without a finding, with a session that goes on; a mutant of one of them is named.
func TestProxyWatchSubjects(t *testing.T) {
	p := startProxy(t, "--upstream", startBroker(t), "--watch", "--new-clients")
	for _, f := range []subject.Factory{subject.Simple(), subject.Robust(), subject.Ref()} {
		if err := smoke(t, f, p.addr, 20*time.Second); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	m, ok := mutant.Find("packet-id-zero")
	if !ok {
		t.Fatal("there is no such mutant")
	}
	bad := m.Apply(subject.Simple())
	t.Logf("the mutant: %v", smoke(t, bad, p.addr, 2*time.Second)) // the broker may end its connection
	first := p.next(t, "broke")
	if len(first) != 1 || !strings.Contains(first[0], "client "+bad.Name+", ") || !strings.Contains(first[0], "broke MQTT-2.3.1-1 ") {
		t.Errorf("the first finding:\n%s", strings.Join(first, "\n"))
	}
	if got := p.stop(t, syscall.SIGTERM, exitOK); !strings.Contains(got, "MQTT-2.3.1-1 ") || strings.Contains(got, "client robust,") {
		t.Errorf("%s", got)
	}
}
