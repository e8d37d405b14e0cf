package spec

// Feature is something that a client can do or not. A scenario that needs a feature the subject lacks is
// skipped, and the skip is reported.
type Feature string

// The features. The list is closed; [Features] documents them.
const (
	QoS1              Feature = "qos1"
	QoS2              Feature = "qos2"
	PersistentSession Feature = "persistent-session"
	AutoReconnect     Feature = "auto-reconnect"
	ManualReconnect   Feature = "manual-reconnect"
	Resubscribe       Feature = "resubscribe"
	KeepAlive         Feature = "keep-alive"
	ExplicitPing      Feature = "explicit-ping"
	WithWill          Feature = "will"
	Credentials       Feature = "credentials"
	Unsubscribe       Feature = "unsubscribe"
	NestedPublish     Feature = "nested-publish"
	NestedSubscribe   Feature = "nested-subscribe"
	DepthLimit        Feature = "depth-limit"
	OwnLimits         Feature = "own-limits"
	Pipelining        Feature = "pipelining"
)

// A FeatureDoc is a feature and what it means.
type FeatureDoc struct {
	Name Feature
	Doc  string
}

// Features returns the closed list of features.
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
		{NestedSubscribe, "subscribes from inside the message callback"},
		{DepthLimit, "refuses calls that nest too deep instead of running out of stack"},
		{OwnLimits, "takes limits of its own: acknowledgement timeout, depth, messages in flight, packet size, retry"},
		{Pipelining, "publishes at QoS 1 without waiting for the acknowledgement of what it has published before"},
	}
}
