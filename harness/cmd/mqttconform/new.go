package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"umqtt/harness/scenario"
)

var newCommand = command{
	name:  "new",
	args:  "[--dir DIR] BEHAVIOUR/NAME",
	short: "write an example scenario with comments, as a start",
	long: `
Writes DIR/BEHAVIOUR/NAME.yaml: a complete scenario, with a comment at each field, that passes with a client that
sends QoS 1 messages. Edit it, then run:

  mqttconform check DIR/BEHAVIOUR/NAME.yaml     every mistake, with its position
  mqttconform run DIR/BEHAVIOUR/NAME.yaml       play it with the built-in subjects

It does not overwrite a file: an existing file is an error.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("new")
		var dir string
		flags.StringVar(&dir, "dir", "scenarios", "`DIR` is the folder of scenarios")
		return flags, func(args []string) (int, error) {
			if len(args) != 1 {
				return 0, usagef("new needs one name, such as qos1/my-case")
			}
			name := strings.TrimSuffix(args[0], ".yaml")
			if strings.Count(name, "/") != 1 {
				return 0, usagef("new %q: a name is a behaviour and what is special, such as qos1/my-case", name)
			}
			for part := range strings.SplitSeq(name, "/") { // of a path that leaves DIR neither is a name
				if err := scenario.CheckName(part + ".yaml"); err != nil {
					return 0, usagef("new %q: %v", name, err)
				}
			}
			file := filepath.Join(dir, filepath.FromSlash(name)+".yaml")
			if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
				return 0, &setupError{err}
			}
			f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
			if errors.Is(err, fs.ErrExist) {
				return 0, usagef("new: %s exists already", file)
			} else if err != nil {
				return 0, &setupError{err}
			}
			_, err = f.WriteString(template)
			if err := errors.Join(err, f.Close()); err != nil {
				return 0, &setupError{err}
			}
			fmt.Fprintln(a.stdout, file)
			return exitOK, nil
		}
	},
}

// template is the scenario that new writes.
const template = `# yaml-language-server: $schema=../scenario.schema.json
# What the client does, in one sentence.
title: A message at QoS 1 is acknowledged, and only then is the publish done
# The rules that a failure would show to be broken: mqttconform explain MQTT-4.3.2-1 says what each asks.
covers: [MQTT-4.3.2-1, MQTT-2.3.1-1]
# must (a statement rules it), should (recommended), may (free: the choice is recorded) or policy (somebody
# else's demand, which profile names).
level: must
# The sentence of the standard that the scenario rests on, in your own words, with its section.
why: "4.3.2: a sender at QoS 1 assigns an identifier that is not in use, and sends the PUBLISH with it and with DUP 0."
# Words by which run --tag can choose it; may be left out.
tags: [mine]
# What the client must be able to do: mqttconform features lists all.
needs: [qos1]
# script: this file plays the server, packet by packet. broker: the embedded broker does.
peer: script
# Options of every connect; all have defaults.
client: {client_id: c1, clean_session: true}
# One step a line. "client" tells the client what to do, "expect" waits for what it sends, "send" is the
# server's packet, $name keeps a value for later steps. README.md beside the schema has all of them.
steps:
  - client connect: {as: up}
  - expect CONNECT: {client_id: c1, clean_session: true}
  - send CONNACK: {session_present: false, code: 0}
  - client done: up
  - client publish: {topic: t/1, qos: 1, payload: hi, as: m1}
  - expect PUBLISH: {topic: t/1, qos: 1, dup: false, payload: hi, packet_id: $id}
    within: 5s
  - send PUBACK: {packet_id: $id}
  - client done: m1
`
