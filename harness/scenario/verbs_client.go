package scenario

import "umqtt/harness/spec"

// clientVerbs are calls of the subject's API, what becomes of them, and its message callback.
func clientVerbs() []Verb {
	call := Field{Name: "call", Kind: KindText, Doc: "name of the call, from its as", Required: true}
	return []Verb{
		{Key: "client connect", Doc: "the subject connects, with the options of the header's client and those given here",
			Fields: append(clientOptions(), callName(), threadField()), rules: foldPayload},
		{Key: "client publish", Doc: "the subject publishes a message",
			Fields: append(publishFields(temptingQoS), callName(), threadField()), rules: foldPayload},
		{Key: "client subscribe", Doc: "the subject subscribes to one filter, or to several with one packet",
			Fields: append(bytesFields("filter", "topic filter", nil),
				Field{Name: "qos", Kind: KindInt, Max: temptingQoS, Doc: "maximum quality of service for filter; 0 unless given; 3, which the standard forbids, tests that the client refuses it"},
				temptingFilters(),
				callName(), threadField(),
			), rules: foldFilters},
		{Key: "client unsubscribe", Doc: "the subject unsubscribes from one filter, or from several with one packet", Needs: []Feature{spec.Unsubscribe},
			Fields: append(bytesFields("filter", "topic filter", nil),
				Field{Name: "filters", Kind: KindTexts, Empty: true, Fields: filterForms(), Doc: "topic filters to unsubscribe from with one packet, in place of filter; each a text, or a mapping such as {filter_hex: 61}; an empty list, which the standard forbids, tests that the client refuses it"},
				callName(), threadField(),
			), rules: foldFilters},
		{Key: "client ping", Doc: "the subject sends a PINGREQ", Needs: []Feature{spec.ExplicitPing}, Fields: []Field{callName(), threadField()}},
		{Key: "client hold", Doc: "the subject gathers what it publishes, until client flush", Needs: []Feature{spec.Gathers}, Fields: []Field{callName()}},
		{Key: "client flush", Doc: "the subject writes what it has gathered, and stops gathering", Needs: []Feature{spec.Gathers}, Fields: []Field{callName()}},
		{Key: "client disconnect", Doc: "the subject sends DISCONNECT and closes the connection", Fields: []Field{callName(), threadField()}},
		{Key: "client abort", Doc: "the subject closes its connection without a DISCONNECT", Fields: []Field{callName(), threadField()}},
		{Key: "client dies", Doc: "the process of the subject ends, at once or of what it does next; the next one begins with its store, and connects", Needs: []Feature{spec.KeepsInStore},
			Fields: []Field{
				{Name: "of", Kind: KindEnum, Enum: []string{"put", "delete", "dial", "write", "read"}, Doc: "what it dies of: a message that the store keeps or removes, a connection, or what is written to it or read from it; it dies at once unless given"},
				{Name: "nth", Kind: KindInt, Min: 1, Max: maxCount, Doc: "how many of these it takes", Default: 1},
				{Name: "when", Kind: KindEnum, Enum: []string{"before", "within", "behind"}, Doc: "when it dies of it", Default: "before"},
				{Name: "bytes", Kind: KindInt, Max: maxCount, Doc: "bytes that are written, within a write; none unless given"},
			}},
		{Key: "client done", Doc: "the call has succeeded, and not before this step", Scalar: "call", Waits: true,
			Fields: []Field{
				call,
				{Name: "granted", Kind: KindInts, Max: 128, Doc: "return codes that the call reports, of a subscribe"},
				{Name: "session_present", Kind: KindBool, Doc: "session present as the call reports it, of a connect"},
			}},
		{Key: "client fails", Doc: "the call has failed", Scalar: "call", Waits: true,
			Fields: []Field{
				call,
				{Name: "error", Kind: KindEnum, Doc: "kind of the error", Default: "any",
					Enum: []string{"any", "closed", "network", "timeout", "depth", "inflight", "invalid", "refused", "protocol", "pending", "dropped", "unsupported"}},
			}},
		{Key: "client ends", Doc: "the call has returned, whether it succeeded or failed", Scalar: "call", Waits: true, Fields: []Field{call}},
		{Key: "client pending", Doc: "the call has not returned yet", Scalar: "call", Fields: []Field{call}},
		{Key: "client on_message", Doc: "what the message callback does from here on",
			Fields: onMessageFields(), rules: checkOnMessage},
	}
}

// temptingFilters are the filters that a client is told to subscribe to: it may be tempted by none at all.
func temptingFilters() Field {
	f := filterField("filters to subscribe to with one packet, in place of filter and qos; an empty list, which the standard forbids, tests that the client refuses it", temptingQoS)
	f.Empty = true
	return f
}

func onMessageFields() []Field {
	fields := []Field{{Name: "do", Kind: KindEnum, Required: true, Enum: []string{"publish", "subscribe", "unsubscribe", "disconnect", "close", "wait"},
		Doc: "what the callback does; wait waits"}}
	fields = append(fields, bytesFields("topic", "topic name, of a publish", nil)...)
	fields = append(fields, bytesFields("filter", "topic filter, of a subscribe or an unsubscribe", nil)...)
	fields = append(fields, bytesFields("payload", "payload, of a publish; empty unless given", nil)...)
	return append(fields,
		Field{Name: "qos", Kind: KindInt, Max: 2, Doc: "quality of service, of a publish or a subscribe; 0 unless given"},
		Field{Name: "retain", Kind: KindBool, Doc: "whether the server keeps the message, of a publish"},
		Field{Name: "for", Kind: KindDuration, Min: 1, Doc: "how long, of a wait"},
		Field{Name: "still", Kind: KindBool, Needs: spec.ShowsMessageAgain, Doc: "whether to check after the action that the topic and payload that the client passed to the callback are unchanged"},
		Field{Name: "times", Kind: KindInt, Min: 1, Max: maxCalls, Doc: "how many messages trigger it", Default: 1},
		Field{Name: "count", Kind: KindInt, Min: 1, Max: maxCalls, Doc: "calls for each message", Default: 1},
		Field{Name: "when", Kind: KindText, Doc: "topic of the messages that trigger it; any unless given"},
		Field{Name: "as", Kind: KindText, Doc: "base name of the calls: x gives x1, x2, …, or x if there is only one"},
	)
}
