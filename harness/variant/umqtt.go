package variant

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/mutant"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// umqtt lists variants of the subjects simple and robust, made by changing their packets or their adapter.
func umqtt() []Variant {
	const (
		noAPI  = "The standard rules no API."
		stream = "4.2 asks for a stream of bytes below: pieces mean nothing."
		free   = "4.2 and 4.4 leave it to the client whether and when it connects again."
	)
	return []Variant{
		{Name: "simple-ids-high", Base: "simple", Does: "uses packet identifiers above 32767", Allows: anyID, Change: mutant.Mutant{Rewrite: highIDs}},
		{Name: "robust-ids-high", Base: "robust", Does: "uses packet identifiers above 32767", Allows: anyID, Change: mutant.Mutant{Rewrite: highIDs}},
		{Name: "simple-single-bytes", Base: "simple", Does: "writes each packet byte by byte", Allows: stream, Change: split(1)},
		{Name: "robust-pieces", Base: "robust", Does: "writes each packet in pieces of three bytes", Allows: stream, Change: split(3)},
		{Name: "simple-long-lengths", Base: "simple", Does: "writes the remaining length in four bytes",
			Allows: "2.2.3-may-1: the fewest bytes are not asked for.", Change: mutant.Mutant{Rewrite: longLengths}},
		{Name: "simple-silent", Base: "simple", Does: "closes without a DISCONNECT when it is told to disconnect",
			Allows:  "3.1.2.5 treats such a close as one that publishes the will, and 3.14 forces no client to send DISCONNECT.",
			Without: []spec.Feature{spec.SendsDisconnect}, Change: mutant.Mutant{Rules: []fault.Rule{{
				Match: fault.Match{Dirs: fault.ToServer, Type: wire.DISCONNECT}, Action: fault.Drop{}}}}},
		{Name: "simple-client-id-suffix", Base: "simple", Does: "adds a suffix to the client identifier it is told",
			Allows: "3.1.3.1 has the client choose its identifier.", Without: []spec.Feature{spec.SetsClientID}, Change: mutant.Mutant{Rewrite: suffix}},
		{Name: "robust-client-id-suffix", Base: "robust", Does: "adds a suffix to the client identifier it is told",
			Allows: "3.1.3.1 has the client choose its identifier.", Without: []spec.Feature{spec.SetsClientID}, Change: mutant.Mutant{Rewrite: suffix}},
		{Name: "simple-pings-behind-publish", Base: "simple", Does: "sends PINGREQ behind each PUBLISH", Allows: anyPing, Change: mutant.Mutant{Rewrite: pingBehindPublish}},
		{Name: "simple-keep-alive-0", Base: "simple", Does: "turns the keep alive off and sends PINGREQ all the same", Allows: "3.1.2.10 leaves the value of the keep alive to the client.",
			Without: []spec.Feature{spec.SetsKeepAlive}, Change: mutant.Mutant{Rules: []fault.Rule{{
				Match: fault.Match{Dirs: fault.ToServer, Type: wire.CONNECT}, Action: fault.Set{Fields: map[string]any{"keep_alive": 0}}}}}},
		{Name: "simple-choosy", Base: "simple", Does: "acknowledges but does not deliver what matches no subscription of this process",
			Allows:  "MQTT-4.5.0-2 asks for the acknowledgement, whether or not the client processes the message.",
			Without: []spec.Feature{spec.UnaskedMessages}, Make: choosy},
		{Name: "simple-tells-little", Base: "simple", Does: "tells neither session present nor granted codes", Allows: noAPI,
			Without: []spec.Feature{spec.TellsSessionPresent, spec.TellsGranted}, Change: wrapped(func(s subject.Subject) subject.Subject { return tellsLittle{s} })},
		{Name: "ref-tells-little", Base: "ref", Does: "tells neither session present nor granted codes", Allows: noAPI,
			Without: []spec.Feature{spec.TellsSessionPresent, spec.TellsGranted}, Change: wrapped(func(s subject.Subject) subject.Subject { return tellsLittle{s} })},
		{Name: "simple-swallows", Base: "simple", Does: "sends nothing for an argument that is not allowed, and reports no error", Allows: noAPI,
			Without: []spec.Feature{spec.Validates}, TellsOtherwise: true, Change: wrapped(func(s subject.Subject) subject.Subject { return swallows{s} })},
		{Name: "ref-swallows", Base: "ref", Does: "sends nothing for an argument that is not allowed, and reports no error", Allows: noAPI,
			Without: []spec.Feature{spec.Validates}, TellsOtherwise: true, Change: wrapped(func(s subject.Subject) subject.Subject { return swallows{s} })},
		{Name: "robust-reconnects-at-once", Base: "robust", Does: "connects again after a millisecond", Allows: free, Robust: after(time.Millisecond)},
		{Name: "robust-reconnects-after-5s", Base: "robust", Does: "connects again after five seconds", Allows: free, Robust: after(5003 * time.Millisecond)},
		{Name: "robust-reconnects-after-90s", Base: "robust", Does: "connects again after a minute and a half", Allows: free, Robust: after(90003 * time.Millisecond)},
	}
}

// after waits so long before each attempt to connect.
func after(d time.Duration) subject.Habits {
	return subject.Habits{Delay: func(int, error) time.Duration { return d }}
}

// split writes the packets of the subject in pieces of n bytes.
func split(n int) mutant.Mutant {
	return mutant.Mutant{Rules: []fault.Rule{{Match: fault.Match{Dirs: fault.ToServer}, Action: fault.Split{Sizes: []int{n}}}}}
}

// wrapped puts an adapter around the subject.
func wrapped(f func(subject.Subject) subject.Subject) mutant.Mutant {
	return mutant.Mutant{Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return f(s) }}
}

// packets makes a change of whole packets that decode; what it returns takes the place of the packet.
func packets(change func(p fault.Packet, q wire.Packet) []fault.Packet) mutant.Rewrite {
	return mutant.Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if q, err := wire.Decode(p.Data); !p.Raw && err == nil {
			return change(p, q)
		}
		return []fault.Packet{p}
	}}
}

// high is the bit that highIDs sets.
const high = 0x8000

// highIDs turns the highest bit of the subject's own packet identifiers, and turns it back in their acknowledgements.
func highIDs() mutant.Rewrite {
	own := map[wire.Direction][]wire.Type{
		wire.ToServer: {wire.PUBLISH, wire.SUBSCRIBE, wire.UNSUBSCRIBE},
		wire.ToClient: {wire.PUBACK, wire.SUBACK, wire.UNSUBACK},
	}
	return packets(func(p fault.Packet, q wire.Packet) []fault.Packet {
		for _, t := range own[p.Dir] {
			if id, ok := wire.Get(q, "packet_id"); ok && id != nil && q.Type() == t {
				if err := wire.Set(q, "packet_id", id.(int)^high); err == nil {
					p.Data = q.Append(nil)
				}
			}
		}
		return []fault.Packet{p}
	})
}

// longLengths writes the remaining length of the subject's packets in four bytes.
func longLengths() mutant.Rewrite {
	return packets(func(p fault.Packet, _ wire.Packet) []fault.Packet {
		if p.Dir == wire.ToServer {
			i := 1
			for p.Data[i] >= 0x80 {
				i++
			}
			body := p.Data[i+1:]
			n := len(body)
			p.Data = append([]byte{p.Data[0], byte(n) | 0x80, byte(n>>7) | 0x80, byte(n>>14) | 0x80, byte(n >> 21)}, body...)
		}
		return []fault.Packet{p}
	})
}

// suffix makes the client identifier longer.
func suffix() mutant.Rewrite {
	return packets(func(p fault.Packet, q wire.Packet) []fault.Packet {
		if c, ok := q.(*wire.Connect); ok && c.ClientID != "" {
			c.ClientID += "-7f3a"
			p.Data = c.Append(nil)
		}
		return []fault.Packet{p}
	})
}

// pingBehindPublish adds a PINGREQ to each PUBLISH of the subject, which is not told of the PINGRESP.
func pingBehindPublish() mutant.Rewrite {
	added := map[int]int{} // by connection: PINGRESPs that the subject did not ask for
	return packets(func(p fault.Packet, q wire.Packet) []fault.Packet {
		switch {
		case p.Dir == wire.ToServer && q.Type() == wire.PUBLISH:
			added[p.Conn]++
			ping := p
			ping.Data = (&wire.Pingreq{}).Append(nil)
			return []fault.Packet{p, ping}
		case p.Dir == wire.ToClient && q.Type() == wire.PINGRESP && added[p.Conn] > 0:
			added[p.Conn]--
			return nil
		}
		return []fault.Packet{p}
	})
}

// choosy is the subject with a callback that gets what its own calls have asked for, and nothing else.
func choosy(f subject.Factory) subject.Factory {
	made := f.New
	f.New = func(env subject.Env) (subject.Subject, error) {
		c := &choosySubject{}
		deliver := env.OnMessage
		env.OnMessage = func(m subject.Message) {
			if c.asked(m.Topic) {
				deliver(m)
			}
		}
		var err error
		c.Subject, err = made(env)
		return c, err
	}
	return f
}

// choosySubject keeps the filters that are subscribed to.
type choosySubject struct {
	subject.Subject
	mu      sync.Mutex
	filters []string
}

func (c *choosySubject) asked(topic string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.filters, func(f string) bool { return matches(f, topic) })
}

func (c *choosySubject) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	c.mu.Lock()
	for _, f := range filters {
		c.filters = append(c.filters, f.Filter)
	}
	c.mu.Unlock()
	return c.Subject.Subscribe(ctx, filters)
}

func (c *choosySubject) Unsubscribe(ctx context.Context, filters []string) error {
	c.mu.Lock()
	c.filters = slices.DeleteFunc(c.filters, func(f string) bool { return slices.Contains(filters, f) })
	c.mu.Unlock()
	return c.Subject.Unsubscribe(ctx, filters)
}

// Idle implements [subject.Idler] where the subject does.
func (c *choosySubject) Idle(ctx context.Context) error {
	if i, ok := c.Subject.(subject.Idler); ok {
		return i.Idle(ctx)
	}
	<-ctx.Done()
	return nil
}

// matches reports whether a filter matches a topic (section 4.7).
func matches(filter, topic string) bool {
	levels, wanted := strings.Split(topic, "/"), strings.Split(filter, "/")
	for i, want := range wanted {
		switch {
		case want == "#":
			return true
		case i >= len(levels), want != "+" && want != levels[i]:
			return false
		}
	}
	return len(levels) == len(wanted)
}

// tellsLittle is an adapter of an API that tells neither session present nor return codes.
type tellsLittle struct{ subject.Subject }

func (s tellsLittle) Connect(ctx context.Context, o subject.Options) (bool, error) {
	_, err := s.Subject.Connect(ctx, o)
	return false, err
}

func (s tellsLittle) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	_, err := s.Subject.Subscribe(ctx, filters)
	if subject.KindOf(err) == subject.Refused {
		err = nil
	}
	return nil, err
}

// swallows is an adapter of an API that reports no invalid arguments.
type swallows struct{ subject.Subject }

func (s swallows) Publish(ctx context.Context, m subject.Message, done func(error)) {
	s.Subject.Publish(ctx, m, func(err error) { done(swallow(err)) })
}

func (s swallows) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	granted, err := s.Subject.Subscribe(ctx, filters)
	return granted, swallow(err)
}

func (s swallows) Unsubscribe(ctx context.Context, filters []string) error {
	return swallow(s.Subject.Unsubscribe(ctx, filters))
}

func swallow(err error) error {
	var e *subject.Error
	if errors.As(err, &e) && e.Kind == subject.Invalid {
		return nil
	}
	return err
}
