// Package oneshot plays programs that do one thing and have no API: they publish a message and end, or they
// subscribe and print what comes. How such a program is called is a template.
//
//	t, err := oneshot.Parse("mosquitto_pub -h {host} -p {port} -i {client_id} -t {topic} -m {payload} -q {qos} [retain: -r]", "")
//	f, played, err := t.For(sc)    // err says why the scenario asks for more
//	res := play.Real(played, f, play.Options{Foreign: true})
//
// A word in braces stands for what the scenario asks for. A part in brackets begins with the name of an option and
// a colon, and is left out unless the scenario asks for the option. Words are divided by blanks; quotes keep blanks
// in a word.
package oneshot

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"umqtt/harness/spec"
)

// The words of a template, and the options of its parts in brackets.
var (
	words = []string{
		"host", "port", "client_id", "keep_alive", "username", "password", "will_topic", "will_payload", "will_qos",
		"topic", "payload", "filter", "qos", "ca_file", "path",
	}
	options = []string{"retain", "persistent", "clean", "username", "password", "will", "will_retain", "tls", "websocket"}
)

// A Template is how a program is called.
type Template struct {
	words  []word
	output *output // nil for one that publishes
}

// A word is one argument, or one part of several.
type word struct {
	text string // with its braces
	only string // option without which it is left out; "" is none
}

// Parse reads a template, and that of the lines that a subscribing program prints; "" stands for
// "{topic} {payload}".
func Parse(call, printed string) (*Template, error) {
	t := &Template{}
	only := ""
	list, err := split(call)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	for _, w := range list {
		if name, ok := strings.CutPrefix(w, "["); ok && strings.HasSuffix(name, ":") {
			name = strings.TrimSuffix(name, ":")
			if only != "" {
				return nil, fmt.Errorf("template: the option %q stands inside of %q", name, only)
			}
			if !slices.Contains(options, name) {
				return nil, fmt.Errorf("template: there is no option %q; it may be %s", name, strings.Join(options, ", "))
			}
			only = name
			continue
		}
		last := only != "" && strings.HasSuffix(w, "]")
		if last {
			w = strings.TrimSuffix(w, "]")
		}
		if w != "" || !last {
			t.words = append(t.words, word{w, only})
		}
		if last {
			only = ""
		}
	}
	if only != "" {
		return nil, fmt.Errorf("template: [%s: has no end", only)
	}
	return t, t.check(printed)
}

// check checks the words in braces.
func (t *Template) check(printed string) error {
	for _, w := range t.words {
		if _, err := fill(w.text, func(name string) (string, error) {
			if !slices.Contains(words, name) {
				return "", fmt.Errorf("template: there is no word {%s}; it may be %s", name, strings.Join(words, ", "))
			}
			return "", nil
		}); err != nil {
			return err
		}
	}
	switch {
	case len(t.words) == 0 || t.words[0].only != "":
		return errors.New("template: it begins with the program's name")
	case !t.has("port"):
		return errors.New("template: {port} is missing: where else is the program to connect to?")
	case slices.ContainsFunc(t.words, func(w word) bool { return strings.Contains(w.text, "{ca_file}") && w.only != "tls" }):
		return errors.New("template: {ca_file} stands outside of [tls: …]: there is none without TLS")
	case t.has("filter") == t.has("topic"):
		return errors.New("template: it has either {topic}, of a program that publishes, or {filter}, of one that subscribes")
	case t.has("topic") && printed != "":
		return errors.New("template: a program that publishes prints nothing")
	case t.has("topic"):
		return nil
	case printed == "":
		printed = "{topic} {payload}"
	}
	var err error
	t.output, err = parseOutput(printed)
	return err
}

// has reports whether a word in braces stands in the template.
func (t *Template) has(name string) bool {
	return slices.ContainsFunc(t.words, func(w word) bool { return strings.Contains(w.text, "{"+name+"}") })
}

// hasOption reports whether a part in brackets is for an option.
func (t *Template) hasOption(name string) bool {
	return slices.ContainsFunc(t.words, func(w word) bool { return w.only == name })
}

// Name is the program's name.
func (t *Template) Name() string { return filepath.Base(t.words[0].text) }

// Find returns an error when there is no such program.
func (t *Template) Find() error {
	_, err := exec.LookPath(t.words[0].text)
	return err
}

// Features returns what a program can do that is called so.
func (t *Template) Features() []spec.Feature {
	list := []spec.Feature{spec.LargePackets}
	for _, f := range []struct {
		feature spec.Feature
		has     bool
	}{
		{spec.QoS1, t.has("qos")}, {spec.QoS2, t.has("qos")}, {spec.SetsClientID, t.has("client_id")},
		{spec.SetsKeepAlive, t.has("keep_alive")}, {spec.KeepAlive, t.has("keep_alive") && t.output != nil},
		{spec.WithWill, t.has("will_topic")}, {spec.Credentials, t.has("username") && t.has("password")},
		{spec.PersistentSession, t.hasOption("persistent")}, {spec.ReportsOutcome, t.output == nil},
		{spec.TLS, t.hasOption("tls")}, {spec.WebSocket, t.hasOption("websocket")},
	} {
		if f.has {
			list = append(list, f.feature)
		}
	}
	return list
}

// split divides a text into words as a shell does: quotes keep blanks in a word.
func split(text string) (list []string, err error) {
	var b strings.Builder
	begun := false
	quote := rune(0)
	for _, c := range text {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			b.WriteRune(c)
		case c == '\'' || c == '"':
			quote, begun = c, true
		case c == ' ' || c == '\t' || c == '\n':
			if begun {
				list = append(list, b.String())
			}
			b.Reset()
			begun = false
		default:
			b.WriteRune(c)
			begun = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("the quote %c has no end", quote)
	}
	if begun {
		list = append(list, b.String())
	}
	return list, nil
}

// fill replaces each word in braces by what value returns. Two braces stand for one.
func fill(text string, value func(name string) (string, error)) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(strings.ReplaceAll(before, "}}", "}"))
		if !found {
			return b.String(), nil
		}
		if after, twice := strings.CutPrefix(rest, "{"); twice {
			b.WriteByte('{')
			text = after
			continue
		}
		name, after, ends := strings.Cut(rest, "}")
		if !ends {
			return "", fmt.Errorf("template: {%s has no end", rest)
		}
		v, err := value(name)
		if err != nil {
			return "", err
		}
		b.WriteString(v)
		text = after
	}
}
