package mutant

import (
	"context"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// unvalidated lists mutants that send a topic name or filter which they should refuse.
func unvalidated() []Mutant {
	nul := func(s string) bool { return strings.Contains(s, "\x00") }
	bytes := func(s string) bool { return !utf8.ValidString(s) }
	empty := func(s string) bool { return s == "" }
	var ms []Mutant
	for _, u := range []struct {
		name, doc     string
		violates      []string
		topic, filter func(string) bool // those that it sends; nil: none
		clientID      func(string) bool
		username      func(string) bool
		will          func(string) bool // its topic, and for lengths its payload
	}{
		{"topic-wildcard", "publishes to a topic name with a wildcard", []string{"MQTT-3.3.2-2", "MQTT-4.7.1-1"},
			func(s string) bool { return strings.ContainsAny(s, "+#") }, nil, nil, nil, nil},
		{"topic-empty", "publishes to an empty topic name", []string{"MQTT-4.7.3-1"}, empty, nil, nil, nil, nil},
		{"topic-nul", "publishes to a topic name with U+0000 in it", []string{"MQTT-1.5.3-2", "MQTT-4.7.3-2"}, nul, nil, nil, nil, nil},
		{"filter-hash", "subscribes to a filter with # inside of it", []string{"MQTT-4.7.1-2"}, nil,
			func(s string) bool { return strings.Contains(s, "#") }, nil, nil, nil},
		{"filter-plus", "subscribes to a filter with + as a part of a level", []string{"MQTT-4.7.1-3"}, nil,
			func(s string) bool { return strings.Contains(s, "+") }, nil, nil, nil},
		{"filter-empty", "subscribes to an empty filter", []string{"MQTT-4.7.3-1"}, nil, empty, nil, nil, nil},
		{"filter-nul", "subscribes to a filter with U+0000 in it", []string{"MQTT-1.5.3-2", "MQTT-4.7.3-2"}, nil, nul, nil, nil, nil},
		{"topic-bytes", "publishes to a topic name of any bytes that it is given", []string{"MQTT-1.5.3-1", "MQTT-3.3.2-1"}, bytes, nil, nil, nil, nil},
		{"filter-bytes", "subscribes to and unsubscribes from a filter of any bytes that it is given", []string{"MQTT-1.5.3-1", "MQTT-3.8.3-1", "MQTT-3.10.3-1"}, nil, bytes, nil, nil, nil},
		{"client-id-bytes", "connects under a client id of any bytes that it is given", []string{"MQTT-1.5.3-1", "MQTT-1.5.3-2", "MQTT-3.1.3-4"}, nil, nil,
			func(s string) bool { return bytes(s) || nul(s) }, nil, nil},
		{"user-name-bytes", "sends a user name of any bytes that it is given", []string{"MQTT-1.5.3-1", "MQTT-1.5.3-2", "MQTT-3.1.3-11"}, nil, nil, nil,
			func(s string) bool { return bytes(s) || nul(s) }, nil},
		{"will-topic-bytes", "sends a will topic of any bytes that it is given", []string{"MQTT-1.5.3-1", "MQTT-1.5.3-2", "MQTT-3.1.3-10", "MQTT-4.7.3-2"}, nil, nil, nil, nil,
			func(s string) bool { return bytes(s) || nul(s) }},
		{"will-topic-wildcard", "sends a will topic with a wildcard", []string{"MQTT-4.7.1-1"}, nil, nil, nil, nil,
			func(s string) bool { return strings.ContainsAny(s, "+#") }},
		{"will-topic-empty", "sends an empty will topic", []string{"MQTT-4.7.3-1"}, nil, nil, nil, nil, empty},
		{"connect-lengths-wrap", "writes the low 16 bits of the length of a text in its CONNECT that is longer", []string{"2.2.3-must-2", "MQTT-4.7.3-3"}, nil, nil, oversized, oversized, oversized},
	} {
		ms = append(ms, Mutant{
			Name: u.name, Doc: u.doc, Violates: u.violates, Subjects: connected, Rewrite: each(restore),
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject {
				return smuggler{s, u.topic, u.filter, u.clientID, u.username, u.will}
			},
		})
	}
	return append(ms, Mutant{
		Name: "topic-length-wraps", Doc: "writes the low 16 bits of the length of a topic name that is longer",
		Violates: []string{"MQTT-4.7.3-3"}, Subjects: connected,
		Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return wrapping{s} },
	})
}

// smuggler gets topic names and filters past a client that would refuse them: the client is told a
// harmless one, of which restore makes the original again on the wire.
type smuggler struct {
	subject.Subject
	topic, filter, clientID, username, will func(string) bool
}

const (
	smuggled = "smuggled/"
	tooLong  = smuggled + "long" // a text that is one byte too long
)

func oversized(s string) bool { return len(s) > 0xffff }

func hide(s string, which func(string) bool) string {
	if which == nil || !which(s) {
		return s
	}
	if oversized(s) {
		return tooLong
	}
	return smuggled + hex.EncodeToString([]byte(s))
}

func reveal(s string) string {
	if s == tooLong {
		return strings.Repeat("x", 0x10000)
	}
	if code, ok := strings.CutPrefix(s, smuggled); ok {
		if b, err := hex.DecodeString(code); err == nil {
			return string(b)
		}
	}
	return s
}

func (s smuggler) Connect(ctx context.Context, o subject.Options) (bool, error) {
	o.ClientID = hide(o.ClientID, s.clientID)
	for _, text := range []**string{&o.Username, &o.Password} {
		if *text != nil {
			hidden := hide(**text, s.username)
			*text = &hidden
		}
	}
	if o.Will != nil {
		will := *o.Will
		will.Topic = hide(will.Topic, s.will)
		if oversized(will.Payload) {
			will.Payload = hide(will.Payload, s.will)
		}
		o.Will = &will
	}
	return s.Subject.Connect(ctx, o)
}

func (s smuggler) Publish(ctx context.Context, m subject.Message, done func(error)) {
	m.Topic = hide(m.Topic, s.topic)
	s.Subject.Publish(ctx, m, done)
}

func (s smuggler) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	hidden := make([]subject.Filter, len(filters))
	for i, f := range filters {
		hidden[i] = subject.Filter{Filter: hide(f.Filter, s.filter), QoS: f.QoS}
	}
	return s.Subject.Subscribe(ctx, hidden)
}

func (s smuggler) Unsubscribe(ctx context.Context, filters []string) error {
	hidden := make([]string, len(filters))
	for i, f := range filters {
		hidden[i] = hide(f, s.filter)
	}
	return s.Subject.Unsubscribe(ctx, hidden)
}

// wrapping sends of a topic name that is too long what is left when its length wraps: the rest is payload.
type wrapping struct{ subject.Subject }

func (s wrapping) Publish(ctx context.Context, m subject.Message, done func(error)) {
	if n := len(m.Topic) % 0x10000; n < len(m.Topic) {
		m.Topic, m.Payload = m.Topic[:n], m.Topic[n:]+m.Payload
	}
	s.Subject.Publish(ctx, m, done)
}

// restore reveals what a smuggler has hidden.
func restore(p fault.Packet) []fault.Packet {
	if c, ok := decode[*wire.Connect](p, wire.ToServer); ok {
		c.ClientID = reveal(c.ClientID)
		if c.Username != nil {
			name := reveal(*c.Username)
			c.Username = &name
		}
		if c.Password != nil {
			c.Password = []byte(reveal(string(c.Password)))
		}
		if c.Will != nil {
			c.Will.Topic, c.Will.Payload = reveal(c.Will.Topic), []byte(reveal(string(c.Will.Payload)))
		}
		p.Data = c.Append(nil)
	}
	if m, ok := decode[*wire.Publish](p, wire.ToServer); ok {
		m.Topic = reveal(m.Topic)
		p.Data = m.Append(nil)
	}
	if s, ok := decode[*wire.Subscribe](p, wire.ToServer); ok {
		for i, f := range s.Filters {
			s.Filters[i].Filter = reveal(f.Filter)
		}
		p.Data = s.Append(nil)
	}
	if u, ok := decode[*wire.Unsubscribe](p, wire.ToServer); ok {
		for i, f := range u.Filters {
			u.Filters[i] = reveal(f)
		}
		p.Data = u.Append(nil)
	}
	return []fault.Packet{p}
}
