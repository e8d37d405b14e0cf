package robust_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// step is a packet of the program's at which a fault strikes.
type step struct {
	name  string
	match fault.Match
	half  int // bytes of it that get through when the fault comes within it
}

// steps are those of program.run, each once.
var steps = []step{
	{"CONNECT", fault.Match{Type: wire.CONNECT}, 9},
	{"CONNACK", fault.Match{Type: wire.CONNACK}, 3},
	{"SUBSCRIBE", fault.Match{Type: wire.SUBSCRIBE}, 5},
	{"SUBACK", fault.Match{Type: wire.SUBACK}, 4},
	{"UNSUBSCRIBE", fault.Match{Type: wire.UNSUBSCRIBE}, 5},
	{"UNSUBACK", fault.Match{Type: wire.UNSUBACK}, 3},
	{"PUBLISH", fault.Match{Type: wire.PUBLISH, Dirs: fault.ToServer}, 8},
	{"PUBACK", fault.Match{Type: wire.PUBACK, Dirs: fault.ToClient}, 1},
	{"PUBLISH QoS 0", fault.Match{Type: wire.PUBLISH, Dirs: fault.ToServer, Fields: map[string]any{"qos": 0}}, 1},
	{"PINGREQ", fault.Match{Type: wire.PINGREQ}, 1},
	{"PINGRESP", fault.Match{Type: wire.PINGRESP}, 1},
	{"PUBLISH inbound", fault.Match{Type: wire.PUBLISH, Dirs: fault.ToClient}, 8},
	{"PUBLISH in the callback", fault.Match{Type: wire.PUBLISH, Dirs: fault.ToServer, Fields: map[string]any{"topic": "out/nested"}}, 8},
	{"PUBACK in the callback", fault.Match{Type: wire.PUBACK, Dirs: fault.ToClient, Fields: map[string]any{"packet_id": 4}}, 3},
	{"PUBACK outbound", fault.Match{Type: wire.PUBACK, Dirs: fault.ToServer}, 2},
	{"DISCONNECT", fault.Match{Type: wire.DISCONNECT, Dirs: fault.ToServer}, 1},
}

// point is where in a packet a fault strikes.
type point string

const (
	before point = "before"
	within point = "within"
	after  point = "after"
)

// trouble is a fault: how the connection ends, and what the attempts to connect
// that follow meet.
type trouble struct {
	name   string
	how    fault.Ending // NoEnding: it stalls, and nobody is told
	then   []fault.Rule
	code   int // of a CONNACK that refuses for good
	points []point
}

var everywhere = []point{before, within, after}

var troubles = []trouble{
	{"EOF", fault.FIN, nil, 0, everywhere},
	{"RST", fault.RST, nil, 0, everywhere},
	{"stall", fault.NoEnding, nil, 0, everywhere},
	{"then refused", fault.FIN, []fault.Rule{{Action: fault.Refuse{Count: 2}}}, 0, []point{before}},
	{"then accepted and closed", fault.FIN, []fault.Rule{{Action: fault.AcceptClose{Count: 2, How: fault.FIN}}}, 0, []point{before}},
	{"then accepted and reset", fault.RST, []fault.Rule{{Action: fault.AcceptClose{Count: 2, How: fault.RST}}}, 0, []point{after}},
	{"then CONNACK 1", fault.FIN, connacks(1, 1), 1, []point{before}},
	{"then CONNACK 2", fault.RST, connacks(2, 1), 2, []point{within}},
	{"then CONNACK 3", fault.FIN, connacks(3, 2), 0, []point{after}},
	{"then CONNACK 4", fault.FIN, connacks(4, 1), 4, []point{before}},
	{"then CONNACK 5", fault.RST, connacks(5, 1), 5, []point{after}},
}

// connacks makes the next CONNACKs refuse.
func connacks(code, count int) []fault.Rule {
	var rules []fault.Rule
	for n := range count {
		rules = append(rules, fault.Rule{
			Match:  fault.Match{Type: wire.CONNACK, Nth: n + 1},
			Action: fault.Set{Fields: map[string]any{"code": code, "session_present": false}},
		})
	}
	return rules
}

// memory is what becomes of the session.
type memory string

const (
	kept  memory = "kept"  // clean session off
	lost  memory = "lost"  // clean session off, and the broker forgets it with the fault
	clean memory = "clean" // clean session on
)

// sweepLimit is what Within bounds each call to.
const sweepLimit = 15 * time.Second

var sweepPolicies = []struct {
	name   string
	policy robust.Policy
}{
	{"forever", robust.Forever(robust.Backoff{Max: 8 * time.Second})},
	{"within", robust.Within(sweepLimit)},
	{"best effort", robust.BestEffort()},
}

// Every fault at every step of a session, with every kind of session and policy.
func TestSweep(t *testing.T) {
	cases := 0
	t.Run("", func(t *testing.T) {
		for _, policy := range sweepPolicies {
			for _, m := range []memory{kept, lost, clean} {
				for _, st := range steps {
					for _, tr := range troubles {
						for _, pt := range tr.points {
							cases++
							t.Run(fmt.Sprintf("%s/%s/%s/%s/%s", policy.name, m, st.name, pt, tr.name), func(t *testing.T) {
								t.Parallel()
								sweep(t, policy.policy, m, st, tr, pt)
							})
						}
					}
				}
			}
		}
	})
	t.Logf("%d cases", cases)
}

func sweep(t *testing.T, policy robust.Policy, m memory, st step, tr trouble, pt point) {
	onSite(t, robust.Config{
		Config: client.Config{KeepAlive: 10 * time.Second, ConnectTimeout: 5 * time.Second},
		Policy: policy,
		Rand:   middle{},
	}, func(s *site) {
		p := &program{site: s, policy: policy, memory: m, code: tr.code, got: map[string]byte{}}
		s.onMsg = p.message
		p.arm(st, tr, pt)
		s.dialled = func() { p.dial(tr) }
		s.run(p.run)
		s.pass(2 * time.Second)
		if err := s.link.Err(); err != nil {
			t.Fatal(err)
		}
		if !p.struck {
			t.Error("the fault did not strike")
		}
		for _, payload := range p.done {
			if !s.witness.saw(payload) {
				t.Errorf("Publish reported %q done, and the witness did not see it", payload)
			}
		}
		if s.open > 0 || len(s.link.Open()) > 0 {
			t.Errorf("after Disconnect %d connections are open: %d", s.open, s.link.Open())
		}
	})
}

// arm prepares the fault. What follows it is armed as soon as it has struck, and
// the broker forgets the session.
func (p *program) arm(st step, tr trouble, pt point) {
	match := st.match
	match.Nth = 1
	at := map[point]int{before: 0, within: st.half, after: 1 << 20}[pt]
	var action fault.Action = fault.Cut{At: at, How: tr.how}
	if tr.how == fault.NoEnding {
		action = fault.Stall{}
		if pt != before { // the rest is stalled when that much has passed
			action = fault.Split{Sizes: []int{at, 1 << 20}}
		}
	}
	p.link.Arm(fault.Rule{Match: match, Action: action})
	name := "fault " + action.Name()
	p.each = func() {
		conn, _ := p.noted(name)
		if conn == 0 {
			return
		}
		p.each, p.struck = nil, true
		if tr.how == fault.NoEnding {
			p.must(p.link.Stall(conn, fault.BothWays))
		}
		for _, r := range tr.then {
			p.link.Arm(r)
		}
		if p.memory == lost {
			p.forget()
			p.each = p.forgetful()
		}
	}
}

// forgetful forgets again what a CONNECT has left at the broker that was refused
// only by the proxy.
func (s *site) forgetful() func() {
	refused := 0
	return func() {
		if _, n := s.noted("fault set"); n > refused {
			refused = n
			s.forget()
		}
	}
}

// noted counts a fault in the capture, and returns the last connection that it was
// noted for.
func (s *site) noted(prefix string) (conn, count int) {
	for _, r := range s.rec.Since(0) {
		if strings.HasPrefix(r.Text, prefix) {
			conn = r.Conn
			count++
		}
	}
	return conn, count
}

// forget makes the broker forget the client's session, by a connection with clean
// session that nobody sees.
func (s *site) forget() {
	c, err := s.l.Dial(s.ctx)
	s.must(err)
	for _, p := range []wire.Packet{
		&wire.Connect{ProtocolName: wire.ProtocolName, ProtocolLevel: wire.ProtocolLevel, CleanSession: true, ClientID: "c"},
		&wire.Disconnect{},
	} {
		_, err = c.Write(p.Append(nil))
		s.must(err)
		synctest.Wait()
	}
	_ = c.Close()
	synctest.Wait()
}

// program uses the client as an application does. Whatever call fails, by its
// policy, is made again after a while.
type program struct {
	*site
	policy robust.Policy
	memory memory
	code   int             // of the final refusal that may come
	done   []string        // payloads that Publish reported done at QoS 1
	got    map[string]byte // QoS of the messages of the callback, by payload
	nested bool            // the callback's Publish has succeeded
	n      int             // messages published
	begun  bool            // it has subscribed
	struck bool            // the fault has come
}

// dial judges the opening of a connection. Towards mochi the old connection of a
// stalled client has to end before a clean session begins; see DETERMINISM.md.
func (p *program) dial(tr trouble) {
	if p.open > 0 {
		p.Errorf("a connection is dialled while %d are open", p.open)
	}
	if p.memory == clean && tr.how == fault.NoEnding && p.connections > 0 {
		_ = p.link.Cut(0, fault.RST)
	}
}

func (p *program) run() {
	p.connect()
	p.subscribe()
	p.try("Unsubscribe", func(ctx context.Context) error { return p.Unsubscribe(ctx, []byte("gone/#")) })
	p.publish("out/1", 1)
	p.publish("out/0", 0)
	p.pong()
	p.echo()
	p.check(5)
	p.publish("out/2", 1)
	_ = p.Disconnect() // it may have found no connection
	time.Sleep(time.Second)
	p.connect()
	p.check(1)
	p.publish("out/3", 1)
	if err := p.Disconnect(); err != nil {
		p.Errorf("the last Disconnect: %v", err)
	}
	if p.policy == sweepPolicies[0].policy && len(p.done) < 4 {
		p.Errorf("of four messages only %q were reported done", p.done)
	}
}

// connect connects, and subscribes again when a new session is there.
func (p *program) connect() {
	present := false
	p.try("Connect", func(ctx context.Context) (err error) {
		present, err = p.Connect(ctx, p.memory == clean)
		return err
	})
	if p.begun && !present {
		p.subscribe()
	}
}

func (p *program) subscribe() {
	p.try("Subscribe", func(ctx context.Context) error {
		_, err := p.Subscribe(ctx,
			client.Filter{Topic: []byte("in/#"), QoS: 1}, client.Filter{Topic: []byte("low/#")})
		return err
	})
	if !p.begun {
		p.begun = true
		p.try("Subscribe", func(ctx context.Context) error {
			_, err := p.Subscribe(ctx, client.Filter{Topic: []byte("gone/#"), QoS: 1})
			return err
		})
	}
}

// publish publishes until it is reported done.
func (p *program) publish(topic string, qos byte) {
	p.try("Publish", func(ctx context.Context) error { return p.publishOnce(ctx, topic, qos) })
}

func (p *program) publishOnce(ctx context.Context, topic string, qos byte) error {
	p.n++
	payload := fmt.Sprintf("%s %d", topic, p.n)
	err := p.Publish(ctx, []byte(topic), []byte(payload), qos, false)
	if err == nil && qos == 1 {
		p.done = append(p.done, payload)
	}
	return err
}

// pong waits for the answer to a Ping, and pings again if a connection was lost
// meanwhile.
func (p *program) pong() {
	for range 4 {
		p.try("Ping", p.Ping)
		var kind client.Kind
		p.until(func() bool { return kind == client.KindPing }, &kind)
		if kind == client.KindPing {
			return
		}
	}
	p.Error("no PINGRESP")
}

// echo has the callback publish.
func (p *program) echo() {
	for n := range 4 {
		p.witness.publish("in/echo", fmt.Sprintf("echo %d", n))
		if p.until(func() bool { return p.nested }, new(client.Kind)) {
			return
		}
	}
	p.Error("the callback has not published")
}

func (p *program) message(m client.Message) {
	p.got[string(m.Payload)] = m.QoS
	if string(m.Topic) == "in/echo" && !p.nested {
		p.nested = p.call("Publish in the callback", func(ctx context.Context) error { return p.publishOnce(ctx, "out/nested", 1) }) == nil
	}
}

// check has the witness publish, so often at most, and the client receive it, as it
// has subscribed.
func (p *program) check(times int) {
	for range times {
		p.n++
		in, low, gone := fmt.Sprint("in ", p.n), fmt.Sprint("low ", p.n), fmt.Sprint("gone ", p.n)
		p.witness.publish("gone/check", gone)
		p.witness.publish("low/check", low)
		p.witness.publish("in/check", in)
		arrived := p.until(func() bool { return p.has(in, 1) && p.has(low, 0) }, new(client.Kind))
		if _, ok := p.got[gone]; ok {
			p.Error("a message arrives for a filter that was given up")
		}
		if arrived {
			return
		}
	}
	p.Errorf("the client is not subscribed as asked: it got %v", p.got)
}

func (p *program) has(payload string, qos byte) bool {
	got, ok := p.got[payload]
	return ok && got == qos
}

// until waits for packets until done, for half a minute at most or until the wait
// fails. It sets kind to the last one's.
func (p *program) until(done func() bool, kind *client.Kind) bool {
	end := time.Now().Add(30 * time.Second)
	for !done() && time.Now().Before(end) {
		var err error
		if *kind, err = p.wait(time.Until(end)); err != nil {
			break
		}
	}
	return done()
}

// wait waits for a packet, at most that long.
func (p *program) wait(d time.Duration) (kind client.Kind, err error) {
	err = p.call("WaitMsg", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		kind, err = p.WaitMsg(ctx)
		return err
	})
	if errors.Is(err, client.ErrClosed) {
		p.connect()
	}
	if errors.Is(err, robust.ErrGaveUp) {
		time.Sleep(2 * time.Second)
	}
	return kind, err
}

// try makes a call until it succeeds.
func (p *program) try(name string, f func(ctx context.Context) error) {
	for range 10 {
		err := p.call(name, f)
		if err == nil {
			return
		}
		time.Sleep(2 * time.Second)
		if isFinalRefusal(err) && name != "Connect" {
			p.connect()
		}
	}
	p.Errorf("%s does not succeed", name)
}

func isFinalRefusal(err error) bool {
	var refused *client.ConnackError
	return errors.As(err, &refused) && refused.Code != 3 || errors.Is(err, client.ErrClosed)
}

// call makes a call and judges how it ended. A report of messages that were given
// up is no failure.
func (p *program) call(name string, f func(ctx context.Context) error) error {
	began, attempts := time.Now(), len(p.attempts)
	err := f(p.ctx)
	took, made := time.Since(began), len(p.attempts)-attempts
	var dropped *client.DroppedError
	if errors.As(err, &dropped) {
		err = dropped.Err
	}
	var refused *client.ConnackError
	limit := p.policy.Limit()
	bound := time.Minute
	if limit.Time > 0 && name != "WaitMsg" {
		bound = limit.Time
	}
	switch {
	case took > bound:
		p.Errorf("%s took %v", name, took)
	case limit.Attempts > 0 && made > limit.Attempts && name != "WaitMsg": // its callback makes calls of its own
		p.Errorf("%s made %d attempts to connect", name, made)
	case err == nil:
	case errors.As(err, &refused) && int(refused.Code) == p.code:
	case errors.Is(err, client.ErrClosed) && p.refused():
	case errors.Is(err, robust.ErrGaveUp) && limit != robust.Limit{}:
	case name == "WaitMsg" && errors.Is(err, context.DeadlineExceeded):
	default:
		p.Errorf("%s: %v", name, err)
	}
	return err
}

// refused tells whether the final refusal has come.
func (p *program) refused() bool {
	return slices.ContainsFunc(p.attempts, func(a robust.Attempt) bool { return isFinalRefusal(a.Err) })
}
