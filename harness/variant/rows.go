package variant

import (
	"time"

	"umqtt/harness/spec"
	"umqtt/harness/subject/ref"
)

// endings lists variants that end connections in another way.
func endings() []Variant {
	return []Variant{
		row("says-goodbye", "sends DISCONNECT before it closes the connection at a violation",
			"4.8 asks for the close, and 3.14 lets DISCONNECT be the last packet of any connection.", ref.Habits{SaysGoodbye: true}),
		row("resets", "closes connections with RST", "4.8 asks for a close, and 4.2 rules nothing about the transport below it.", ref.Habits{Resets: true}),
		row("doubts", "closes at discouraged code points, an unasked PINGRESP and acknowledgements of nothing",
			"1.5.3: a receiver may close at discouraged code points; 4.8 leaves it to the client what else is a violation.", ref.Habits{Doubts: true}),
		row("silent", "closes without a DISCONNECT when it is told to disconnect",
			"3.1.2.5 treats such a close as one that publishes the will, and 3.14 forces no client to send DISCONNECT.", ref.Habits{Silent: true}).without(spec.SendsDisconnect),
		row("drains", "lets what is in flight finish for five seconds before DISCONNECT", "3.14 sets no time for DISCONNECT.", ref.Habits{Drains: 5 * time.Second}),
		row("returns", "connects again two seconds after a requested disconnect",
			"MQTT-3.14.4-2 forbids packets on that network connection only.", ref.Habits{Reconnects: true, ReturnsAfterDisconnect: 2 * time.Second}).auto().otherwise(),
	}
}

// otherwise is a variant whose API tells something else than cases of level must and should expect of it.
func (v Variant) otherwise() Variant { v.TellsOtherwise = true; return v }

// auto is a variant that connects again by itself.
func (v Variant) auto() Variant { return v.without(spec.ManualReconnect).with(spec.AutoReconnect) }

// subscriptions lists variants that subscribe in another way.
func subscriptions() []Variant {
	one := "3.8.3 and 3.10.3 ask for one filter or more in a packet."
	again := "3.8.4 lets a client subscribe to a filter again: the server replaces the subscription (MQTT-3.8.4-3)."
	return []Variant{
		row("filters-one-by-one", "sends one SUBSCRIBE for each filter, and waits for each", one, ref.Habits{Apart: true}).without(spec.ManyFilters),
		row("filters-at-once", "sends one SUBSCRIBE for each filter, without waiting", one, ref.Habits{ApartAtOnce: true}).without(spec.ManyFilters),
		row("resubscribes", "subscribes again after every connect", again, ref.Habits{Resubscribes: true}).with(spec.Resubscribe),
		row("resubscribes-first", "subscribes again after every connect, before anything is sent again",
			again+" 4.6 rules the order of messages, not that of SUBSCRIBE among them.", ref.Habits{Resubscribes: true, SubscribesFirst: true}).with(spec.Resubscribe),
		row("resubscribes-when-gone", "subscribes again when there is no session present", again, ref.Habits{ResubscribesWhenGone: true}).with(spec.Resubscribe),
		row("reconnects-and-resubscribes", "connects again by itself, and subscribes again every time", again,
			ref.Habits{Reconnects: true, Resubscribes: true}).auto().with(spec.Resubscribe),
		row("choosy", "acknowledges but does not deliver what matches no subscription of this process",
			"MQTT-4.5.0-2 asks for the acknowledgement, whether or not the client processes the message.", ref.Habits{Choosy: true}).without(spec.UnaskedMessages),
	}
}

// sendings lists variants that send messages in another way.
func sendings() []Variant {
	resend := "4.4 requires no resending on a connection that lives on, and forbids none."
	early := "3.1.4 lets a client send packets before the CONNACK."
	window := "4.6 recommends a bound to the messages in flight for the sake of their order."
	return []Variant{
		row("resends", "sends again after 1.5 seconds what is not acknowledged", resend, ref.Habits{ResendAfter: 1503 * time.Millisecond}),
		row("resends-slowly", "sends again after 20 seconds what is not acknowledged", resend, ref.Habits{ResendAfter: 20003 * time.Millisecond}),
		row("resends-before-connack", "sends again what is in flight right behind the CONNECT", early, ref.Habits{ResendsEarly: true}),
		row("hasty", "sends everything without waiting for the CONNACK", early, ref.Habits{Hasty: true}).without(spec.TellsSessionPresent).otherwise(),
		row("window-1", "has one message in flight at a time, and queues the others", window, ref.Habits{Window: 1}).without(spec.SeveralInFlight, spec.Pipelining),
		row("window-2", "has two messages in flight at a time, and queues the others", window, ref.Habits{Window: 2}),
		row("dallies", "sends CONNECT two seconds after it has opened the connection", "MQTT-3.1.0-1 asks that CONNECT come first, and sets no time.", ref.Habits{ConnectAfter: 2003 * time.Millisecond}),
		row("waits", "does not return from a publish before its acknowledgement", "The standard rules no API.", ref.Habits{Waits: true}).without(spec.SeveralInFlight, spec.Pipelining),
		row("anew", "publishes anew, DUP 0 and under a new identifier, what was unacknowledged in a clean session",
			"MQTT-3.1.2-6 forbids to use the old state; an application may publish what it likes.", ref.Habits{Anew: true}),
		row("reconnects-anew", "connects again by itself, and publishes anew what was unacknowledged in a clean session",
			"MQTT-3.1.2-6 forbids to use the old state; an application may publish what it likes.", ref.Habits{Reconnects: true, Anew: true}).auto(),
		row("keeps-qos-0", "keeps what is published at QoS 0 without a connection for the next one",
			"4.3.1 makes QoS 0 best effort, and sets no time for the one sending.", ref.Habits{KeepsQoS0: true}).otherwise(),
		row("reconnects-keeps-qos-0", "connects again by itself, and keeps what is published at QoS 0 meanwhile",
			"4.3.1 makes QoS 0 best effort, and sets no time for the one sending.", ref.Habits{Reconnects: true, KeepsQoS0: true}).auto(),
	}
}

// acknowledgements lists variants that acknowledge in another way.
func acknowledgements() []Variant {
	order := "4.3.2 and 4.3.3 let a receiver acknowledge before or after it passes the message on."
	noTime := "4.3.2 and 4.3.3 set no time for an acknowledgement."
	return []Variant{
		row("acks-first", "acknowledges before the callback", order, ref.Habits{AcksFirst: true}),
		row("acks-late", "acknowledges two seconds after the callback", noTime, ref.Habits{AckAfter: 2003 * time.Millisecond}),
		row("acks-after-8s", "acknowledges eight seconds after the callback", noTime, ref.Habits{AckAfter: 8003 * time.Millisecond}),
		row("acks-soon", "acknowledges 50 milliseconds after the callback", noTime, ref.Habits{AckAfter: 53 * time.Millisecond}),
		row("acks-batched", "collects acknowledgements for 300 milliseconds and writes them together", noTime, ref.Habits{AckBatch: 303 * time.Millisecond}),
		row("releases-late", "sends PUBREL two seconds after the PUBREC", "4.3.3 sets no time for a PUBREL.", ref.Habits{ReleaseAfter: 2003 * time.Millisecond}),
		row("completes-late", "sends PUBCOMP two seconds after the PUBREL", "4.3.3 sets no time for a PUBCOMP.", ref.Habits{CompleteAfter: 2003 * time.Millisecond}),
		row("delivers-released", "passes a message of QoS 2 on when its PUBREL has come", "4.3.3 has two methods, and lets a receiver choose.", ref.Habits{DeliversReleased: true}),
		row("acks-last", "acknowledges nothing while a message of its own is unacknowledged", noTime, ref.Habits{AcksLast: true}),
	}
}

// reconnects lists variants that connect again by themselves, each in its time.
func reconnects() []Variant {
	free := "4.2 and 4.4 leave it to the client whether and when it connects again."
	return []Variant{
		row("reconnects", "connects again by itself after a second", free, ref.Habits{Reconnects: true}).auto(),
		row("reconnects-at-once", "connects again by itself at once", free, ref.Habits{Reconnects: true, AtOnce: true}).auto(),
		row("reconnects-after-5s", "connects again by itself after five seconds", free, ref.Habits{Reconnects: true, ReconnectAfter: 5 * time.Second}).auto(),
		row("reconnects-after-90s", "connects again by itself after a minute and a half", free, ref.Habits{Reconnects: true, ReconnectAfter: 90 * time.Second}).auto(),
		row("reconnects-unless-refused", "connects again by itself, but not after a refusal with code 3", free, ref.Habits{Reconnects: true, GivesUp: true}).auto(),
		row("reconnects-slower", "connects again by itself, and doubles the wait up to two minutes", free, ref.Habits{Reconnects: true, Grows: true}).auto(),
		row("reconnects-when-gone", "connects again by itself, and subscribes again without session present", free,
			ref.Habits{Reconnects: true, ResubscribesWhenGone: true}).auto().with(spec.Resubscribe),
	}
}

// limits lists variants with small buffers, or that write in other pieces.
func limits() []Variant {
	stream := "4.2 asks for a stream of bytes below: pieces mean nothing."
	return []Variant{
		row("small-buffers", "closes the connection at packets above 1 KiB, and sends none",
			"4.8-may-1: a client may close for want of memory.", ref.Habits{MaxPacket: 1024}).without(spec.LargePackets),
		row("pieces", "writes each packet in three pieces", stream, ref.Habits{Pieces: 3}),
		row("merges", "collects packets for 20 milliseconds and writes them together", stream, ref.Habits{MergeFor: 20003 * time.Microsecond}),
		row("long-lengths", "writes the remaining length in four bytes", "2.2.3-may-1: the fewest bytes are not asked for.", ref.Habits{LongLengths: true}),
	}
}

// interfaces lists variants whose API tells something else, or later.
func interfaces() []Variant {
	const free = "The standard rules no API."
	return []Variant{
		row("reports-early", "reports a publish as done once it is queued", free, ref.Habits{ReportsEarly: true}).without(spec.ReportsOutcome).otherwise(),
		row("reports-late", "reports a publish as done a second later", free, ref.Habits{ReportAfter: 1003 * time.Millisecond}).otherwise(),
		row("reports-never", "reports nothing of a publish that it has taken", free, ref.Habits{ReportsNever: true}).without(spec.ReportsOutcome).otherwise(),
	}
}
