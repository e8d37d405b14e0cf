package mutant

import (
	"context"
	"slices"
	"sync"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// subscribingAgain lists mutants that get wrong what they subscribe after a reconnect.
func subscribingAgain() []Mutant {
	return []Mutant{
		{
			Name: "subscription-forgotten", Doc: "subscribes again all that it had but for the last filter",
			Violates: []string{"umqtt-resubscribe-1"}, Subjects: reconnecting,
			Rewrite: again(func(s *wire.Subscribe, _ []wire.Subscription) {
				if last := len(s.Filters) - 1; last > 0 {
					s.Filters = s.Filters[:last]
				}
			}),
		},
		{
			Name: "resubscribes-at-qos-0", Doc: "subscribes again at QoS 0, whatever it was",
			Violates: []string{"umqtt-resubscribe-1"}, Subjects: reconnecting,
			Rewrite: again(func(s *wire.Subscribe, _ []wire.Subscription) {
				for i := range s.Filters {
					s.Filters[i].QoS = 0
				}
			}),
		},
		{
			Name: "resubscribes-the-unsubscribed", Doc: "subscribes again what it has unsubscribed, too",
			Violates: []string{"umqtt-resubscribe-1"}, Subjects: reconnecting,
			Rewrite: again(func(s *wire.Subscribe, ended []wire.Subscription) { s.Filters = append(s.Filters, ended...) }),
		},
		{
			Name: "resubscribes-to-a-kept-session", Doc: "subscribes again although the server has the session",
			Violates: []string{"umqtt-resubscribe-2"}, Subjects: reconnecting,
			Rewrite: subscribeAlways,
		},
		{
			Name: "interrupted-subscribe-dropped", Doc: "does not complete a SUBSCRIBE that the end of the connection interrupted",
			Violates: []string{"umqtt-resubscribe-3"}, Subjects: reconnecting,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return newQuitter(s, true, false) },
		},
		{
			Name: "interrupted-unsubscribe-dropped", Doc: "does not complete an UNSUBSCRIBE that the end of the connection interrupted",
			Violates: []string{"umqtt-resubscribe-3"}, Subjects: reconnecting,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return newQuitter(s, false, true) },
		},
	}
}

// subscribed follows what a client has subscribed.
type subscribed struct {
	now   []wire.Subscription
	ended []wire.Subscription // unsubscribed since
}

func (s *subscribed) saw(p fault.Packet) {
	if q, ok := decode[*wire.Subscribe](p, wire.ToServer); ok {
		for _, f := range q.Filters {
			s.now, _ = without(s.now, f.Filter)
			s.ended, _ = without(s.ended, f.Filter)
			s.now = append(s.now, f)
		}
	}
	if q, ok := decode[*wire.Unsubscribe](p, wire.ToServer); ok {
		for _, name := range q.Filters {
			rest, was := without(s.now, name)
			s.now, s.ended = rest, append(s.ended, was...)
		}
	}
}

// without takes a filter out of a list. It returns the rest and what it has taken.
func without(list []wire.Subscription, filter string) (rest, taken []wire.Subscription) {
	for _, f := range list {
		if f.Filter == filter {
			taken = append(taken, f)
		} else {
			rest = append(rest, f)
		}
	}
	return rest, taken
}

func (s *subscribed) has(filters []wire.Subscription) bool {
	return !slices.ContainsFunc(filters, func(f wire.Subscription) bool { return !slices.Contains(s.now, f) })
}

// again changes each SUBSCRIBE of a later connection that asks for nothing new, and gives its SUBACK a
// code for each filter that the client has asked for.
func again(change func(s *wire.Subscribe, ended []wire.Subscription)) func() Rewrite {
	return func() Rewrite {
		var known subscribed
		codes := map[uint16]int{}
		return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
			if s, ok := decode[*wire.Subscribe](p, wire.ToServer); ok && p.Conn > 1 && known.has(s.Filters) {
				codes[s.PacketID] = len(s.Filters)
				change(s, known.ended)
				p.Data = s.Append(nil)
				return []fault.Packet{p}
			}
			if a, ok := decode[*wire.Suback](p, wire.ToClient); ok && codes[a.PacketID] > 0 {
				a.Codes = append(a.Codes, make([]byte, codes[a.PacketID])...)[:codes[a.PacketID]]
				p.Data = a.Append(nil)
			}
			known.saw(p)
			return []fault.Packet{p}
		}}
	}
}

// subscribeAlways subscribes what there was before behind each CONNACK with session present 1.
func subscribeAlways() Rewrite {
	const own = 0xfff0 // the packet id of its SUBSCRIBE
	var known subscribed
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		known.saw(p)
		if a, ok := decode[*wire.Connack](p, wire.ToClient); ok && a.SessionPresent && p.Conn > 1 && len(known.now) > 0 {
			s := wire.Subscribe{PacketID: own, Filters: known.now}
			return []fault.Packet{p, {Conn: p.Conn, Dir: wire.ToServer, Data: s.Append(nil)}}
		}
		if a, ok := decode[*wire.Suback](p, wire.ToClient); ok && a.PacketID == own {
			return nil
		}
		return []fault.Packet{p}
	}}
}

// quitter gives up calls that a lost connection interrupts: the next dial ends them.
type quitter struct {
	subject.Subject
	subscribes, unsubscribes bool

	mu     sync.Mutex
	cancel context.CancelFunc // of the call that runs
}

func newQuitter(s subject.Subject, subscribes, unsubscribes bool) *quitter {
	q := &quitter{Subject: s, subscribes: subscribes, unsubscribes: unsubscribes, cancel: func() {}}
	subject.SetHabits(s, subject.Habits{Dialling: q.quit})
	return q
}

func (q *quitter) quit() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.cancel()
}

// quitting returns a context that ends with the next dial, and what ends the call.
func (q *quitter) quitting(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	q.set(cancel)
	return ctx, func() {
		q.set(func() {})
		cancel()
	}
}

func (q *quitter) set(cancel context.CancelFunc) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.cancel = cancel
}

func (q *quitter) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	if q.subscribes {
		var done func()
		ctx, done = q.quitting(ctx)
		defer done()
	}
	return q.Subject.Subscribe(ctx, filters)
}

func (q *quitter) Unsubscribe(ctx context.Context, filters []string) error {
	if q.unsubscribes {
		var done func()
		ctx, done = q.quitting(ctx)
		defer done()
	}
	return q.Subject.Unsubscribe(ctx, filters)
}
