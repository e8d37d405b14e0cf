// Package scenario is the language of the conformance suite: a loader that turns YAML into typed steps, and
// the table of steps that the loader, the player and the editors' schema share. The suite itself is in the
// folder scenarios.
//
// # Adding a scenario
//
// Write scenarios/<behaviour>/<name>.yaml, one behaviour a file, and run go test ./scenarios. No Go is
// needed. The first line makes editors complete and explain every word:
//
//	# yaml-language-server: $schema=../scenario.schema.json
//	title: A message at QoS 1 is acknowledged with its own packet id
//	covers: [MQTT-4.3.2-2]
//	level: must
//	why: "4.3.2: a QoS 1 PUBLISH is answered with a PUBACK of its identifier."
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
// title, level, peer and steps must be there. level says how binding the behaviour is: must (a statement
// rules it), should, may (the choice made is recorded), policy (somebody else's demand, and profile says
// whose); never demand as must what the standard leaves free. why is the sentence of the standard that the
// scenario rests on, in words of your own, with its section: every must has one. covers names the statements and clauses that a failure would show to
// be broken; must and should want at least one. needs names the features without which the scenario means
// nothing; what a step uses must be named, unless its call is one that client fails judges. peer is script
// (the scenario plays the server) or broker (the embedded one). world keeps a scenario to the simulated or
// the real world, and wants a reason. allow lists packets that the subject may send at any time. client
// holds the options of its connects.
//
// # Steps
//
// A step is one verb with its object and its arguments. Its first word says whose doing it is:
//
//	client  …  a call of its API, or what became of one that was named with as
//	expect  …  it sends this packet next, ends the connection, or stays silent
//	deliver …  it is handed this packet
//	receive    its callback gets this message
//	send    …  the script sends this packet, raw bytes, or an end        (peer: script)
//	witness …  another client of the broker                             (peer: broker)
//	fault   …  what the proxy does to packets and connections
//	wait       time passes
//	repeat     steps are played again and again
//
// Beside the verb may stand note, and where the step waits for something given (a precondition: unmet is
// inconclusive, not a failure), within (how long to wait), after (1s~1500ms: when it must come, counted
// from the step before) and covers: which of the header's covers a failure of this very step shows to be
// broken. A scenario that covers many says it where it can; expect silence and client pending take covers
// as well.
//
// A script also says what a client may do or leave. A step with optional may be met or not, and the script
// goes on. or lists what may come in place of what an expect expects: exactly one of them all comes.
// Neighbouring steps with unordered are met in any order. client ends waits until a call has returned, however
// it ended. A step with when: $id is played only when $id has a value; a variable that only an optional step
// or an alternative binds stands in such steps, and in steps that are optional themselves. What the steps of
// an unordered run bind can be used behind the run.
//
//   - expect PUBLISH: {topic: t/1, packet_id: $id}
//     optional: true
//   - send PUBACK: {packet_id: $id}
//     when: $id
//   - expect DISCONNECT:
//     or:
//   - expect close:
//
// send raw writes bytes as they are. Between hex and then it has room for the identifier of an exchange, and for a
// fill of one letter, where the bytes are too many to write:
//
//   - send raw: {hex: 50 02, packet_id: $id, then: d0 00}
//
// [Table] has every verb with its fields; scenarios/README.md lists them, and the schema shows them.
//
// A field that an expect, deliver or receive leaves out is not checked; null says that the packet has no
// such field. In a send it is zero. Text that YAML would take for a number, a truth or a date is written in
// quotes. Bytes may be written as payload, as payload_hex (00 ff) or as payload_size (that many bytes of
// [Pattern]). Durations have a unit: 1500ms, 5s, 2m.
//
// A $name is a variable: the first expect or deliver binds it, later ones compare, send and fault use it. It
// stands for a whole value, without quotes and in lower case, so $SYS/x is a topic and "$id" is text. One
// that is bound, never used, and named much like another is taken for a misspelt one.
//
// A call without as must have succeeded by the end of the scenario. One with as is judged by client done,
// client fails, client ends and client pending, each at its place in the script, and by one of them at least.
//
// In an expect or a deliver a field may say what it must not be: packet_id: not $held, or not 5; and
// $id not $held binds or compares as well.
//
// repeat plays the steps below it again and again. In them $i is the number of the round, from 1: alone in place of a
// packet identifier, and anywhere in a text. What they bind first they bind anew in each round.
//
//   - repeat: 66000
//     steps:
//   - client publish: {topic: t/$i, qos: 1}
//   - expect PUBLISH: {topic: t/$i, packet_id: $id not $held}
//   - send PUBACK: {packet_id: $id}
//
// fault cut and fault stall act at once on the newest connection, or wait for a packet if they name one
// (packet, nth, topic, packet_id, probability). All other faults wait for what they match. A cut at once, and
// fault down, may take what the script has just sent with them, and so do not stand right behind a send.
//
// # Back-pressure
//
// A write of the subject never waits, unless the header has a buffer: so many bytes may be under way to the peer. The proxy
// then reads no more than it hands over. fault stall and fault bandwidth reach the subject's writes, and fault cut with at,
// or fault stall with a packet, act while the packet is being written; one that names topic or packet_id waits for the
// whole packet. What the subject has sent of a packet when its connection ends is no packet, and no step expects it. In
// the real world the system's own buffers come on top, some 16 KiB, and the end of a connection that is stalled shows only
// behind fault heal: a step that expects it stands behind that.
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
// Calls are made one after another. One with a thread is made beside those of other threads, and needs the feature
// concurrent-calls. In the simulated world each call goes on until everybody waits before the next step is played. In the
// real world it may begin later.
//
// fault clock makes the subject's wall clock jump, and needs the feature wall-clock. fault flap cuts the connection and
// waits until the subject has connected again, as often as it says; a subject that does not do so by itself is told to.
// measure growth compares what the subject holds with what it held at measure start: threads, descriptors and memory of a
// process, goroutines and connections of a client that plays in the harness's own.
//
// # Tables
//
// cases repeats a file over a table. Each case is a scenario of its own, <file>/<case>, with its values in
// place of the variables: in client, and in any field of any step, a duration, an enumeration, a list or
// the bytes of a send raw as well. All cases have the same variables, and each is used. A case may have a
// title, covers and a note of its own.
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
// Whatever the loader does not know is an error; nothing is ignored. It reports all mistakes of a file, each
// with its position, the field, what is allowed and the nearest name. What is wrong with a value of a case
// is reported at the value, and says which step uses it. A file that is far larger than a script is refused
// before it takes memory: in bytes, in steps over all of its cases, and in the bytes of its payloads.
package scenario
