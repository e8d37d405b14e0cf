package ref

import "time"

// Habits are what MQTT 3.1.1 leaves a client free to do. The zero value is the plain client. Each field says
// where the standard leaves it free. All fields are data, so that habits can be compared and combined.
type Habits struct {
	// FirstID is the first packet identifier; 0 is 1. Section 2.3.1 asks for one that is not in use.
	FirstID uint16
	// CountDown counts packet identifiers down (2.3.1, as above).
	CountDown bool
	// IDsByKind counts packet identifiers apart for PUBLISH, SUBSCRIBE and UNSUBSCRIBE (2.3.1, as above).
	IDsByKind bool
	// RandomIDs draws packet identifiers at random, by Config.Seed (2.3.1, as above).
	RandomIDs bool

	// PingHalf sends PINGREQ after half of the keep alive. Section 3.1.2.10 lets a client send it at any time.
	PingHalf bool
	// PingEvery sends PINGREQ at this interval, whatever else is sent (3.1.2.10, as above).
	PingEvery time.Duration
	// PingAtOnce sends PINGREQ right behind the CONNACK (3.1.2.10, as above).
	PingAtOnce bool
	// PingBehindPublish sends PINGREQ behind each PUBLISH (3.1.2.10, as above).
	PingBehindPublish bool
	// KeepAliveMax is the longest keep alive that is asked of a server. The value is the client's own to
	// choose (3.1.2.10).
	KeepAliveMax time.Duration
	// Patience is how long a PINGRESP is waited for. A reasonable time is all that is asked (3.1.2.10); 0 is
	// the keep alive.
	Patience time.Duration
	// Suffix is added to a client identifier that is not empty. The client chooses its identifier (3.1.3.1).
	Suffix string

	// SaysGoodbye sends DISCONNECT before it closes the connection at a violation. Section 4.8 asks for the
	// close, and 3.14 lets a client send DISCONNECT whenever it closes cleanly.
	SaysGoodbye bool
	// Resets closes with RST. Section 4.8 asks that the network connection be closed, and 4.2 says nothing of how.
	Resets bool
	// Doubts closes at what is only odd: discouraged code points (1.5.3 lets a receiver close at them),
	// an unasked PINGRESP and acknowledgements of nothing (4.8 leaves what is a violation beyond the
	// statements to the client).
	Doubts bool
	// Silent closes without a DISCONNECT when it is told to disconnect. Section 3.14 does not force
	// a client to send one: the server then treats the connection as lost (3.1.2.5).
	Silent bool
	// Drains lets what is in flight finish before DISCONNECT, for at most this time. No time is set for it (3.14).
	Drains time.Duration
	// ReturnsAfterDisconnect connects again so long after a requested disconnect. MQTT-3.14.4-2 speaks of that
	// network connection only. 0 stays away.
	ReturnsAfterDisconnect time.Duration

	// Apart sends one SUBSCRIBE or UNSUBSCRIBE for each filter, one at a time. A packet has one filter or more
	// (3.8.3, 3.10.3).
	Apart bool
	// ApartAtOnce does the same without waiting between them.
	ApartAtOnce bool
	// Resubscribes subscribes again after each connect, session present or not. MQTT-3.8.4-3 says what comes
	// of a filter subscribed to again.
	Resubscribes bool
	// ResubscribesWhenGone subscribes again after a connect without session present (3.8.4, as above).
	ResubscribesWhenGone bool
	// SubscribesFirst does so before anything is sent again. No order is ruled between the two (4.6).
	SubscribesFirst bool

	// ResendAfter sends again what is not acknowledged after this time on a live connection. Section 4.4
	// does not require it of a client and does not forbid it.
	ResendAfter time.Duration
	// ResendsEarly sends again what is in flight without waiting for the CONNACK, as 3.1.4 lets a client do.
	ResendsEarly bool
	// Hasty has Connect return once CONNECT is written, so that all is sent without waiting for the
	// CONNACK (3.1.4, as above).
	Hasty bool
	// Window is how many messages of QoS 1 and 2 are unacknowledged at a time; the others wait. Section 4.6
	// recommends it for order. 0 is any number.
	Window int
	// ConnectAfter is how long after the opening of a connection CONNECT is sent. MQTT-3.1.0-1 asks that it be the
	// first packet; 3.1.4 has the server wait for a reasonable time.
	ConnectAfter time.Duration
	// Waits has Publish return only with the outcome. The standard rules no API.
	Waits bool

	// AcksFirst acknowledges a message before its callback. Sections 4.3.2 and 4.3.3 leave the order open.
	AcksFirst bool
	// AckAfter acknowledges so long after the callback. Sections 4.3.2 and 4.3.3 set no time.
	AckAfter time.Duration
	// AckBatch collects acknowledgements for this time and writes them at once (4.3.2, 4.3.3, as above).
	AckBatch time.Duration
	// AcksLast acknowledges nothing while a message of its own is unacknowledged (4.3.2, 4.3.3, as above).
	AcksLast bool
	// ReleaseAfter sends PUBREL so long after the PUBREC. Section 4.3.3 sets no time.
	ReleaseAfter time.Duration
	// CompleteAfter sends PUBCOMP so long after the PUBREL (4.3.3, as above).
	CompleteAfter time.Duration
	// DeliversReleased passes a message of QoS 2 on when its PUBREL has come, as the second method of 4.3.3 does.
	DeliversReleased bool
	// Choosy delivers no message that matches no subscription of this process; it acknowledges
	// it. MQTT-4.5.0-2 asks for the acknowledgement, whether or not the message is processed.
	Choosy bool

	// Reconnects makes a lost connection again by itself. The standard rules no reconnect (4.2, 4.4).
	Reconnects bool
	// ReconnectAfter is the wait before it does so; 0 is a second. No time is set.
	ReconnectAfter time.Duration
	// AtOnce does so without a wait, when the server had accepted the lost connection.
	AtOnce bool
	// GivesUp makes no other attempt after a refusal, not even with code 3, server unavailable. No attempt is
	// asked for (3.2.2.3).
	GivesUp bool
	// Grows doubles the wait with each attempt, up to two minutes.
	Grows bool
	// KeepsQoS0 keeps QoS 0 messages published without a connection for the next one, where the plain client
	// reports an error. Section 4.3.1 makes a message of QoS 0 best effort.
	KeepsQoS0 bool
	// Anew publishes what was unacknowledged in a clean session as new messages in the next one. MQTT-3.1.2-6
	// forbids to use the state; the application may publish what it likes.
	Anew bool

	// MaxPacket is the largest packet that is taken, by its remaining length; a larger one closes the connection
	// (4.8, whose note lets a client end a connection for want of resources). It also refuses to publish
	// more. 0 is no limit.
	MaxPacket int
	// Pieces writes each packet in so many pieces. MQTT runs over a stream of bytes (4.2).
	Pieces int
	// MergeFor collects packets for this time and writes them at once (4.2, as above).
	MergeFor time.Duration
	// LongLengths writes the remaining length in four bytes. Section 2.2.3 does not ask for the fewest.
	LongLengths bool

	// ReportsEarly reports the success of a publish once it is written or queued. The standard rules no API.
	ReportsEarly bool
	// ReportAfter reports outcomes so long after they are known. The standard rules no API.
	ReportAfter time.Duration
	// ReportsNever reports no outcome of a message that it has taken. The standard rules no API.
	ReportsNever bool
}
