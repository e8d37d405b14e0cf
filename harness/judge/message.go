package judge

import (
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// Differs holds a message against what a step says of it, and returns the first field that Differs: of
// those named, or of all. A field of which the client's API tells nothing does not differ.
func Differs(m subject.Message, a scenario.Args, only ...string) (field string, want, got any) {
	for _, f := range []struct {
		name   string
		got    any
		untold bool
	}{{"topic", m.Topic, false}, {"payload", m.Payload, false}, {"qos", m.QoS, m.Untold.QoS}, {"retain", m.Retain, m.Untold.Retain}, {"dup", m.Dup, m.Untold.Dup}} {
		if want, ok := a[f.name]; ok && want != f.got && !f.untold && (only == nil || slices.Contains(only, f.name)) {
			return f.name, want, f.got
		}
	}
	return "", nil, nil
}

// DescribeArgs describes the message that a step expects.
func DescribeArgs(what string, a scenario.Args) string {
	names := make([]string, 0, len(a))
	for name := range a {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	b.WriteString(what)
	for _, name := range names {
		if s, ok := a.String(name); ok {
			fmt.Fprintf(&b, " %s=%s", name, Shorten(s))
			continue
		}
		fmt.Fprintf(&b, " %s=%v", name, a[name])
	}
	return b.String()
}

// anything is the type of [Any].
type anything struct{}

func (anything) String() string { return "(any)" }

// Any is the value of a field that may have any.
var Any anything

// DescribeWant shows what a step asks of a packet.
func DescribeWant(t wire.Type, wants []scenario.Want) string {
	var b strings.Builder
	b.WriteString(t.String())
	for _, w := range wants {
		fmt.Fprintf(&b, " %s=%s", w.Name, Value(w.Value))
		if w.AnyOrder {
			b.WriteString(" in any order")
		}
	}
	return b.String()
}

// DescribeMessage describes a message.
func DescribeMessage(m subject.Message) string {
	return fmt.Sprintf("message topic=%s payload=%s qos=%d dup=%t retain=%t", Shorten(m.Topic), Shorten(m.Payload), m.QoS, m.Dup, m.Retain)
}

// Value shows the value of a field: a text in quotes, or the length of a long one.
func Value(v any) string {
	switch v := v.(type) {
	case string:
		return Shorten(v)
	case []byte:
		return Shorten(string(v))
	case []string:
		return fmt.Sprintf("%q", v)
	case []wire.Subscription:
		filters := make([]string, len(v))
		for i, s := range v {
			filters[i] = fmt.Sprintf("%s:%d", Shorten(s.Filter), s.QoS)
		}
		return strings.Join(filters, ",")
	}
	return fmt.Sprint(v)
}

// Shorten quotes a text, or gives the length of a long one.
func Shorten(s string) string {
	if len(s) > 32 {
		return fmt.Sprintf("%dB", len(s))
	}
	return fmt.Sprintf("%q", s)
}
