package play_test

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/mutant"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
	"umqtt/scenarios"
)

// pipelined is a subject that publishes at QoS 1 without waiting, and has no limit. What its server does not
// acknowledge it sends again in order.
type pipelined struct {
	env  subject.Env
	wg   sync.WaitGroup // the reader of the newest connection
	conn net.Conn

	mu   sync.Mutex
	next uint16
	open []*flying
}

// flying is a message in flight.
type flying struct {
	wire.Publish
	done func(error)
}

func (s *pipelined) Connect(_ context.Context, o subject.Options) (bool, error) {
	s.Abort()
	conn, err := s.env.Dial(context.Background())
	if err != nil {
		return false, err
	}
	s.conn = conn
	s.write(&wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: o.CleanSession, ClientID: o.ClientID})
	connack := make([]byte, 4)
	if _, err := io.ReadFull(conn, connack); err != nil {
		return false, err
	}
	s.wg.Go(func() { s.read(conn) })
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.open {
		f.Dup = true
		s.write(&f.Publish)
	}
	return connack[2] == 1, nil
}

// read takes PUBACKs until the connection ends.
func (s *pipelined) read(conn net.Conn) {
	for buf := make([]byte, 4); ; {
		if _, err := io.ReadFull(conn, buf); err != nil {
			conn.Close()
			return
		}
		id := uint16(buf[2])<<8 | uint16(buf[3])
		s.mu.Lock()
		i := slices.IndexFunc(s.open, func(f *flying) bool { return f.PacketID == id })
		f := s.open[i]
		s.open = slices.Delete(s.open, i, i+1)
		s.mu.Unlock()
		f.done(nil)
	}
}

func (s *pipelined) Publish(_ context.Context, m subject.Message, done func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	f := &flying{wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: s.next}, done}
	s.open = append(s.open, f)
	s.write(&f.Publish)
}

func (s *pipelined) write(p wire.Packet) { s.conn.Write(p.Append(nil)) }

func (s *pipelined) Subscribe(context.Context, []subject.Filter) ([]int, error) {
	return nil, errors.ErrUnsupported
}
func (s *pipelined) Unsubscribe(context.Context, []string) error { return errors.ErrUnsupported }
func (s *pipelined) Ping(context.Context) error                  { return errors.ErrUnsupported }
func (s *pipelined) Disconnect(context.Context) error            { return errors.ErrUnsupported }

func (s *pipelined) Abort() error {
	if s.conn != nil {
		s.conn.Close()
		s.wg.Wait()
	}
	return nil
}

// A client with several messages in flight plays the order of what is sent again, and one that gets it
// wrong fails there.
func TestPipelining(t *testing.T) {
	f := subject.Factory{
		Name:     "pipelined",
		Features: []spec.Feature{spec.QoS1, spec.PersistentSession, spec.ManualReconnect, spec.Pipelining, spec.SeveralInFlight, spec.ReportsOutcome},
		New:      func(env subject.Env) (subject.Subject, error) { return &pipelined{env: env}, nil },
	}
	suite, err := scenario.Load(scenarios.FS())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"qos1/resend-order-pipelined", "qos1/resend-order-over-two-cuts"} {
		sc := suite[slices.IndexFunc(suite, func(sc *scenario.Scenario) bool { return sc.Name == name })]
		for _, res := range []*judge.Result{play.Simulated(t, sc, f, play.Options{}), play.Real(sc, f, play.Options{})} {
			if res.Verdict != judge.Pass {
				t.Errorf("%s in the %s world: verdict %s, want pass: %v", name, res.World, res.Verdict, res.Failure)
			}
		}
		for _, bad := range []string{"resend-wrong-order", "resend-new-id", "resend-without-dup", "no-resend"} {
			m, _ := mutant.Find(bad)
			res := play.Simulated(t, sc, m.Apply(f), play.Options{})
			if res.Verdict != judge.Fail || !slices.ContainsFunc(res.Failure.Covers, func(id string) bool { return slices.Contains(m.Violates, id) }) {
				t.Errorf("%s with %s: verdict %s, want fail of %v: %v", name, bad, res.Verdict, m.Violates, res.Failure)
			}
		}
	}
}
