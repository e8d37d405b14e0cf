package schema

// What the reference says between its tables.
const referenceBegin = `<!-- Made by go test ./scenarios -update from the step table; do not edit. -->
# The scenario language

Each file below is one behaviour of an MQTT 3.1.1 client, as a linear script. This page lists every word of the
language; how the words are meant to be used is in the [package comment](../harness/scenario/doc.go). The
[schema](scenario.schema.json) has the same for editors, and ` + "`mqttconform check FILE…`" + ` says what is wrong with a
file, and where.

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

A table makes a scenario of each case, ` + "`<file>/<case>`" + `. A variable of the table may stand for any value in
` + "`client`" + ` and in the steps, for a whole list or mapping too; it is checked where it is used. All cases have the
same variables, and each is used somewhere. Names of cases have lower case letters, digits and dashes.

~~~yaml
cases:
  server-unavailable: {with: {code: 3}}
  not-authorized: {with: {code: 5}, covers: [MQTT-3.2.2-5]}
steps:
  - client connect: {as: up}
  - expect CONNECT:
  - send CONNACK: {code: $code}
  - client fails: {call: up, error: refused}
~~~`

const referenceValues = `## Values

- Text that YAML would take for a number, a truth or a date is written in quotes.
- Bytes are written as text (` + "`payload`" + `), as spaced hex (` + "`payload_hex: 00 ff`" + `) or by their number
  (` + "`payload_size: 1000`" + `, bytes of a fixed pattern).
- Numbers are decimal, or hexadecimal with 0x. Durations have a unit: 1500ms, 5s, 2m.
- ` + "`$name`" + ` stands for a whole value, without quotes and in lower case. The first expect or deliver binds it, later
  ones compare, send and fault use it. Where a field says *$*, such a variable may stand; one of a table's cases may
  stand anywhere.
- null, where a field says so, is for a field that the packet lacks. In an expect, a deliver or a receive, a field that
  is left out is not checked; in a send it is zero.
- Where a field says *not*, ` + "`not 5`" + ` stands for any value but that one, ` + "`not $id`" + ` for any but that of a variable, and
  ` + "`$new not $old`" + ` binds, or compares, a variable besides. Of a text only variables and texts in quotes can be refused,
  as in ` + "`topic: not \"a/b\"`" + `. Several may: ` + "`not $a not $b`" + `. ` + "`not null`" + ` says that the packet has the field.`

const referenceRepeat = `## Repeats

A repeat plays the steps below it again and again. ` + "`$i`" + ` is the number of the round, from 1: alone it may stand where
a packet identifier stands, and anywhere in a text. What the steps bind for the first time they bind anew in each round, so
that it cannot be used behind them. A call that has a name takes it over in each round. A capture keeps the first round
and the last two, and the number and the digest of the records between them.

~~~yaml
  - repeat: 66000
    steps:
      - client publish: {topic: t/$i, payload: m$i, qos: 1}
      - expect PUBLISH: {topic: t/$i, qos: 1, packet_id: $id not $held}
      - send PUBACK: {packet_id: $id}
~~~`
