package pcap_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"pgregory.net/rapid"

	"umqtt/harness/capture"
	"umqtt/harness/capture/pcap"
)

// written returns the file of a capture.
func written(t interface {
	Helper()
	Fatal(...any)
}, c *capture.Capture) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := pcap.Write(&b, c, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A capture comes back as it was: names, packets, sides, order and times.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := captures().Draw(t, "capture")
		res, err := pcap.Read("x.pcapng", bytes.NewReader(written(t, c)), pcap.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, res.Capture); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if len(res.Warnings)+len(res.Clients) > 0 {
			t.Fatalf("warnings %v, clients %v", res.Warnings, res.Clients)
		}
	})
}

// Every golden comes back to the byte.
func TestRoundTripGoldens(t *testing.T) {
	files, err := filepath.Glob("../../../golden/*/*/*.wire")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d goldens, error %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := capture.Parse(file, text)
		if err != nil {
			t.Fatal(err)
		}
		res, err := pcap.Read(file, bytes.NewReader(written(t, c)), pcap.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(text), string(capture.Format(res.Capture))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// example is a capture with all kinds of records.
func example() *capture.Capture {
	return &capture.Capture{Name: "qos1/puback-lost", Records: []capture.Record{
		{Kind: capture.Event, Text: "fault down", Time: time.Second},
		{Conn: 1, Kind: capture.Sent, Data: connectPacket("c1"), Time: 1500 * time.Millisecond},
		{Conn: 1, Kind: capture.Handed, Data: []byte{0x20, 2, 0, 0}, Time: 1501 * time.Millisecond},
		{Conn: 1, Kind: capture.Sent, Data: publishPacket("t", strings.Repeat("x", 2000)), Time: 1502*time.Millisecond + 345},
		{Conn: 1, Kind: capture.Event, Text: "fault cut rst", Time: 2 * time.Second},
		{Conn: 1, Kind: capture.Handed, Text: capture.RST, Time: 2 * time.Second},
		{Conn: 7, Kind: capture.Sent, Data: connectPacket("c1"), Time: 3 * time.Second},
		{Conn: 7, Kind: capture.Sent, Text: capture.FIN, Time: 3 * time.Second},
		{Conn: 7, Kind: capture.Handed, Text: capture.FIN, Time: capture.NoTime},
	}}
}

// TestWrite holds every frame of a file, as another reader sees it: flags, relative numbers, checksums, times
// and comments.
func TestWrite(t *testing.T) {
	var file bytes.Buffer
	if err := pcap.Write(&file, example(), map[int][]string{3: {"MQTT-4.4.0-1: a rule"}}); err != nil {
		t.Fatal(err)
	}
	r, err := pcapgo.NewNgReader(&file, pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.SectionInfo().Comment, "mqtt-capture 1\n# qos1/puback-lost\n"; got != want {
		t.Errorf("the section's comment is %q, want %q", got, want)
	}
	var got []string
	for {
		data, ci, options, err := r.ReadPacketDataWithOptions()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, frameText(t, data, ci, options))
	}
	want := []string{
		`1.000000 protocol 253 ["* fault down"]`,
		`1.500000 49152>1883 SYN seq=0 ["= conn 1"]`,
		`1.500000 1883>49152 SYN ACK seq=0 ack=1`,
		`1.500000 49152>1883 ACK seq=1 ack=1`,
		`1.500000 49152>1883 ACK PSH seq=1 ack=1 len=16`,
		`1.501000 1883>49152 ACK PSH seq=1 ack=17 len=4`,
		`1.502000345 49152>1883 ACK seq=17 ack=5 len=1460`,
		`1.502000345 49152>1883 ACK PSH seq=1477 ack=5 len=546 ["! MQTT-4.4.0-1: a rule"]`,
		`2.000000 49152>1883 ACK seq=2023 ack=5 ["* fault cut rst"]`,
		`2.000000 1883>49152 ACK RST seq=5 ack=2023`,
		`3.000000 49153>1883 SYN seq=0 ["= conn 7"]`,
		`3.000000 1883>49153 SYN ACK seq=0 ack=1`,
		`3.000000 49153>1883 ACK seq=1 ack=1`,
		`3.000000 49153>1883 ACK PSH seq=1 ack=1 len=16`,
		`3.000000 49153>1883 ACK FIN seq=17 ack=1`,
		`3.000000 1883>49153 ACK FIN seq=1 ack=18 ["-.---"]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// frameText describes a frame, and checks its checksums.
func frameText(t *testing.T, data []byte, ci gopacket.CaptureInfo, options pcapgo.NgPacketOptions) string {
	t.Helper()
	packet := gopacket.NewPacket(data, layers.LinkTypeRaw, gopacket.Default)
	if err := packet.ErrorLayer(); err != nil {
		t.Error(err.Error())
	}
	at := ci.Timestamp.Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))
	s := fmt.Sprintf("%d.%06d", at/time.Second, at%time.Second/1000)
	if ns := at % 1000; ns != 0 {
		s += fmt.Sprintf("%03d", ns)
	}
	ip := packet.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
	if err, sum := ip.VerifyChecksum(); err != nil || !sum.Valid {
		t.Errorf("IP checksum: %+v, error %v", sum, err)
	}
	if tcp, ok := packet.Layer(layers.LayerTypeTCP).(*layers.TCP); ok {
		tcp.SetNetworkLayerForChecksum(ip)
		if err, sum := tcp.VerifyChecksum(); err != nil || !sum.Valid {
			t.Errorf("TCP checksum: %+v, error %v", sum, err)
		}
		s += fmt.Sprintf(" %d>%d", tcp.SrcPort, tcp.DstPort)
		for _, f := range []struct {
			set  bool
			name string
		}{{tcp.SYN, "SYN"}, {tcp.ACK, "ACK"}, {tcp.PSH, "PSH"}, {tcp.FIN, "FIN"}, {tcp.RST, "RST"}} {
			if f.set {
				s += " " + f.name
			}
		}
		s += fmt.Sprintf(" seq=%d", tcp.Seq)
		if tcp.ACK {
			s += fmt.Sprintf(" ack=%d", tcp.Ack)
		}
		if len(tcp.Payload) > 0 {
			s += fmt.Sprintf(" len=%d", len(tcp.Payload))
		}
	} else {
		s += fmt.Sprintf(" protocol %d", ip.Protocol)
	}
	if len(options.Comments) > 0 {
		s += fmt.Sprintf(" %q", options.Comments)
	}
	return s
}

// failingWriter fails at each write.
type failingWriter struct{}

var errFull = errors.New("full")

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	one := func(r capture.Record) *capture.Capture { return &capture.Capture{Records: []capture.Record{r}} }
	var many capture.Capture
	for i := range 16385 {
		many.Records = append(many.Records, capture.Record{Conn: i + 1, Kind: capture.Sent, Text: capture.FIN})
	}
	for name, tt := range map[string]struct {
		c    *capture.Capture
		want error
	}{
		"too many connections": {&many, pcap.ErrTooLarge},
		"a long event":         {one(capture.Record{Kind: capture.Event, Text: strings.Repeat("x", 1<<16)}), pcap.ErrTooLarge},
		"a long name":          {&capture.Capture{Name: strings.Repeat("x", 1<<16)}, pcap.ErrTooLarge},
		"a late record":        {one(capture.Record{Kind: capture.Event, Text: "x", Time: 290 * 365 * 24 * time.Hour}), pcap.ErrTooLarge},
		"no kind":              {one(capture.Record{Conn: 1, Data: []byte{1}}), pcap.ErrRecord},
		"no end":               {one(capture.Record{Conn: 1, Kind: capture.Sent, Text: "x"}), pcap.ErrRecord},
		"an event with data":   {one(capture.Record{Conn: 1, Kind: capture.Event, Data: []byte{1}}), pcap.ErrRecord},
	} {
		err := pcap.Write(io.Discard, tt.c, nil)
		var e *pcap.Error
		if !errors.Is(err, tt.want) || !errors.As(err, &e) {
			t.Errorf("%s: error %v, want %v", name, err, tt.want)
		}
	}
	if err := pcap.Write(failingWriter{}, example(), nil); !errors.Is(err, errFull) {
		t.Errorf("error %v, want %v", err, errFull)
	}
}
