package variant

import (
	"time"

	"umqtt/harness/spec"
	"umqtt/harness/subject/ref"
)

// row is a variant of the subject ref.
func row(name, does, allows string, h ref.Habits) Variant {
	return Variant{Name: "ref-" + name, Base: "ref", Does: does, Allows: allows, Habits: h}
}

// without is a variant that lacks features.
func (v Variant) without(features ...spec.Feature) Variant {
	v.Without = append(v.Without, features...)
	return v
}

// with is a variant that has more features.
func (v Variant) with(features ...spec.Feature) Variant {
	v.With = append(v.With, features...)
	return v
}

// Why a client may number its packets as it likes.
const anyID = "2.3.1 asks for a packet identifier that is not in use, and for no order."

// identifiers lists variants that name their packets or themselves in another way.
func identifiers() []Variant {
	return []Variant{
		row("random-ids", "draws packet identifiers at random", anyID, ref.Habits{RandomIDs: true}),
		row("ids-count-down", "counts packet identifiers down from 65535", anyID, ref.Habits{CountDown: true}),
		row("ids-by-kind", "counts the packet identifiers of PUBLISH, SUBSCRIBE and UNSUBSCRIBE apart", anyID, ref.Habits{IDsByKind: true}),
		row("ids-start-high", "begins with packet identifier 40000", anyID, ref.Habits{FirstID: 40000}),
		row("ids-wrap", "begins with packet identifier 65535, so that the second is 1", anyID, ref.Habits{FirstID: 65535}),
		row("client-id-suffix", "adds a suffix to the client identifier it is told",
			"3.1.3.1 has the client choose its identifier.", ref.Habits{Suffix: "-7f3a"}).without(spec.SetsClientID),
	}
}

// Why a client may send PINGREQ when it likes.
const anyPing = "3.1.2.10 lets a client send PINGREQ at any time, whatever the keep alive is."

// pings lists variants with another keep alive.
func pings() []Variant {
	ownKeepAlive := "3.1.2.10 leaves the value of the keep alive to the client."
	return []Variant{
		row("pings-at-half", "sends PINGREQ after half of the keep alive", anyPing, ref.Habits{PingHalf: true}),
		row("pings-every-second", "sends PINGREQ every second", anyPing, ref.Habits{PingEvery: 1007 * time.Millisecond}),
		row("pings-at-once", "sends PINGREQ right behind the CONNACK", anyPing, ref.Habits{PingAtOnce: true}),
		row("pings-behind-publish", "sends PINGREQ behind each PUBLISH", anyPing, ref.Habits{PingBehindPublish: true}),
		row("keep-alive-1s", "asks for a keep alive of one second at most", ownKeepAlive,
			ref.Habits{KeepAliveMax: time.Second}).without(spec.SetsKeepAlive),
		row("keep-alive-30s", "asks for a keep alive of 30 seconds at most", ownKeepAlive,
			ref.Habits{KeepAliveMax: 30 * time.Second}).without(spec.SetsKeepAlive),
		row("patient", "waits longer than most for a PINGRESP, 9 seconds",
			"3.1.2.10 asks for a reasonable time, and names none.", ref.Habits{Patience: 9 * time.Second}),
		row("impatient", "waits 900 ms for a PINGRESP",
			"3.1.2.10 asks for a reasonable time, and names none.", ref.Habits{Patience: 900 * time.Millisecond}),
	}
}
