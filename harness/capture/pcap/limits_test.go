package pcap_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"umqtt/harness/capture"
	"umqtt/harness/capture/pcap"
)

// Files beyond a limit are refused.
func TestReadLimits(t *testing.T) {
	raw := media["raw"]
	const part = 60000
	var conns, slow, late []sent
	for i := range pcap.MaxConns + 1 {
		conns = append(conns, sent{from: fmt.Sprintf("10.0.%d.%d:1000", i>>8&0xff, i&0xff), to: fmt.Sprintf("10.0.0.2:%d", 1+i>>16), flags: "S"})
	}
	for i := range 300 { // each holds back a CONNECT
		t := dial(fmt.Sprintf("10.0.0.1:%d", 1000+i), server4)
		slow = append(slow, t.c(connectPacket("c1")[:2]).s(publishPacket("t", strings.Repeat("x", part))).all...)
		late = append(late, t.c(connectPacket("c1")[2:]).all...)
	}
	if res, err := read(raw.classic(t, late...)); err != nil || len(res.Warnings) > 0 {
		t.Errorf("one connection after another: error %v", err)
	}
	long := dial(client4, server4).c(connectPacket("c1"))
	long.c([]byte{0x30, 0xff, 0xff, 0xff, 0x7f})
	for range pcap.MaxBytes/part + 1 {
		long.c(make([]byte, part))
	}
	many := dial(client4, server4).c(connectPacket("c1"))
	for range pcap.MaxRecords/(part/2) + 1 {
		many.c(bytes.Repeat([]byte{0xc0, 0}, part/2))
	}
	for name, tt := range map[string]struct {
		all  []sent
		text string
	}{
		"connections": {conns, "more than 65536 connections"},
		"held":        {slow, "of connections without a CONNECT"},
		"bytes":       {long.all, "more than 67108864 bytes of MQTT"},
		"records":     {many.all, "more than 262144 records"},
	} {
		if _, err := read(raw.classic(t, tt.all...)); !errors.Is(err, pcap.ErrTooLarge) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: error %v, want %q", name, err, tt.text)
		}
	}
}

// zeros reads as n zero bytes.
type zeros int64

func (z *zeros) Read(p []byte) (int, error) {
	if *z <= 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), int64(*z))
	clear(p[:n])
	*z -= zeros(n)
	return int(n), nil
}

// A file of any length is read up to the limit, whether it is compressed or not, and what it announces is not
// allocated.
func TestReadMemory(t *testing.T) {
	block := func(kind, length uint32) io.Reader {
		return bytes.NewReader(append(bytes.Clone(section), words(kind, length)...))
	}
	classic := func(length uint32) io.Reader {
		head := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
		head = append(head, 2, 0, 4, 0)
		return bytes.NewReader(append(head, words(0, 0, 0xffffffff, 101, 0, 0, length, length)...))
	}
	zipped := func(r io.Reader) io.Reader {
		out, in := io.Pipe()
		go func() {
			z, _ := gzip.NewWriterLevel(in, gzip.BestSpeed)
			_, err := io.Copy(z, r)
			z.Close()
			in.CloseWithError(err)
		}()
		t.Cleanup(func() { out.Close() })
		return out
	}
	endless := func() io.Reader { z := zeros(pcap.MaxFile * 2); return &z }
	for name, tt := range map[string]struct {
		file io.Reader
		want error
	}{
		"an unknown block without end": {io.MultiReader(block(99, 0xfffffffc), endless()), pcap.ErrTooLarge},
		"a frame of 4 GB":              {io.MultiReader(block(6, 0xfffffffc), endless()), pcap.ErrTooLarge},
		"a pcap frame of 4 GB":         {io.MultiReader(classic(0xfffffff0), endless()), pcap.ErrMalformed},
		"a compressed frame of 4 GB":   {zipped(io.MultiReader(block(6, 0xfffffffc), endless())), pcap.ErrTooLarge},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := pcap.Read("x.pcapng", tt.file, pcap.Options{})
		runtime.ReadMemStats(&after)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", name, err, tt.want)
		}
		if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 24 {
			t.Errorf("%s: %d MB were allocated", name, n)
		}
	}
}

// A hole before a lot of data ends the connection and keeps little of it.
func TestReadHole(t *testing.T) {
	talk := dial(client4, server4).c(connectPacket("c1"))
	talk.seq[true] += 10
	for range 1000 {
		talk.c(make([]byte, 10000))
	}
	talk.s(connack)
	res := readAll(t, media["raw"].classic(t, talk.all...), pcap.Options{})
	if len(res.Capture.Records) != 2 || len(res.Warnings) != 1 || !errors.Is(res.Warnings[0], pcap.ErrLost) {
		t.Errorf("warnings %v, records %v", res.Warnings, res.Capture.Records)
	}
}

// Frames that are not read are told once for each kind.
func TestReadFragments(t *testing.T) {
	var files [][]byte
	for _, s := range hello(client4, server4).all {
		files = append(files, media["raw"].frame(t, s))
	}
	for _, i := range []int{4, 6} { // the CONNACK and half a PUBLISH
		ip := gopacket.NewPacket(files[i], layers.LinkTypeRaw, gopacket.Default).Layer(layers.LayerTypeIPv4).(*layers.IPv4)
		ip.Flags |= layers.IPv4MoreFragments
		b := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{ComputeChecksums: true}, ip, gopacket.Payload(ip.Payload)); err != nil {
			t.Fatal(err)
		}
		files[i] = b.Bytes()
	}
	res := readAll(t, frameFile(t, files), pcap.Options{})
	const told = "dir/x.pcapng: frame 5: a fragment of an IP packet, which is not read: also in frames behind it: 1"
	if len(res.Warnings) != 2 || res.Warnings[0].Error() != told || !errors.Is(res.Warnings[1], pcap.ErrLost) {
		t.Errorf("warnings %v", res.Warnings)
	}
	if r := res.Capture.Records; r[len(r)-1].Kind != capture.Event {
		t.Errorf("the last record is %v", r[len(r)-1])
	}
}
