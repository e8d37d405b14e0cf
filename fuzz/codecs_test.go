package fuzz

import (
	"fmt"
	"strings"
	"testing"

	"umqtt/harness/wire"

	"github.com/google/go-cmp/cmp"
)

// Three codecs read and write the same packets: the harness's, the client's, and that of mochi, the broker. Where
// two of them differ, one is wrong, or the difference has a reason that stands in a table below.
//
//   - Any frame: wire and mochi both refuse it, or read the same from it.
//   - What a caller hands the client: the client refuses it, or writes a packet that wire and mochi read as what was
//     handed over.
//
// What the client makes of the bytes that it gets is for FuzzClientReceive, which asks wire.
func FuzzCodecs(f *testing.F) {
	for _, input := range append(codecFrames(), orders...) {
		f.Add(input)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		checkCodecs(t, readMochi, input)
		checkEncoder(t, func(b []byte) []byte { return b }, input)
	})
}

// checkCodecs compares what wire and another codec read.
func checkCodecs(t finder, other func(frame []byte) (wire.Packet, error), frame []byte) {
	want, refused := wire.Decode(frame)
	got, err := other(frame)
	switch {
	case refused != nil && err != nil:
	case refused != nil:
		v := refused.(*wire.Violation)
		key := strings.TrimSpace(fmt.Sprintf("%v %s", v.Packet, v.ID))
		if lenient[key].why == "" && lenient[v.ID].why == "" {
			t.Errorf("% x: wire refuses it (%s: %v), and mochi does not: %v", frame, key, refused, got)
		}
	case err != nil:
		if strict[fmt.Sprintf("%v %v", want.Type(), err)].why == "" {
			t.Errorf("% x: wire reads %v, and mochi refuses it: %v", frame, want, err)
		}
	default:
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("% x (-wire +mochi):\n%s", frame, diff)
		}
	}
}

// codecFrames are frames that mochi reads, too: with a will message and a password that are not empty.
func codecFrames() [][]byte {
	full := &wire.Connect{
		ProtocolName: "MQTT", ProtocolLevel: 4, KeepAlive: 60, ClientID: "c1",
		Will:     &wire.Will{Topic: "w", Payload: []byte("gone"), QoS: 1, Retain: true},
		Username: new("user"), Password: []byte("secret"),
	}
	return append(frames(), full.Append(nil))
}

func TestCodecsFindPlanted(t *testing.T) {
	read := func(change func(wire.Packet)) func(finder, []byte) {
		return func(f finder, frame []byte) {
			checkCodecs(f, func(frame []byte) (wire.Packet, error) {
				p, err := readMochi(frame)
				if err == nil {
					change(p)
				}
				return p, err
			}, frame)
		}
	}
	write := func(tamper func([]byte) []byte) func(finder, []byte) {
		return func(f finder, input []byte) { checkEncoder(f, tamper, input) }
	}
	for name, plant := range map[string]struct {
		want   string
		seeds  [][]byte
		broken func(finder, []byte)
	}{
		"a will without its retain flag": {"-wire +mochi", codecFrames(), read(func(p wire.Packet) {
			if c, ok := p.(*wire.Connect); ok && c.Will != nil {
				c.Will.Retain = false
			}
		})},
		"an id with its bytes swapped": {"-wire +mochi", codecFrames(), read(func(p wire.Packet) {
			if a, ok := p.(*wire.Puback); ok {
				a.PacketID = a.PacketID<<8 | a.PacketID>>8
			}
		})},
		"a length of two bytes that is short": {"refuses what the client sends", orders, write(func(b []byte) []byte {
			if len(b) > 300 {
				b[1]--
			}
			return b
		})},
		"QoS 1 asked for as QoS 0": {"-handed over", orders, write(func(b []byte) []byte {
			if b[0] == 0x82 {
				b[len(b)-1] = 0
			}
			return b
		})},
	} {
		t.Run(name, func(t *testing.T) { hunt(t, plant.want, plant.seeds, 20_000, nil, plant.broken) })
	}
}
