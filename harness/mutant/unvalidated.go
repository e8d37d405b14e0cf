package mutant

import (
	"context"
	"encoding/hex"
	"strings"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// unvalidated lists mutants that send a topic name or filter which they should refuse.
func unvalidated() []Mutant {
	nul := func(s string) bool { return strings.Contains(s, "\x00") }
	empty := func(s string) bool { return s == "" }
	var ms []Mutant
	for _, u := range []struct {
		name, doc     string
		violates      []string
		topic, filter func(string) bool // those that it sends; nil: none
	}{
		{"topic-wildcard", "publishes to a topic name with a wildcard", []string{"MQTT-3.3.2-2", "MQTT-4.7.1-1"},
			func(s string) bool { return strings.ContainsAny(s, "+#") }, nil},
		{"topic-empty", "publishes to an empty topic name", []string{"MQTT-4.7.3-1"}, empty, nil},
		{"topic-nul", "publishes to a topic name with U+0000 in it", []string{"MQTT-1.5.3-2", "MQTT-4.7.3-2"}, nul, nil},
		{"filter-hash", "subscribes to a filter with # inside of it", []string{"MQTT-4.7.1-2"}, nil,
			func(s string) bool { return strings.Contains(s, "#") }},
		{"filter-plus", "subscribes to a filter with + as a part of a level", []string{"MQTT-4.7.1-3"}, nil,
			func(s string) bool { return strings.Contains(s, "+") }},
		{"filter-empty", "subscribes to an empty filter", []string{"MQTT-4.7.3-1"}, nil, empty},
		{"filter-nul", "subscribes to a filter with U+0000 in it", []string{"MQTT-1.5.3-2", "MQTT-4.7.3-2"}, nil, nul},
	} {
		ms = append(ms, Mutant{
			Name: u.name, Doc: u.doc, Violates: u.violates, Subjects: connected, Rewrite: each(restore),
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return smuggler{s, u.topic, u.filter} },
		})
	}
	return ms
}

// smuggler gets topic names and filters past a client that would refuse them: the client is told a
// harmless one, of which restore makes the original again on the wire.
type smuggler struct {
	subject.Subject
	topic, filter func(string) bool
}

const smuggled = "smuggled/"

func hide(s string, which func(string) bool) string {
	if which == nil || !which(s) {
		return s
	}
	return smuggled + hex.EncodeToString([]byte(s))
}

func reveal(s string) string {
	if code, ok := strings.CutPrefix(s, smuggled); ok {
		if b, err := hex.DecodeString(code); err == nil {
			return string(b)
		}
	}
	return s
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

// restore reveals what a smuggler has hidden.
func restore(p fault.Packet) []fault.Packet {
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
