package pcap_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"umqtt/harness/capture"
	"umqtt/harness/capture/pcap"
)

// foreign returns a written file as tcpdump would have written it: as pcap, without any comment.
func foreign(t *testing.T, file []byte) []byte {
	t.Helper()
	r, err := pcapgo.NewNgReader(bytes.NewReader(file), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := pcapgo.NewWriterNanos(&b)
	if err := w.WriteFileHeader(1<<16, layers.LinkTypeRaw); err != nil {
		t.Fatal(err)
	}
	for {
		data, info, err := r.ReadPacketData()
		if err == io.EOF {
			return b.Bytes()
		}
		if err == nil {
			err = w.WritePacket(info, data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// What was written reads like other traffic where its comments are gone: without the events, with connections
// numbered anew and the time from the first of them.
func TestReadExportedTraffic(t *testing.T) {
	files, err := filepath.Glob("../../../golden/*/*/*.wire")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := capture.Parse(file, text)
		if err != nil {
			t.Fatal(err)
		}
		want := traffic(c)
		if want == nil {
			continue
		}
		compared++
		res, err := pcap.Read(file, bytes.NewReader(foreign(t, written(t, c))), pcap.Options{})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		res.Capture.Name = ""
		if diff := cmp.Diff(plain(want), plain(res.Capture)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
	if compared < 100 {
		t.Errorf("%d files were compared", compared)
	}
}

// traffic returns what a capture of a network shows of c, nil when it has none, when not all of its
// connections begin with CONNECT, or when their bytes are not all MQTT.
func traffic(c *capture.Capture) *capture.Capture {
	all := &capture.Capture{Measured: true}
	numbers := make(map[int]int)
	var origin time.Duration
	for i, r := range c.Records {
		if r.Kind == capture.Event && r.Conn == 0 {
			continue
		}
		if numbers[r.Conn] == 0 {
			numbers[r.Conn] = len(numbers) + 1
			if len(numbers) == 1 {
				origin = r.Time
			}
			first := slices.IndexFunc(c.Records[i:], func(s capture.Record) bool { return s.Conn == r.Conn && s.Kind == capture.Sent })
			if first < 0 || !strings.Contains(c.Records[i+first].String(), "CONNECT level=4") {
				return nil
			}
		}
		if strings.Contains(r.String(), "raw ") {
			return nil
		}
		if r.Kind == capture.Event {
			continue
		}
		r.Conn, r.Time = numbers[r.Conn], (r.Time - origin).Truncate(time.Microsecond)
		all.Records = append(all.Records, r)
	}
	if all.Records == nil {
		return nil
	}
	return all
}
