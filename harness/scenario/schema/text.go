package schema

// What the reference says between its tables.
const referenceBegin = `<!-- Made by go test ./scenarios -update from the step table; do not edit. -->
# The scenario language

Each file in this folder tests one behaviour of an MQTT 3.1.1 client, as a linear script. This page lists every key of
the language; the [package comment](../harness/scenario/doc.go) explains how to use them. The
[schema](scenario.schema.json) has the same for editors, and ` + "`mqttconform check FILE…`" + ` reports the mistakes of a file
with their positions.

~~~yaml
# yaml-language-server: $schema=../scenario.schema.json
title: A message at QoS 1 is acknowledged with its own packet id
covers: [MQTT-4.3.2-2]
level: must
why: A receiver answers each PUBLISH at QoS 1 with a PUBACK that has its packet identifier (4.3.2).
needs: [qos1]
peer: script
steps:
  - client connect:
  - expect CONNECT: {client_id: c1}
  - send CONNACK: {session_present: false, code: 0}
  - send PUBLISH: {topic: t/1, qos: 1, packet_id: 258, payload: hi}
  - receive: {topic: t/1, payload: hi}
  - expect PUBACK: {packet_id: 258}
    within: 2s
~~~`

const referenceCases = `### cases

Each case of a table is a scenario, ` + "`<file>/<case>`" + `. A variable of the table may take the place of any value in
` + "`client`" + ` and in the steps, also of a whole list or mapping; it is checked where it is used. All cases have the
same variables, and each is used. Names of cases have lower case letters, digits and dashes.

~~~yaml
cases:
  server-unavailable: {with: {code: 3}}
  not-authorized: {with: {code: 5}, covers: [MQTT-3.2.2-5]}
steps:
  - client connect: {as: up}
  - expect CONNECT:
  - send CONNACK: {code: $code}
  - client fails: {call: up, error: refused}
  - expect close:
~~~`

const referenceValues = `## Values

- Text that YAML would read as a number, a boolean or a date is written in quotes.
- Bytes are written as text (` + "`payload`" + `), as spaced hex (` + "`payload_hex: 00 ff`" + `) or by their number
  (` + "`payload_size: 1000`" + `, bytes of a fixed pattern).
- Numbers are decimal, or hexadecimal with 0x. Durations have a unit: 1500ms, 5s, 2m.
- ` + "`$name`" + ` is a variable: it takes the place of a whole value, without quotes and in lower case. The first expect or
  deliver binds it, later ones compare with it, send and fault use it. A field marked *$* may be a variable; variables
  of a table may be used anywhere.
- A field for which null is listed may be null: the packet must not have it. A field that is left out of an expect, a
  deliver or a receive is not checked; in a send it is zero.
- A field marked *not* may exclude values: ` + "`not 5`" + ` is any value except 5, ` + "`not $id`" + ` any except that of a variable,
  and ` + "`$new not $old`" + ` also binds or compares a variable. Excluded texts are variables or written in quotes, as in
  ` + "`topic: not \"a/b\"`" + `. Several values may be excluded: ` + "`not $a not $b`" + `. ` + "`not null`" + ` requires that the packet has the field.`

const referenceRepeat = `## Repeats

A repeat plays the steps below it several times. ` + "`$i`" + ` is the number of the round, from 1: alone in place of a packet
identifier, or anywhere in a text. Each round binds the variables of the steps again, so that they cannot be used after the
repeat. A named call keeps its name in each round. A capture keeps the first round and the last two, and the number and the
digest of the records between them.

~~~yaml
  - repeat: 66000
    steps:
      - client publish: {topic: t/$i, payload: m$i, qos: 1}
      - expect PUBLISH: {topic: t/$i, qos: 1, packet_id: $id not $held}
      - send PUBACK: {packet_id: $id}
~~~`
