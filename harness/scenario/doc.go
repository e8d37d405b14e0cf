// Package scenario defines the language of the conformance suite. It has a loader that parses YAML into typed steps,
// and a table of steps that the loader, the player and the JSON schema share. The suite itself is in the folder
// scenarios.
//
// # Adding a scenario
//
// Write scenarios/<behaviour>/<name>.yaml, with one behaviour, and run go test ./scenarios. No Go code is needed.
// With the first line, editors complete and explain the keys:
//
//	# yaml-language-server: $schema=../scenario.schema.json
//	title: A message at QoS 1 is acknowledged with its own packet id
//	covers: [MQTT-4.3.2-2]
//	level: must
//	why: A receiver answers each PUBLISH at QoS 1 with a PUBACK that has its packet identifier (4.3.2).
//	needs: [qos1]
//	peer: script
//	client: {client_id: c1, keep_alive: 5s}
//	steps:
//	  - client connect:
//	  - expect CONNECT: {client_id: c1}
//	  - send CONNACK: {session_present: false, code: 0}
//	  - send PUBLISH: {topic: t/1, qos: 1, packet_id: 258, payload: hi}
//	  - receive: {topic: t/1, payload: hi}
//	  - expect PUBACK: {packet_id: 258}
//	    within: 2s
//
// # Header
//
// title, level, peer and steps are required. level says how binding the behaviour is: must (a statement requires it),
// should, may (the run records what the client does) or policy (somebody else expects it; profile says who). What the
// standard does not require is never must. why says what the standard requires, in your own words, with its section;
// every must has one. covers lists the statements and clauses that a client breaks when it fails; must and should
// need at least one. needs lists the features that the subject must have. It must name each feature that a step uses,
// unless a client fails step judges the call. peer is script (the scenario plays the server) or broker (the embedded
// broker). world limits a scenario to the simulated or the real world, and needs a reason. allow lists packets that
// the subject may send at any time. client holds the options of its connects.
//
// # Steps
//
// A step is a verb with its object and its arguments. Its first word says who acts:
//
//	client  …  a call of its API, or the result of a call named with as
//	expect  …  it sends this packet next, ends the connection, or stays silent
//	deliver …  it receives this packet
//	receive    its callback gets this message
//	send    …  the script sends this packet, raw bytes, or an end        (peer: script)
//	witness …  another client of the broker                             (peer: broker)
//	fault   …  what the proxy does to packets and connections
//	wait       waits for some time
//	repeat     steps are played several times
//
// Further keys of a step modify it. note is a comment. Steps that wait for something also take these: given marks a
// precondition (if it is not met, the verdict is inconclusive, not fail), within is the longest wait, after is when
// the step must be met, counted from the end of the step before it (1s~1500ms), and covers lists those of the
// header's covers that a client breaks when this step fails. Use covers in scenarios that cover many statements;
// expect silence and client pending take it, too.
//
// A script can also describe what a client is free to do. A step with optional may be met or not; the script
// continues in both cases. or lists alternatives of an expect: exactly one of them is met. Adjacent steps with
// unordered are met in any order. client ends waits until a call has returned, with or without an error. A step with
// when: $id is played only if $id has a value; a variable that only an optional step or an alternative binds can be
// used only in such steps, and in optional steps. A variable that a step of an unordered run binds can be used after
// the run.
//
//   - expect PUBLISH: {topic: t/1, packet_id: $id}
//     optional: true
//   - send PUBACK: {packet_id: $id}
//     when: $id
//   - expect DISCONNECT:
//     or:
//   - expect close:
//
// send raw sends any bytes. Between hex and then it can insert a packet identifier, and a fill of one letter for
// packets that are too large to write out:
//
//   - send raw: {hex: 50 02, packet_id: $id, then: d0 00}
//
// Table returns every verb with its fields; scenarios/README.md lists them, and editors show them by the schema.
//
// A field that is left out of an expect, deliver or receive is not checked, and null requires that the packet has no
// such field. A field that is left out of a send is zero. Text that YAML would read as a number, a boolean or a date
// is written in quotes. Bytes are written as payload, as payload_hex (00 ff) or as payload_size (so many bytes of
// Pattern). Durations have a unit: 1500ms, 5s, 2m.
//
// A $name is a variable: the first expect or deliver binds it, later ones compare with it, send and fault use it. It
// takes the place of a whole value, without quotes and in lower case: $SYS/x is a topic and "$id" is text. A variable
// that is bound and never used is reported as a spelling mistake if another one has a similar name.
//
// A call without as must have succeeded by the end of the scenario. A call with as is judged by the steps client
// done, client fails, client ends and client pending, each at its place in the script; at least one of them is
// required.
//
// In an expect or a deliver a field may exclude values: packet_id: not $held, or not 5. $id not $held also binds or
// compares $id.
//
// repeat plays the steps below it several times. In them $i is the number of the round, from 1: alone in place of a
// packet identifier, or anywhere in a text. Variables that they bind are bound again in each round.
//
//   - repeat: 66000
//     steps:
//   - client publish: {topic: t/$i, qos: 1}
//   - expect PUBLISH: {topic: t/$i, packet_id: $id not $held}
//   - send PUBACK: {packet_id: $id}
//
// fault cut and fault stall act at once on the newest connection, or wait for a packet if they name one (packet, nth,
// topic, packet_id, probability). All other faults wait for the packets that they match. A fault cut that acts at
// once, and fault down, may discard what the script has just sent, so that they cannot follow a send directly.
//
// # Back-pressure
//
// A write of the subject never blocks, unless the header has a buffer: the number of bytes that may be pending
// towards the peer. The proxy then reads no more than it delivers. fault stall and fault bandwidth then block the
// subject's writes, and fault cut with at, or fault stall with a packet, act while the packet is being written; with
// topic or packet_id they wait for the complete packet. A partly sent packet at the end of a connection is not a
// packet, and no step expects it. In the real world the buffers of the system add some 16 KiB, and the end of a
// stalled connection is visible only after fault heal: a step that expects it must follow fault heal.
//
//	buffer: 4096
//	steps:
//	  …
//	  - fault stall: to_server
//	  - client publish: {topic: t, payload_size: 30000, as: large}
//	  - client fails: large
//	    within: 30s
//	  - fault heal:
//	  - expect close:
//
// # Threads, clocks and what a client holds
//
// Calls are made one after the other. A call with a thread is made concurrently with those of other threads, and
// needs the feature concurrent-calls. In the simulated world the next step is played when all goroutines are blocked.
// In the real world a call may begin later.
//
// fault clock moves the subject's wall clock, and needs the feature wall-clock. fault flap cuts the connection and
// waits until the subject has connected again, several times; for a subject that does not reconnect by itself, the
// harness calls connect. measure growth compares what the subject holds with what it held at measure start: threads,
// descriptors and memory of a process, or goroutines and connections of a client in the harness's own process.
//
// # Tables
//
// cases makes several scenarios from one file. Each case is a scenario, <file>/<case>, with its values in place of
// the variables: in client and in any field of any step, whatever its kind. All cases have the same variables, and
// each is used. A case may have its own title, covers and note.
//
//	cases:
//	  pingresp: {with: {bytes: d1 00}}
//	  unsuback: {with: {bytes: b1 02 00 01}, covers: [MQTT-2.2.2-1]}
//	steps:
//	  …
//	  - send raw: $bytes
//	  - expect close:
//
// # Mistakes
//
// Everything that the loader does not know is an error. It reports all mistakes of a file, each with its position,
// the field, what is allowed and the most similar name. A mistake in a value of a case is reported at the value, with
// the step that uses it. To bound memory, the loader refuses files that are too large: in bytes, in steps of all
// cases, and in bytes of payloads.
package scenario
