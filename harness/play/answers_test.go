package play

import (
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// The script answers by itself behind its CONNACK and between its packets, and each packet once.
func TestAnswers(t *testing.T) {
	const connack, pingresp, suback = "20020000", "d000", "9003000900"
	ping, again := sent(1, &wire.Pingreq{}), []rec{sent(1, subscribe(8, "a")), sent(1, subscribe(9, "a"))}
	for _, tt := range []struct {
		name    string
		foreign bool
		peer    scenario.Peer
		steps   []scenario.Step
		wrote   []string // by the script, before and after
		records []rec
		then    []string
		want    []string // of what it sends by itself
		left    int      // that steps have to ask for
	}{
		{"a PINGREQ", true, scenario.Script, nil, []string{connack}, []rec{ping}, nil, []string{pingresp}, 0},
		{"of ours", false, scenario.Script, nil, []string{connack}, []rec{ping}, nil, nil, 1},
		{"where the broker answers", true, scenario.Broker, nil, []string{connack}, []rec{ping}, nil, nil, 0},
		{"one that the step expects", true, scenario.Script, expect("expect PINGREQ"), []string{connack}, []rec{ping}, nil, nil, 1},
		{"one that a later step expects", true, scenario.Script, expect("wait", "expect PINGREQ"), []string{connack}, []rec{ping}, nil, []string{pingresp}, 0},
		{"two", true, scenario.Script, nil, []string{connack}, []rec{ping, ping}, nil, []string{pingresp, pingresp}, 0},
		{"before the CONNACK", true, scenario.Script, nil, nil, []rec{ping, ping}, nil, nil, 0},
		{"behind the CONNACK", true, scenario.Script, nil, nil, []rec{ping, ping}, []string{connack}, []string{pingresp, pingresp}, 0},
		{"behind another packet, still before the CONNACK", true, scenario.Script, nil, nil, []rec{ping}, []string{"40020001"}, nil, 0},
		{"behind half a CONNACK", true, scenario.Script, nil, nil, []rec{ping}, []string{"2002"}, nil, 0},
		{"behind both halves", true, scenario.Script, nil, nil, []rec{ping}, []string{"2002", "0000"}, []string{pingresp}, 0},
		{"in the middle of a packet", true, scenario.Script, nil, []string{connack, "4002"}, []rec{ping}, nil, nil, 0},
		{"behind the rest of it", true, scenario.Script, nil, []string{connack, "4002"}, []rec{ping}, []string{"0001"}, []string{pingresp}, 0},
		{"behind the rest of it, and the beginning of the next", true, scenario.Script, nil, []string{connack, "4002"}, []rec{ping}, []string{"000140"}, nil, 0},
		{"behind two packets at once", true, scenario.Script, nil, []string{connack + "40020001"}, []rec{ping}, nil, []string{pingresp}, 0},
		{"behind what is no packet", true, scenario.Script, nil, []string{connack, "30ffffffffff"}, []rec{ping}, nil, []string{pingresp}, 0},
		{"a SUBSCRIBE", true, scenario.Script, nil, []string{connack}, again[:1], nil, nil, 1},
		{"a SUBSCRIBE again", true, scenario.Script, nil, []string{connack}, again, nil, []string{suback}, 1},
		{"a SUBSCRIBE again, of ours", false, scenario.Script, nil, []string{connack}, again, nil, nil, 2},
		{"a SUBSCRIBE again, where the broker answers", true, scenario.Broker, nil, []string{connack}, again, nil, nil, 2},
		{"a SUBSCRIBE again that a step expects", true, scenario.Script, expect("wait", "expect SUBSCRIBE"), []string{connack}, again, nil, nil, 2},
		{"a malformed packet", true, scenario.Script, nil, []string{connack}, []rec{sent(1, subscribe(9))}, nil, nil, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, link := saw(tt.foreign, &scenario.Scenario{Peer: tt.peer, Steps: tt.steps})
			p.wrote(1, []byte{0}) // on a connection of which nothing is known
			p.conns[1] = newConnState()
			write := func(hexes []string) {
				for _, x := range hexes {
					b, err := hex.DecodeString(x)
					if err != nil {
						t.Fatal(err)
					}
					p.wrote(1, b)
				}
			}
			write(tt.wrote)
			for _, x := range tt.records {
				p.w.Recorder.Bytes(x.conn, x.kind, x.packet.Append(nil))
				for _, r := range p.w.Recorder.Since(p.seen) {
					p.seen++
					p.pullRecord(r)
				}
			}
			write(tt.then)
			if diff := cmp.Diff(tt.want, link.sent); diff != "" {
				t.Errorf("it sent (-want +got):\n%s", diff)
			}
			if len(p.sent) != tt.left {
				t.Errorf("%d packets are left for the steps, want %d", len(p.sent), tt.left)
			}
		})
	}
}
