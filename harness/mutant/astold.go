package mutant

import (
	"context"
	"strings"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// asTold lists mutants that ask for what they are told to ask for, where no packet may ask for it.
func asTold() []Mutant {
	var ms []Mutant
	for _, m := range []struct {
		name, doc, violates string
		told                told
	}{
		{"publish-qos3-as-told", "publishes at QoS 3 when it is told to", "MQTT-3.3.1-4", told{publish: true}},
		{"subscribe-qos3-as-told", "asks for QoS 3 when it is told to", "MQTT-3.8.3-4", told{subscribe: true}},
		{"will-qos3-as-told", "sends a will at QoS 3 when it is told to", "MQTT-3.1.2-14", told{will: true}},
		{"subscribe-to-nothing-as-told", "sends SUBSCRIBE without a filter when it is given none", "MQTT-3.8.3-3", told{nothing: true}},
		{"unsubscribe-from-nothing-as-told", "sends UNSUBSCRIBE without a filter when it is given none", "MQTT-3.10.3-2", told{noMore: true}},
	} {
		ms = append(ms, Mutant{
			Name: m.name, Doc: m.doc, Violates: []string{m.violates}, Subjects: connected, Rewrite: each(asked),
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject {
				m := m.told
				m.Subject = s
				return m
			},
		})
	}
	return ms
}

// told gets past a client what it would refuse: the client is told something harmless under a name that shows what was
// meant, and asked makes that of it on the wire.
type told struct {
	subject.Subject
	publish, subscribe, will, nothing, noMore bool
}

const (
	atThree = "smuggled-qos3/"   // in front of a topic name or a filter
	none    = "smuggled-nothing" // a filter that was not given
)

func (s told) Connect(ctx context.Context, o subject.Options) (bool, error) {
	if s.will && o.Will != nil && o.Will.QoS == 3 {
		will := *o.Will
		will.Topic, will.QoS = atThree+will.Topic, 0
		o.Will = &will
	}
	return s.Subject.Connect(ctx, o)
}

func (s told) Publish(ctx context.Context, m subject.Message, done func(error)) {
	if s.publish && m.QoS == 3 {
		m.Topic, m.QoS = atThree+m.Topic, 0
	}
	s.Subject.Publish(ctx, m, done)
}

func (s told) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	var given []subject.Filter
	for _, f := range filters {
		if s.subscribe && f.QoS == 3 {
			f = subject.Filter{Filter: atThree + f.Filter}
		}
		given = append(given, f)
	}
	if s.nothing && len(given) == 0 {
		given = []subject.Filter{{Filter: none}}
	}
	return s.Subject.Subscribe(ctx, given)
}

func (s told) Unsubscribe(ctx context.Context, filters []string) error {
	if s.noMore && len(filters) == 0 {
		filters = []string{none}
	}
	return s.Subject.Unsubscribe(ctx, filters)
}

// asked turns what a client was told into what was meant.
func asked(p fault.Packet) []fault.Packet {
	if c, ok := decode[*wire.Connect](p, wire.ToServer); ok && c.Will != nil && strings.HasPrefix(c.Will.Topic, atThree) {
		c.Will.Topic, c.Will.QoS = strings.TrimPrefix(c.Will.Topic, atThree), 3
		p.Data = c.Append(nil)
	}
	if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && strings.HasPrefix(m.Topic, atThree) {
		m.Topic, m.QoS, m.PacketID = strings.TrimPrefix(m.Topic, atThree), 3, 1
		p.Data = m.Append(nil)
	}
	if s, ok := decode[*wire.Subscribe](p, wire.ToServer); ok {
		s.Filters = kept(s.Filters, func(f wire.Subscription) (wire.Subscription, bool) {
			if filter, three := strings.CutPrefix(f.Filter, atThree); three {
				f = wire.Subscription{Filter: filter, QoS: 3}
			}
			return f, f.Filter != none
		})
		p.Data = s.Append(nil)
	}
	if u, ok := decode[*wire.Unsubscribe](p, wire.ToServer); ok {
		u.Filters = kept(u.Filters, func(f string) (string, bool) { return f, f != none })
		p.Data = u.Append(nil)
	}
	return []fault.Packet{p}
}

// kept returns the items of a list as change makes them, without those that it refuses.
func kept[T any](list []T, change func(T) (T, bool)) []T {
	var out []T
	for _, v := range list {
		if v, ok := change(v); ok {
			out = append(out, v)
		}
	}
	return out
}
