package spec

// Feature is an optional ability of a client. A scenario that needs a feature that the subject lacks is
// skipped, and the skip is reported.
type Feature string

// The features. There are no others. Each comment says what a client with the feature does; [Features]
// returns the same as data.
const (
	// QoS1: the client publishes, subscribes and acknowledges at QoS 1.
	QoS1 Feature = "qos1"
	// QoS2: the client publishes, subscribes and acknowledges at QoS 2.
	QoS2 Feature = "qos2"
	// PersistentSession: the client connects without a clean session, and keeps messages in flight when the connection is lost.
	PersistentSession Feature = "persistent-session"
	// AutoReconnect: the client connects again by itself when the connection is lost.
	AutoReconnect Feature = "auto-reconnect"
	// ManualReconnect: the client reports a lost connection; the caller connects again.
	ManualReconnect Feature = "manual-reconnect"
	// Resubscribe: the client subscribes again by itself after a reconnect without session present.
	Resubscribe Feature = "resubscribe"
	// KeepAlive: the client sends PINGREQ by itself, and detects a missing PINGRESP.
	KeepAlive Feature = "keep-alive"
	// ExplicitPing: the client sends a PINGREQ on request.
	ExplicitPing Feature = "explicit-ping"
	// WithWill: the client sends a will in its CONNECT.
	WithWill Feature = "will"
	// Credentials: the client sends a user name and a password in its CONNECT.
	Credentials Feature = "credentials"
	// Unsubscribe: the client unsubscribes.
	Unsubscribe Feature = "unsubscribe"
	// NestedPublish: the client publishes from inside the message callback.
	NestedPublish Feature = "nested-publish"
	// NestedSubscribe: the client subscribes, and unsubscribes where it can, from inside the message callback.
	NestedSubscribe Feature = "nested-subscribe"
	// DepthLimit: the client refuses calls that nest too deep instead of running out of stack.
	DepthLimit Feature = "depth-limit"
	// OwnLimits: the client has options for acknowledgement timeout, depth of calls, messages in flight, packet size and retry.
	OwnLimits Feature = "own-limits"
	// Pipelining: the client publishes at QoS 1 while earlier messages are unacknowledged.
	Pipelining Feature = "pipelining"
	// Gathers: the client gathers on request what it publishes, and writes it on request.
	Gathers Feature = "gathers"
	// SkipsOversize: the client discards on request packets larger than its limit, and keeps the connection.
	SkipsOversize Feature = "skips-oversize"
	// SetsClientID: the client sends the client identifier that it is given, unchanged.
	SetsClientID Feature = "sets-client-id"
	// SetsKeepAlive: the client sends the keep alive that it is given, unchanged.
	SetsKeepAlive Feature = "sets-keep-alive"
	// ManyFilters: the client sends several filters in one SUBSCRIBE or UNSUBSCRIBE.
	ManyFilters Feature = "many-filters"
	// UnaskedMessages: the client passes a message to the callback although no subscription of this process matches it.
	UnaskedMessages Feature = "unasked-messages"
	// ReentrantCallback: the client calls the message callback again while a call inside the callback waits.
	ReentrantCallback Feature = "reentrant-callback"
	// SeveralInFlight: the client has more than one QoS 1 message unacknowledged at a time.
	SeveralInFlight Feature = "several-in-flight"
	// LargePackets: the client sends and receives packets of up to 64 KiB.
	LargePackets Feature = "large-packets"
	// SendsDisconnect: the client sends a DISCONNECT when the caller disconnects.
	SendsDisconnect Feature = "sends-disconnect"
	// DisconnectInCallback: the client disconnects from inside the message callback.
	DisconnectInCallback Feature = "disconnect-in-callback"
	// Validates: the client returns an error for a topic, a filter or an option that the standard forbids.
	Validates Feature = "validates"
	// ReportsOutcome: the client reports the outcome of each publish.
	ReportsOutcome Feature = "reports-outcome"
	// TellsSessionPresent: the client reports the session present flag of the CONNACK.
	TellsSessionPresent Feature = "tells-session-present"
	// TLS: the client connects over TLS on request, and verifies the server with the given certificate authority.
	TLS Feature = "tls"
	// WebSocket: the client connects over WebSocket on request.
	WebSocket Feature = "websocket"
	// TellsGranted: the client reports the return code of each filter of a subscribe.
	TellsGranted Feature = "tells-granted"
	// ConcurrentCalls: the client accepts calls from several threads at once, also while a call or a callback runs.
	ConcurrentCalls Feature = "concurrent-calls"
	// WallClock: the client has a wall clock that the harness can set, or reads no wall clock.
	WallClock Feature = "wall-clock"
	// ShowsMessageAgain: the client gives the harness access to its own buffers of topic and payload while the callback runs.
	ShowsMessageAgain Feature = "shows-message-again"
	// KeepsInStore: the client keeps unacknowledged QoS 1 messages in a store that the harness provides, and sends them after its process has ended.
	KeepsInStore Feature = "keeps-in-store"
)

// A FeatureDoc is a feature and what it means.
type FeatureDoc struct {
	Name Feature
	// Doc says what a client with the feature does, as the end of a sentence.
	Doc string
}

// Features returns all features, in the order of the constants.
func Features() []FeatureDoc {
	return []FeatureDoc{
		{QoS1, "publishes, subscribes and acknowledges at QoS 1"},
		{QoS2, "publishes, subscribes and acknowledges at QoS 2"},
		{PersistentSession, "connects without a clean session, and keeps messages in flight when the connection is lost"},
		{AutoReconnect, "connects again by itself when the connection is lost"},
		{ManualReconnect, "reports a lost connection; the caller connects again"},
		{Resubscribe, "subscribes again by itself after a reconnect without session present"},
		{KeepAlive, "sends PINGREQ by itself, and detects a missing PINGRESP"},
		{ExplicitPing, "sends a PINGREQ on request"},
		{WithWill, "sends a will in its CONNECT"},
		{Credentials, "sends a user name and a password in its CONNECT"},
		{Unsubscribe, "unsubscribes"},
		{NestedPublish, "publishes from inside the message callback"},
		{NestedSubscribe, "subscribes, and unsubscribes where it can, from inside the message callback"},
		{DepthLimit, "refuses calls that nest too deep instead of running out of stack"},
		{OwnLimits, "has options for acknowledgement timeout, depth of calls, messages in flight, packet size and retry"},
		{Pipelining, "publishes at QoS 1 while earlier messages are unacknowledged"},
		{Gathers, "gathers on request what it publishes, and writes it on request"},
		{SkipsOversize, "discards on request packets larger than its limit, and keeps the connection"},
		{SetsClientID, "sends the client identifier that it is given, unchanged"},
		{SetsKeepAlive, "sends the keep alive that it is given, unchanged"},
		{ManyFilters, "sends several filters in one SUBSCRIBE or UNSUBSCRIBE"},
		{UnaskedMessages, "passes a message to the callback although no subscription of this process matches it"},
		{ReentrantCallback, "calls the message callback again while a call inside the callback waits"},
		{SeveralInFlight, "has more than one QoS 1 message unacknowledged at a time"},
		{LargePackets, "sends and receives packets of up to 64 KiB"},
		{SendsDisconnect, "sends a DISCONNECT when the caller disconnects"},
		{DisconnectInCallback, "disconnects from inside the message callback"},
		{Validates, "returns an error for a topic, a filter or an option that the standard forbids"},
		{ReportsOutcome, "reports the outcome of each publish"},
		{TellsSessionPresent, "reports the session present flag of the CONNACK"},
		{TLS, "connects over TLS on request, and verifies the server with the given certificate authority"},
		{WebSocket, "connects over WebSocket on request"},
		{TellsGranted, "reports the return code of each filter of a subscribe"},
		{ConcurrentCalls, "accepts calls from several threads at once, also while a call or a callback runs"},
		{WallClock, "has a wall clock that the harness can set, or reads no wall clock"},
		{ShowsMessageAgain, "gives the harness access to its own buffers of topic and payload while the callback runs"},
		{KeepsInStore, "keeps unacknowledged QoS 1 messages in a store that the harness provides, and sends them after its process has ended"},
	}
}
