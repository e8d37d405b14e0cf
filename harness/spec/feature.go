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
	// PersistentSession: the client connects with clean session off, and keeps what is in flight over a lost connection.
	PersistentSession Feature = "persistent-session"
	// AutoReconnect: the client connects again by itself when the connection is lost.
	AutoReconnect Feature = "auto-reconnect"
	// ManualReconnect: the client reports a lost connection; the caller connects again.
	ManualReconnect Feature = "manual-reconnect"
	// Resubscribe: the client subscribes again by itself after a reconnect without session present.
	Resubscribe Feature = "resubscribe"
	// KeepAlive: the client sends PINGREQ by itself, and notices that no PINGRESP comes.
	KeepAlive Feature = "keep-alive"
	// ExplicitPing: the client sends a PINGREQ when it is told to.
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
	// OwnLimits: the client takes limits of its own: acknowledgement timeout, depth, messages in flight, packet size, retry.
	OwnLimits Feature = "own-limits"
	// Pipelining: the client publishes at QoS 1 without waiting for the acknowledgement of what it has published before.
	Pipelining Feature = "pipelining"
	// Gathers: the client gathers what it publishes, where it is told to, until it is told to write it.
	Gathers Feature = "gathers"
	// SkipsOversize: the client reads past a packet above its limit, where it is told to, and goes on.
	SkipsOversize Feature = "skips-oversize"
	// SetsClientID: the client sends the client identifier that it is told, without a change.
	SetsClientID Feature = "sets-client-id"
	// SetsKeepAlive: the client sends the keep alive that it is told, without a change.
	SetsKeepAlive Feature = "sets-keep-alive"
	// ManyFilters: the client sends several filters in one SUBSCRIBE or UNSUBSCRIBE.
	ManyFilters Feature = "many-filters"
	// UnaskedMessages: the client passes a message to the callback although no subscription of this process matches it.
	UnaskedMessages Feature = "unasked-messages"
	// ReentrantCallback: the client calls the message callback again while a call inside the callback waits.
	ReentrantCallback Feature = "reentrant-callback"
	// SeveralInFlight: the client has more than one QoS 1 message unacknowledged at a time.
	SeveralInFlight Feature = "several-in-flight"
	// LargePackets: the client sends and takes packets of up to 64 KiB.
	LargePackets Feature = "large-packets"
	// SendsDisconnect: the client sends a DISCONNECT when it is told to disconnect.
	SendsDisconnect Feature = "sends-disconnect"
	// DisconnectInCallback: the client disconnects from inside the message callback.
	DisconnectInCallback Feature = "disconnect-in-callback"
	// Validates: the client returns an error for a topic, a filter or an option that the standard forbids.
	Validates Feature = "validates"
	// ReportsOutcome: the client tells of each publish whether it has succeeded, once that is known.
	ReportsOutcome Feature = "reports-outcome"
	// TellsSessionPresent: the client tells whether the server had a session, when it has connected.
	TellsSessionPresent Feature = "tells-session-present"
	// TLS: the client connects over TLS where it is told to, and trusts the authority that it is given.
	TLS Feature = "tls"
	// WebSocket: the client connects over WebSocket where it is told to.
	WebSocket Feature = "websocket"
	// TellsGranted: the client tells the return code of each filter, when it has subscribed.
	TellsGranted Feature = "tells-granted"
	// ConcurrentCalls: the client takes calls from several threads at once, beside a call or a callback that has not returned.
	ConcurrentCalls Feature = "concurrent-calls"
	// WallClock: the client has a wall clock that the harness can set, or reads none.
	WallClock Feature = "wall-clock"
	// ShowsMessageAgain: the client shows its own bytes of a message as long as the callback runs.
	ShowsMessageAgain Feature = "shows-message-again"
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
		{PersistentSession, "connects with clean session off, and keeps what is in flight over a lost connection"},
		{AutoReconnect, "connects again by itself when the connection is lost"},
		{ManualReconnect, "reports a lost connection; the caller connects again"},
		{Resubscribe, "subscribes again by itself after a reconnect without session present"},
		{KeepAlive, "sends PINGREQ by itself, and notices that no PINGRESP comes"},
		{ExplicitPing, "sends a PINGREQ when it is told to"},
		{WithWill, "sends a will in its CONNECT"},
		{Credentials, "sends a user name and a password in its CONNECT"},
		{Unsubscribe, "unsubscribes"},
		{NestedPublish, "publishes from inside the message callback"},
		{NestedSubscribe, "subscribes, and unsubscribes where it can, from inside the message callback"},
		{DepthLimit, "refuses calls that nest too deep instead of running out of stack"},
		{OwnLimits, "takes limits of its own: acknowledgement timeout, depth, messages in flight, packet size, retry"},
		{Pipelining, "publishes at QoS 1 without waiting for the acknowledgement of what it has published before"},
		{Gathers, "gathers what it publishes, where it is told to, until it is told to write it"},
		{SkipsOversize, "reads past a packet above its limit, where it is told to, and goes on"},
		{SetsClientID, "sends the client identifier that it is told, without a change"},
		{SetsKeepAlive, "sends the keep alive that it is told, without a change"},
		{ManyFilters, "sends several filters in one SUBSCRIBE or UNSUBSCRIBE"},
		{UnaskedMessages, "passes a message to the callback although no subscription of this process matches it"},
		{ReentrantCallback, "calls the message callback again while a call inside the callback waits"},
		{SeveralInFlight, "has more than one QoS 1 message unacknowledged at a time"},
		{LargePackets, "sends and takes packets of up to 64 KiB"},
		{SendsDisconnect, "sends a DISCONNECT when it is told to disconnect"},
		{DisconnectInCallback, "disconnects from inside the message callback"},
		{Validates, "returns an error for a topic, a filter or an option that the standard forbids"},
		{ReportsOutcome, "tells of each publish whether it has succeeded, once that is known"},
		{TellsSessionPresent, "tells whether the server had a session, when it has connected"},
		{TLS, "connects over TLS where it is told to, and trusts the authority that it is given"},
		{WebSocket, "connects over WebSocket where it is told to"},
		{TellsGranted, "tells the return code of each filter, when it has subscribed"},
		{ConcurrentCalls, "takes calls from several threads at once, beside a call or a callback that has not returned"},
		{WallClock, "has a wall clock that the harness can set, or reads none"},
		{ShowsMessageAgain, "shows its own bytes of a message as long as the callback runs"},
	}
}
