package oneshot

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// A plan is what a program is to do in one scenario: all of it is known when the program starts.
type plan struct {
	message subject.Message // of a publish
	filter  subject.Filter  // of a subscribe
	topic   string          // of what it prints, where it does not tell
}

// For returns the program as the subject of one scenario, and the scenario as it plays it: a program begins at once
// with what it does, so that the call follows the connect, and one that publishes may leave when it likes. The error
// says what the scenario asks for besides; the subject is of no use then but for its name.
func (t *Template) For(sc *scenario.Scenario) (subject.Factory, *scenario.Scenario, error) {
	f := subject.Factory{Name: t.Name(), Features: t.Features(), External: true}
	pl, played, err := t.plan(sc)
	if err != nil {
		return f, sc, err
	}
	f.New = func(env subject.Env) (subject.Subject, error) { return newRun(t, pl, env) }
	return f, played, nil
}

// plan finds out what a program is to do in a scenario.
func (t *Template) plan(sc *scenario.Scenario) (*plan, *scenario.Scenario, error) {
	wanted := "client publish"
	if t.output != nil {
		wanted = "client subscribe"
	}
	connect, call := -1, -1
	for i, st := range sc.Steps {
		switch {
		case st.Key == "client connect" && connect < 0:
			connect = i
		case st.Key == wanted && call < 0 && connect >= 0:
			call = i
		case st.Key == "repeat":
			return nil, nil, errors.New("the program is called once, and the scenario repeats its steps")
		case st.Key == "client connect", st.Key == wanted:
			return nil, nil, fmt.Errorf("the program is called once, and %s comes twice", st.Key)
		case st.Key == "client disconnect" && t.output == nil && call >= 0: // it does so by itself
		case strings.HasPrefix(st.Key, "client ") && !slices.Contains(looks, st.Key):
			return nil, nil, fmt.Errorf("the program has no call for %s", st.Key)
		}
	}
	if connect < 0 {
		return nil, nil, errors.New("the scenario does not connect")
	}
	if err := t.says(sc.Client.With(sc.Steps[connect].Args)); err != nil {
		return nil, nil, err
	}
	played := *sc
	pl := &plan{message: subject.Message{Topic: "t", Payload: "unused"}, filter: subject.Filter{Filter: "t"}}
	if call < 0 {
		if slices.ContainsFunc(sc.Steps, accepts) || sc.Peer == scenario.Broker {
			return nil, nil, fmt.Errorf("the program would go on with a %s once it is connected", strings.TrimPrefix(wanted, "client "))
		}
		played.Allow = append(slices.Clone(sc.Allow), t.begins(), wire.DISCONNECT)
		return pl, &played, nil
	}
	st := sc.Steps[call]
	for i, other := range sc.Steps[connect+1 : call] {
		if !slices.Contains(opening, other.Key) && !strings.HasPrefix(other.Key, "fault ") || other.HasAfter {
			return nil, nil, fmt.Errorf("the program does not wait with what it does for step %d, %s", connect+i+2, other.Key)
		}
	}
	if st.HasAfter || call+1 < len(sc.Steps) && sc.Steps[call+1].HasAfter && call != connect+1 {
		return nil, nil, errors.New("the program chooses when it does what it does")
	}
	if err := t.call(pl, st.Args); err != nil {
		return nil, nil, err
	}
	if t.output == nil {
		if i := slices.IndexFunc(sc.Steps[call+1:], stays); i >= 0 {
			return nil, nil, fmt.Errorf("the program may have gone by step %d, %s", call+i+2, sc.Steps[call+1+i].Key)
		}
		played.Allow = append(slices.Clone(sc.Allow), wire.DISCONNECT)
	}
	played.Steps = slices.Insert(slices.Delete(slices.Clone(sc.Steps), call, call+1), connect+1, st)
	return pl, &played, nil
}

// begins is the type of the packet that a program sends once it is connected.
func (t *Template) begins() wire.Type {
	if t.output != nil {
		return wire.SUBSCRIBE
	}
	return wire.PUBLISH
}

// looks are the steps that look at a call, and make none.
var looks = []string{"client done", "client fails", "client ends", "client pending"}

// opening are the steps that a program's connecting consists of.
var opening = []string{"expect CONNECT", "send CONNACK", "deliver CONNECT", "deliver CONNACK", "client done", "witness connect", "witness subscribe"}

// accepts reports whether a step may accept the connection.
func accepts(st scenario.Step) bool {
	code, _ := st.Args.Int("code")
	return st.Key == "send CONNACK" && code == 0
}

// stays reports whether a step looks at more of a program that publishes than its message and its leaving.
func stays(st scenario.Step) bool {
	verb, object, _ := strings.Cut(st.Key, " ")
	switch verb {
	case "expect", "send", "deliver":
		return !slices.Contains([]string{"PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "DISCONNECT"}, object) && st.Key != "expect close"
	case "client":
		return false
	}
	return st.Key != "witness expect"
}

// says returns an error for an option that the template has no word for.
func (t *Template) says(c scenario.Connect) error {
	for _, o := range []struct {
		asked, has bool
		what       string
	}{
		{c.Username != nil, t.has("username"), "a user name: {username}"},
		{c.Password != nil, t.has("password"), "a password: {password}"},
		{c.Will != nil, t.has("will_topic") && t.has("will_payload"), "a will: {will_topic} and {will_payload}"},
		{c.Will != nil && c.Will.QoS > 0, t.has("will_qos"), "the QoS of a will: {will_qos}"},
		{c.Will != nil && c.Will.Retain, t.hasOption("will_retain"), "a retained will: [will_retain: …]"},
		{!c.CleanSession, t.hasOption("persistent"), "clean session off: [persistent: …]"},
	} {
		if o.asked && !o.has {
			return fmt.Errorf("the template has no word for %s", o.what)
		}
	}
	texts := []string{c.ClientID}
	for _, s := range []*string{c.Username, c.Password} {
		if s != nil {
			texts = append(texts, *s)
		}
	}
	if c.Will != nil {
		texts = append(texts, c.Will.Topic, c.Will.Payload)
	}
	return arguments(texts...)
}

// call notes what a program publishes or subscribes to.
func (t *Template) call(pl *plan, a scenario.Args) error {
	if t.output == nil {
		m := &pl.message
		m.Topic, _ = a.String("topic")
		m.Payload, _ = a.String("payload")
		m.QoS, _ = a.Int("qos")
		m.Retain, _ = a.Bool("retain")
		switch {
		case m.QoS > 0 && !t.has("qos"):
			return errors.New("the template has no word for a QoS: {qos}")
		case m.Retain && !t.hasOption("retain"):
			return errors.New("the template has no word for a retained message: [retain: …]")
		case !t.has("payload"):
			return errors.New("the template has no word for a payload: {payload}")
		}
		return arguments(m.Topic, m.Payload)
	}
	list, _ := a.Filters("filters")
	if len(list) != 1 {
		return fmt.Errorf("the program subscribes to one filter, not to %d", len(list))
	}
	pl.filter = subject.Filter{Filter: list[0].Filter, QoS: list[0].QoS}
	pl.topic = pl.filter.Filter
	switch {
	case pl.filter.QoS > 0 && !t.has("qos"):
		return errors.New("the template has no word for a QoS: {qos}")
	case !t.output.has("topic") && strings.ContainsAny(pl.topic, "+#"):
		return errors.New("the program does not tell the topic of a message")
	}
	return arguments(pl.filter.Filter)
}

// arguments returns an error for a text that cannot be an argument of a program.
func arguments(texts ...string) error {
	const most = 100 << 10 // of Linux, which takes 128 KiB
	for _, s := range texts {
		switch {
		case strings.ContainsRune(s, 0):
			return errors.New("an argument of a program cannot hold U+0000")
		case len(s) > most:
			return fmt.Errorf("an argument of a program cannot have %d bytes", len(s))
		}
	}
	return nil
}
