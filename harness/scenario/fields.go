package scenario

import (
	"slices"

	"umqtt/harness/spec"
)

// Bounds of numbers in scenarios.
const (
	maxPayloadSize = 1 << 24     // bytes that payload_size makes: a scenario is not a load test
	maxRemaining   = 268_435_455 // the largest remaining length (section 2.2.3)
	maxCalls       = 1000        // calls that one on_message makes
	maxCount       = 65_535      // packets, connections, repetitions
	temptingQoS    = 3           // that a client may be asked for, and never sends
)

// MaxFile is the largest size, in bytes, of a scenario file or a script of faults.
const MaxFile = 8 << 20

// Bounds of files: what is larger is no scenario that somebody has written, and reading it takes memory.
const (
	maxMarks   = 1 << 19 // line ends, commas, colons and brackets of a file: each value has one
	maxSteps   = 20_000  // steps of a file, over all of its cases
	maxPayload = 1 << 26 // bytes of all payloads of a scenario
	maxNodes   = 1 << 18 // values that the variables of a table stand for, over all of its cases

	maxRounds = 100_000   // rounds of a repeat
	maxPlayed = 1_000_000 // steps that the rounds of a repeat play
)

// clientOptions are what a connect of the subject may say.
func clientOptions() []Field {
	will := append(bytesFields("topic", "topic name of the will", nil), bytesFields("payload", "payload of the will", "")...)
	will[0].Required = true
	will = append(will,
		Field{Name: "qos", Kind: KindInt, Max: temptingQoS, Doc: "quality of service of the will; 3, which the standard forbids, tests that the client refuses it", Default: 0},
		Field{Name: "retain", Kind: KindBool, Doc: "whether the server keeps the will", Default: false},
	)
	text := func(name, doc string, needs Feature) []Field {
		forms := bytesFields(name, doc, nil)
		for i := range forms {
			forms[i].Needs = needs
		}
		return forms
	}
	return slices.Concat(
		text("client_id", "client identifier; c1 unless said otherwise", ""),
		[]Field{
			{Name: "clean_session", Kind: KindBool, Doc: "start without the state of earlier connections; true unless said otherwise"},
			{Name: "keep_alive", Kind: KindSeconds, Doc: "keep alive, in whole seconds; 0 (none) unless said otherwise"},
		},
		text("username", "user name; none unless given", spec.Credentials),
		text("password", "password; none unless given", spec.Credentials),
		[]Field{{Name: "will", Kind: KindWill, Doc: "the message that the server publishes when the connection ends without a DISCONNECT", Needs: spec.WithWill, Fields: will}},
	)
}

// clientLimits are what only the header may say, of the features own-limits and skips-oversize.
func clientLimits() []Field {
	limit := func(name string, kind Kind, max int, doc string) Field {
		return Field{Name: name, Kind: kind, Min: 1, Max: max, Doc: doc, Needs: spec.OwnLimits}
	}
	return []Field{
		limit("ack_timeout", KindDuration, 0, "how long a call waits for its acknowledgement"),
		limit("max_depth", KindInt, maxCalls, "how deep calls that read may nest"),
		limit("max_inflight", KindInt, maxCount, "how many QoS 1 messages may be unacknowledged"),
		limit("max_packet", KindInt, maxRemaining+5, "the largest packet, in bytes"),
		{Name: "skip_oversize", Kind: KindBool, Doc: "discard a packet larger than max_packet, in place of closing the connection", Needs: spec.SkipsOversize},
		limit("retry_after", KindDuration, 0, "when an unacknowledged message is sent again on a live connection"),
	}
}

// bytesFields are the three ways of writing bytes: the field itself as text, and its name with _hex and
// with _size, which the loader turns into the first.
func bytesFields(name, doc string, def any) []Field {
	return []Field{
		{Name: name, Kind: KindText, Doc: doc, Default: def},
		{Name: name + "_hex", Kind: KindHex, Doc: name + " as spaced hex, in place of " + name},
		{Name: name + "_size", Kind: KindInt, Max: maxPayloadSize, Doc: "a " + name + " of that many bytes of a fixed pattern, in place of " + name},
	}
}

// Forms returns the names under which f may be written among fields: its own, and for bytes those of the other forms,
// such as payload_hex.
func (f Field) Forms(fields []Field) []string {
	names := []string{f.Name}
	for _, ending := range []string{"_hex", "_size"} {
		if _, ok := FieldNamed(fields, f.Name+ending); ok {
			names = append(names, f.Name+ending)
		}
	}
	return names
}

// publishFields describe a message to publish.
func publishFields(maxQoS int) []Field {
	fields := bytesFields("topic", "topic name", nil)
	fields[0].Required = true
	fields = append(fields, bytesFields("payload", "payload; empty unless given", "")...)
	doc := "quality of service"
	if maxQoS == temptingQoS {
		doc += "; 3, which the standard forbids, tests that the client refuses it"
	}
	return append(fields,
		Field{Name: "qos", Kind: KindInt, Max: maxQoS, Doc: doc, Default: 0},
		Field{Name: "retain", Kind: KindBool, Doc: "whether the server keeps the message", Default: false},
	)
}

// messageFields describe a message that must have arrived; what is left out is not checked.
func messageFields() []Field {
	fields := append(bytesFields("topic", "topic name", nil), bytesFields("payload", "payload", nil)...)
	return append(fields,
		Field{Name: "qos", Kind: KindInt, Max: 2, Doc: "quality of service"},
		Field{Name: "retain", Kind: KindBool, Doc: "RETAIN flag"},
	)
}

// filterField is the list of subscriptions, in client calls and in SUBSCRIBE.
func filterField(doc string, maxQoS int) Field {
	return Field{Name: "filters", Kind: KindFilters, Doc: doc,
		Fields: append(filterForms(), Field{Name: "qos", Kind: KindInt, Max: maxQoS, Doc: "maximum quality of service", Default: 0})}
}

// filterForms are the ways of writing one filter of a list.
func filterForms() []Field {
	forms := bytesFields("filter", "topic filter", nil)
	forms[0].Required = true
	return forms
}

// connField names a connection.
func connField() Field {
	return Field{Name: "conn", Kind: KindInt, Min: 1, Max: maxCount, Doc: "number of the connection, from 1 in the order of dialing; the newest unless given"}
}

// threadField is the thread that makes a call.
func threadField() Field {
	return Field{Name: "thread", Kind: KindText, Doc: "name of the thread that makes the call, concurrently with other threads; the main thread makes the calls without one, one after the other", Needs: spec.ConcurrentCalls}
}

// callName is the field that names a call, so that later steps can judge it.
func callName() Field {
	return Field{Name: "as", Kind: KindText, Doc: "name of the call for client done, fails, ends and pending; a call without one must succeed by the end"}
}
