package oneshot

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"umqtt/harness/subject"
)

// An output is what a subscribing program prints for a message.
type output struct {
	line  *regexp.Regexp
	names []string // of its groups
}

// fields are the words of an output, and what each matches.
var fields = map[string]string{
	"topic": "(.*?)", "payload": "(.*)", "payload_hex": "([0-9A-Fa-f]*)", "qos": "([012])", "retain": "(0|1|true|false)",
}

// parseOutput reads the template of a line.
func parseOutput(text string) (*output, error) {
	o := &output{}
	var pattern strings.Builder
	pattern.WriteString("(?s)^")
	for {
		before, rest, found := strings.Cut(text, "{")
		pattern.WriteString(regexp.QuoteMeta(before))
		if !found {
			break
		}
		name, after, ends := strings.Cut(rest, "}")
		group, ok := fields[name]
		switch {
		case !ends || !ok:
			return nil, fmt.Errorf("output: there is no word {%s}; it may be topic, payload, payload_hex, qos or retain", name)
		case slices.Contains(o.names, name):
			return nil, fmt.Errorf("output: {%s} stands there twice", name)
		}
		o.names = append(o.names, name)
		pattern.WriteString(group)
		text = after
	}
	pattern.WriteString("$")
	if o.has("payload") == o.has("payload_hex") {
		return nil, fmt.Errorf("output: it has either {payload} or {payload_hex}")
	}
	var err error
	o.line, err = regexp.Compile(pattern.String())
	return o, err
}

func (o *output) has(name string) bool { return slices.Contains(o.names, name) }

// message reads a line. topic is that of the message where the line does not tell. It reports false for a line that
// is none of a message.
func (o *output) message(line, topic string) (subject.Message, bool) {
	m := subject.Message{Topic: topic, Untold: subject.Fields{QoS: !o.has("qos"), Retain: !o.has("retain"), Dup: true}}
	values := o.line.FindStringSubmatch(line)
	if values == nil {
		return m, false
	}
	for i, name := range o.names {
		switch v := values[i+1]; name {
		case "topic":
			m.Topic = v
		case "payload":
			m.Payload = v
		case "payload_hex":
			b, err := hex.DecodeString(v)
			if err != nil {
				return m, false
			}
			m.Payload = string(b)
		case "qos":
			m.QoS = int(v[0] - '0')
		case "retain":
			m.Retain = v == "1" || v == "true"
		}
	}
	return m, true
}
