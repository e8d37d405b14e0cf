package pcap_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"umqtt/harness/capture/pcap"
)

// A hole is told, and the connection is followed up to it.
func TestReadLoss(t *testing.T) {
	all := hello(client4, server4).all
	without := func(i int) []sent { return slices.Delete(slices.Clone(all), i, i+1) }
	cut := func(i, keep int) []sent {
		c := slices.Clone(all)
		c[i].keep = 14 + 20 + 20 + keep
		return c
	}
	const where = "10.0.0.1:40000 > 10.0.0.2:1884: bytes are missing: "
	for name, tt := range map[string]struct {
		all           []sent
		packets       int
		tail, warning string
	}{
		"a dropped frame": {
			without(5), 2, "   2.006 * lost > 10 bytes before frame 6; the connection is followed no further\n",
			"frame 6: " + where + "10 bytes before frame 6",
		},
		"a dropped frame before the end": {
			without(6), 3, "   2.008 * lost > those before the FIN in frame 7; the connection is followed no further\n",
			"frame 7: " + where + "those before the FIN in frame 7",
		},
		"a dropped frame of the server": {
			without(4), 3, "   2.008 * lost < those before the FIN in frame 8; the connection is followed no further\n",
			"frame 8: " + where + "those before the FIN in frame 8",
		},
		"a frame cut within a packet": {
			cut(5, 8), 3, "   2.005 * lost > 2 bytes, for frame 6 is cut to 62 of 64 bytes; the connection is followed no further\n",
			"frame 7: " + where + "2 bytes, for frame 6 is cut to 62 of 64 bytes",
		},
	} {
		res := readAll(t, media["ethernet"].ng(t, tt.all...), pcap.Options{})
		got := plain(res.Capture)
		if !strings.HasSuffix(got, tt.tail) {
			t.Errorf("%s: want at the end %s, got\n%s", name, tt.tail, got)
		}
		if n := strings.Count(got, " level=4 ") + strings.Count(got, "CONNACK") + strings.Count(got, "PUBLISH"); n != tt.packets {
			t.Errorf("%s: %d packets, want %d, in\n%s", name, n, tt.packets, got)
		}
		if warnings := fmt.Sprint(res.Warnings); warnings != "[dir/x.pcapng: "+tt.warning+"]" {
			t.Errorf("%s: warnings %s", name, warnings)
		}
	}
}

// A FIN behind missing bytes is not the end that the capture shows.
func TestReadCutEnd(t *testing.T) {
	all := dial(client4, server4).c(connectPacket("c1")).s(connack).send(true, "FA", publishPacket("t", "hi")).all
	all[5].keep = 40 + 3
	res := readAll(t, media["raw"].ng(t, all...), pcap.Options{})
	if got := plain(res.Capture); strings.Contains(got, "FIN") || strings.Count(got, "lost >") != 1 {
		t.Errorf("got\n%s", got)
	}
}

// A cut frame whose payload is whole has lost nothing, such as one without its padding.
func TestReadCutPadding(t *testing.T) {
	all := hello(client4, server4).all
	all[2].keep = 14 + 20 + 20 // of 60
	if n := len(media["ethernet"].frame(t, all[2])); n != 60 {
		t.Fatalf("a frame of %d bytes has no padding", n)
	}
	if res := readAll(t, media["ethernet"].ng(t, all...), pcap.Options{}); len(res.Warnings) > 0 {
		t.Errorf("warnings %v", res.Warnings)
	}
	all = hello(client6, server6).all
	all[3].keep = 14 + 40 + 20 + 15 // the last byte of the CONNECT is missing
	res, err := read(media["ethernet"].ng(t, all...))
	if res != nil || fmt.Sprint(err) != "x.pcapng: frame 5: [fd00::1]:40000 > [fd00::2]:1883: bytes are missing: 1 bytes, for frame 4 is cut to 89 of 90 bytes" {
		t.Errorf("result %v, error %v", res, err)
	}
}
