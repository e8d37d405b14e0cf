package play

import (
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/subject"
	"umqtt/harness/wire"
	"umqtt/scenarios"
)

// differs holds a message against what a step says of it, and returns the first field that differs: of
// those named, or of all.
func differs(m subject.Message, a scenarios.Args, only ...string) (field string, want, got any) {
	for _, f := range []struct {
		name string
		got  any
	}{{"topic", m.Topic}, {"payload", m.Payload}, {"qos", m.QoS}, {"retain", m.Retain}, {"dup", m.Dup}} {
		if want, ok := a[f.name]; ok && want != f.got && (only == nil || slices.Contains(only, f.name)) {
			return f.name, want, f.got
		}
	}
	return "", nil, nil
}

// describeArgs shows what a step asks of a message.
func describeArgs(what string, a scenarios.Args) string {
	names := make([]string, 0, len(a))
	for name := range a {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	b.WriteString(what)
	for _, name := range names {
		if s, ok := a.String(name); ok {
			fmt.Fprintf(&b, " %s=%s", name, shorten(s))
			continue
		}
		fmt.Fprintf(&b, " %s=%v", name, a[name])
	}
	return b.String()
}

// describeWant shows what a step asks of a packet.
func describeWant(t wire.Type, wants []scenarios.Want) string {
	var b strings.Builder
	b.WriteString(t.String())
	for _, w := range wants {
		if s, ok := w.Value.(string); ok {
			fmt.Fprintf(&b, " %s=%s", w.Name, shorten(s))
			continue
		}
		fmt.Fprintf(&b, " %s=%v", w.Name, w.Value)
		if w.AnyOrder {
			b.WriteString(" in any order")
		}
	}
	return b.String()
}

func shorten(s string) string {
	if len(s) > 32 {
		return fmt.Sprintf("%dB", len(s))
	}
	return fmt.Sprintf("%q", s)
}
