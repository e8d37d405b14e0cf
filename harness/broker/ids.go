package broker

import (
	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// idTranslation is the hook that keeps the packet identifiers of the client apart
// from those of the broker, whose own numbering starts at 1, by flipping the top
// bit of the client's while they are inside.
//
// Which packets carry an identifier of the client's choice is a matter of type
// and direction: from the client PUBLISH, PUBREL, SUBSCRIBE and UNSUBSCRIBE,
// from the broker the answers to these. PUBACK, PUBREC and PUBCOMP from the
// client, and PUBLISH and PUBREL from the broker, carry the broker's.
type idTranslation struct {
	mqtt.HookBase
}

// ID names the hook.
func (*idTranslation) ID() string { return "id-translation" }

// Provides lists the calls that the hook answers.
func (*idTranslation) Provides(call byte) bool {
	return call == mqtt.OnPacketRead || call == mqtt.OnPacketEncode
}

// OnPacketRead translates what the client sends. An identifier that should not
// be there, in a PUBLISH with QoS 0, does not occur: mochi does not decode it.
func (*idTranslation) OnPacketRead(_ *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	switch pk.FixedHeader.Type {
	case packets.Publish, packets.Pubrel, packets.Subscribe, packets.Unsubscribe:
		pk.PacketID = flip(pk.PacketID)
	}
	return pk, nil
}

// OnPacketEncode translates what is written to the client back, re-sent packets
// included.
func (*idTranslation) OnPacketEncode(_ *mqtt.Client, pk packets.Packet) packets.Packet {
	switch pk.FixedHeader.Type {
	case packets.Puback, packets.Pubrec, packets.Pubcomp, packets.Suback, packets.Unsuback:
		pk.PacketID = flip(pk.PacketID)
	}
	return pk
}

// flip is its own inverse. It leaves 0 alone, for mochi to refuse, and with it
// 32768, which must not become 0.
func flip(id uint16) uint16 {
	const top = 1 << 15
	if id == 0 || id == top {
		return id
	}
	return id ^ top
}
