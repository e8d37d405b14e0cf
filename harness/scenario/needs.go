package scenario

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"umqtt/harness/spec"
)

// options checks that the header's client uses no feature that needs does not name.
func (c *script) options(args Args, at map[string]*yaml.Node) {
	header, _ := FieldNamed(Header(), "client")
	for _, f := range header.Fields {
		if n := at[f.Name]; n != nil {
			c.need(n, f.Name, fieldNeeds(f, args[f.Name]))
		}
	}
}

// features checks that a step uses no feature that the header's needs does not name. A call that is
// expected to fail needs nothing: that the subject cannot do it may be the point.
func (c *script) features(s *step) {
	if as := text(s.Args, "as"); as != "" && slices.ContainsFunc(callNames(*s.Step), func(n string) bool { return c.failing[n] }) {
		return
	}
	for _, f := range s.verb.Needs {
		c.need(s.key, s.Key, f)
	}
	if !strings.HasPrefix(s.Key, "client ") {
		return
	}
	if filters, ok := s.Args.Filters("filters"); ok {
		n := cmp.Or(s.at["qos"], s.at["filters"])
		for _, sub := range filters {
			c.need(n, "qos", qosNeeds(sub.QoS))
		}
	}
	if text(s.Args, "do") == "unsubscribe" {
		c.need(s.at["do"], "do", spec.Unsubscribe)
	}
	for _, f := range s.verb.Fields {
		if n := s.at[f.Name]; n != nil {
			c.need(n, f.Name, fieldNeeds(f, s.Args[f.Name]))
		}
	}
}

// need notes a feature that is used without being named.
func (c *script) need(n *yaml.Node, what string, f Feature) {
	if f != "" && !c.anyNeeds && !slices.Contains(c.scenario.Needs, f) {
		c.errorf(n, "%s uses the feature %s, which needs does not name", what, f)
	}
}

// Uses returns the features that a step uses, possibly with repetitions. The header's needs must name them, unless
// the call is expected to fail.
func Uses(s Step) []Feature {
	v, _ := Find(s.Key)
	features := slices.Clone(v.Needs)
	add := func(f Feature) {
		if f != "" {
			features = append(features, f)
		}
	}
	if !strings.HasPrefix(s.Key, "client ") {
		return features
	}
	header, _ := FieldNamed(Header(), "client")
	for name, value := range s.Args {
		f, ok := v.Field(name)
		if !ok {
			f, ok = FieldNamed(header.Fields, name)
		}
		if ok {
			add(fieldNeeds(f, value))
		}
	}
	if text(s.Args, "do") == "unsubscribe" {
		add(spec.Unsubscribe)
	}
	filters, _ := s.Args.Filters("filters")
	for _, sub := range filters {
		add(qosNeeds(sub.QoS))
	}
	return features
}

// fieldNeeds returns the feature that a value of a field requires.
func fieldNeeds(f Field, value any) Feature {
	switch {
	case f.Needs != "":
		return f.Needs
	case f.Name == "qos":
		qos, _ := value.(int)
		return qosNeeds(qos)
	case f.Name == "clean_session" && value == false:
		return spec.PersistentSession
	case f.Name == "do" && value == "publish":
		return spec.NestedPublish
	case f.Name == "do" && (value == "subscribe" || value == "unsubscribe"):
		return spec.NestedSubscribe
	case f.Name == "do" && value == "disconnect":
		return spec.DisconnectInCallback
	case f.Name == "error" && value == "depth":
		return spec.DepthLimit
	}
	return ""
}

// qosNeeds returns the feature that a quality of service requires.
func qosNeeds(qos int) Feature {
	switch qos {
	case 1:
		return spec.QoS1
	case 2:
		return spec.QoS2
	}
	return ""
}
