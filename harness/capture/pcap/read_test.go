package pcap_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"umqtt/harness/capture"
	"umqtt/harness/capture/pcap"
)

const (
	client4, server4 = "10.0.0.1:40000", "10.0.0.2:1884"
	client6, server6 = "[fd00::1]:40000", "[fd00::2]:1883"
)

// hello is a short conversation.
func hello(client, server string) *talk {
	return dial(client, server).c(connectPacket("c1")).s(connack).wait(2*time.Second).c(publishPacket("t", "hi"), publishPacket("t", "ho")[:3]).
		c(publishPacket("t", "ho")[3:]).send(true, "FA", nil).send(false, "FA", nil)
}

// helloText is what is read of it.
const helloText = `mqtt-capture 1
# x
# measured times
= conn 1
   0.003 > CONNECT level=4 clean=1 keepalive=0 id="c1"
   0.004 < CONNACK sp=0 code=0
   2.005 > PUBLISH qos=0 dup=0 retain=0 topic="t" payload="hi"
   2.006 > PUBLISH qos=0 dup=0 retain=0 topic="t" payload="ho"
   2.007 > FIN
   2.008 < FIN
`

// plain returns a capture in the .wire format without its hex.
func plain(c *capture.Capture) string {
	var b strings.Builder
	for line := range strings.Lines(string(capture.Format(c))) {
		if !strings.HasPrefix(line, "\t") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// readAll reads a file that holds MQTT connections.
func readAll(t *testing.T, file []byte, o pcap.Options) *pcap.Result {
	t.Helper()
	res, err := pcap.Read("dir/x.pcapng", bytes.NewReader(file), o)
	if err != nil {
		t.Fatal(err)
	}
	back, err := capture.Parse("x.wire", capture.Format(res.Capture))
	if err != nil {
		t.Fatalf("the capture cannot be written: %v", err)
	}
	if diff := cmp.Diff(res.Capture, back); diff != "" {
		t.Fatalf("the capture changes when it is written (-want +got):\n%s", diff)
	}
	return res
}

// Each kind of file, frame and address reads alike.
func TestReadMedia(t *testing.T) {
	for name, m := range media {
		for _, ends := range [][2]string{{client4, server4}, {client6, server6}} {
			all := hello(ends[0], ends[1]).all
			var zipped bytes.Buffer
			z := gzip.NewWriter(&zipped)
			z.Write(m.classic(t, all...))
			z.Close()
			for kind, file := range map[string][]byte{"pcap": m.classic(t, all...), "pcapng": m.ng(t, all...), "pcap.gz": zipped.Bytes()} {
				if !pcap.Is(file[:4]) {
					t.Errorf("%s is no %s", kind, name)
				}
				res := readAll(t, file, pcap.Options{})
				if diff := cmp.Diff(helloText, plain(res.Capture)); diff != "" {
					t.Errorf("%s, %s, %s (-want +got):\n%s", name, kind, ends, diff)
				}
				if len(res.Warnings) > 0 {
					t.Errorf("%s, %s: warnings %v", name, kind, res.Warnings)
				}
				if got, want := fmt.Sprint(res.Clients), fmt.Sprintf("[%q at %s]", "c1", strings.Trim(ends[0][:len(ends[0])-6], "[]")); got != want {
					t.Errorf("clients %s, want %s", got, want)
				}
			}
		}
	}
	if pcap.Is([]byte("mqtt")) || pcap.Is([]byte{0x0a}) {
		t.Error("a .wire file is taken for pcap")
	}
}

// wirePackets returns the packets of each direction.
func wirePackets(c *capture.Capture) map[capture.Stream][]string {
	all := make(map[capture.Stream][]string)
	for _, r := range c.Records {
		if len(r.Data) > 0 {
			s := capture.Stream{Conn: r.Conn, Kind: r.Kind}
			all[s] = append(all[s], string(r.Data))
		}
	}
	return all
}

// Segments that are cut elsewhere, repeated, overlapping and out of order make the same packets.
func TestReadReordered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		want := make(map[capture.Stream][]string)
		var all []sent
		for conn := range rapid.IntRange(1, 3).Draw(t, "conns") {
			talk := dial(fmt.Sprintf("10.0.0.1:%d", 40000+conn), server4)
			talk.c(connectPacket("c1")).s(connack)
			handshake := len(talk.all)
			sent, handed := capture.Stream{Conn: conn + 1, Kind: capture.Sent}, capture.Stream{Conn: conn + 1, Kind: capture.Handed}
			want[sent], want[handed] = []string{string(connectPacket("c1"))}, []string{string(connack)}
			for range rapid.IntRange(1, 8).Draw(t, "packets") {
				up, payload := rnd.IntN(2) == 0, strings.Repeat("x", rnd.IntN(60))
				p := publishPacket("t", payload)
				s := sent
				if !up {
					s = handed
				}
				want[s] = append(want[s], string(p))
				for len(p) > 0 {
					n := 1 + rnd.IntN(len(p))
					talk.send(up, "A", p[:n])
					p = p[n:]
				}
			}
			rest := talk.all[handshake:]
			for _, s := range slices.Clone(rest) {
				if rnd.IntN(3) == 0 {
					rest = append(rest, s) // again
				}
				if k := rnd.IntN(len(s.data)); rnd.IntN(3) == 0 {
					s.seq, s.data = s.seq+uint32(k), s.data[k:]
					rest = append(rest, s) // a part of it
				}
			}
			rnd.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
			all = append(all, talk.all[:handshake]...)
			all = append(all, rest...)
		}
		file := media["ethernet"].ng(&quiet{TB: nil, fail: t.Fatal}, all...)
		res, err := pcap.Read("x.pcapng", bytes.NewReader(file), pcap.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, wirePackets(res.Capture)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if len(res.Warnings) > 0 {
			t.Fatalf("warnings %v", res.Warnings)
		}
	})
}

// A quiet is a testing.TB for helpers within rapid.
type quiet struct {
	testing.TB
	fail func(...any)
}

func (q *quiet) Helper()           {}
func (q *quiet) Fatal(args ...any) { q.fail(args...) }

// Two clients, a connection after another between the same ends, a refused one, and one that is not MQTT.
func TestReadConnections(t *testing.T) {
	first := dial(client4, server4).c(connectPacket("c1")).s(connack).send(true, "RA", nil)
	refused := &talk{client: "10.0.0.1:40001", server: server4, at: 100 * time.Millisecond, seq: map[bool]uint32{}}
	refused.send(true, "S", nil).send(false, "RA", nil)
	again := dial(client4, server4)
	for i := range again.all {
		again.all[i].seq += 5000
		again.all[i].at += 200 * time.Millisecond
	}
	again.seq[true] += 5000
	again.seq[false] += 5000
	again.wait(200 * time.Millisecond).c(connectPacket("c1")).s(connack)
	other := dial("10.0.0.9:5000", server4).c(connectPacket("c2"))
	web := dial("10.0.0.9:5001", "10.0.0.2:80").c([]byte("GET / HTTP/1.1\r\n\r\n"))
	newer := dial("10.0.0.9:5002", server4).c([]byte{0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 0, 0, 0})
	all := slices.Concat(first.all, refused.all, again.all, other.all, web.all, newer.all)
	slices.SortStableFunc(all, func(a, b sent) int { return int(a.at - b.at) })
	file := media["ethernet"].ng(t, all...)

	one, two, none := "c1", "10.0.0.9", "c3"
	res := readAll(t, file, pcap.Options{Client: &one})
	want := `mqtt-capture 1
# x
# measured times
= conn 1
   0.003 > CONNECT level=4 clean=1 keepalive=0 id="c1"
   0.004 < CONNACK sp=0 code=0
   0.005 > RST
= conn 0
   0.100 * fault refuse
= conn 2
   0.203 > CONNECT level=4 clean=1 keepalive=0 id="c1"
   0.204 < CONNACK sp=0 code=0
`
	if diff := cmp.Diff(want, plain(res.Capture)); diff != "" {
		t.Errorf("c1 (-want +got):\n%s", diff)
	}
	res = readAll(t, file, pcap.Options{Client: &two})
	if got := plain(res.Capture); strings.Count(got, "= conn") != 1 || !strings.Contains(got, `id="c2"`) {
		t.Errorf("%s:\n%s", two, got)
	}
	res = readAll(t, file, pcap.Options{})
	if got := fmt.Sprint(res.Clients); got != `["c1" at 10.0.0.1 "c2" at 10.0.0.9]` {
		t.Errorf("clients %s", got)
	}
	if got := fmt.Sprint(res.Warnings); got != `[dir/x.pcapng: frame 16: 10.0.0.9:5002 > 10.0.0.2:1884: not MQTT 3.1.1: the client connects with MQTT 5]` {
		t.Errorf("warnings %s", got)
	}
	_, err := pcap.Read("x.pcapng", bytes.NewReader(file), pcap.Options{Client: &none})
	if got, want := fmt.Sprint(err), `x.pcapng: no such client: "c3"; the clients are "c1" at 10.0.0.1, "c2" at 10.0.0.9`; got != want {
		t.Errorf("error %s, want %s", got, want)
	}
}

// A SYN that comes again late begins no connection.
func TestReadLateSYN(t *testing.T) {
	all := hello(client4, server4).all
	late := slices.Concat(all[:5], all[:1], all[5:])
	res := readAll(t, media["raw"].classic(t, late...), pcap.Options{})
	if diff := cmp.Diff(helloText, plain(res.Capture)); diff != "" || len(res.Warnings) > 0 {
		t.Errorf("warnings %v (-want +got):\n%s", res.Warnings, diff)
	}
}

// Times are to the microsecond, and those that go backwards are those of the frame before.
func TestReadTimes(t *testing.T) {
	all := hello(client4, server4).all[:6]
	all[3].at += 1500 * time.Nanosecond
	all[4].at = time.Millisecond
	all[5].at = 9876 * time.Millisecond
	want := []time.Duration{3*time.Millisecond + time.Microsecond, 3*time.Millisecond + time.Microsecond, 9876 * time.Millisecond}
	var got []time.Duration
	for _, r := range readAll(t, media["raw"].classic(t, all...), pcap.Options{}).Capture.Records[:3] {
		got = append(got, r.Time)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Frames without a time make records without one.
func TestReadSimpleFrames(t *testing.T) {
	file := slices.Clone(section)
	for _, s := range hello(client4, server4).all {
		b := media["raw"].frame(t, s)
		length := uint32(16 + (len(b)+3)&^3)
		file = append(file, words(3, length, uint32(len(b)))...)
		file = append(file, append(b, make([]byte, -len(b)&3)...)...)
		file = append(file, words(length)...)
	}
	res := readAll(t, file, pcap.Options{})
	if len(res.Capture.Records) != 6 || len(res.Warnings) > 0 {
		t.Errorf("warnings %v, records %v", res.Warnings, res.Capture.Records)
	}
	for _, r := range res.Capture.Records {
		if r.Time != capture.NoTime {
			t.Errorf("%v has a time", r)
		}
	}
}

// A capture that began after the SYN is read, and one whose server speaks first.
func TestReadWithoutHandshake(t *testing.T) {
	all := hello(client4, server4).all
	if got := plain(readAll(t, media["raw"].classic(t, all[3:]...), pcap.Options{}).Capture); !strings.Contains(got, "> CONNECT") || strings.Contains(got, "*") {
		t.Errorf("got\n%s", got)
	}
	early := dial(client4, server4).s(connack).c(connectPacket("c1"))
	got := plain(readAll(t, media["raw"].classic(t, early.all...), pcap.Options{}).Capture)
	if !strings.Contains(got, "= conn 1\n   0.003 < CONNACK sp=0 code=0\n   0.004 > CONNECT") {
		t.Errorf("got\n%s", got)
	}
}
