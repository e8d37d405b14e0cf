package pcap_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/gopacket/gopacket/layers"

	"umqtt/harness/capture"
	"umqtt/harness/capture/pcap"
)

func read(file []byte) (*pcap.Result, error) {
	return pcap.Read("x.pcapng", bytes.NewReader(file), pcap.Options{})
}

// words returns 32-bit numbers in little-endian order.
func words(w ...uint32) []byte {
	var b []byte
	for _, v := range w {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// section is the head of a pcapng file with one interface for raw IP.
var section = words(0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28, 1, 20, 101, 0, 20)

// Each kind of bad file has its error, with the frame where it is.
func TestReadErrors(t *testing.T) {
	raw := media["raw"]
	talking := func(data ...[]byte) []byte { return raw.ng(t, dial(client4, server4).c(data...).all...) }
	whole := raw.ng(t, hello(client4, server4).all...)
	classic := raw.classic(t, hello(client4, server4).all...)
	own := written(t, example())
	changed := func(file []byte, old, new string) []byte {
		if !bytes.Contains(file, []byte(old)) || len(old) != len(new) {
			t.Fatalf("no %q", old)
		}
		return bytes.ReplaceAll(file, []byte(old), []byte(new))
	}
	radio := raw
	radio.link = layers.LinkTypeIEEE802_11
	middle := hello(client4, server4).all
	heads := hello(client4, server4).all
	for i := range heads {
		heads[i].keep = 30
	}
	for name, tt := range map[string]struct {
		file  []byte
		want  error
		frame int
		text  string
	}{
		"empty":                     {nil, pcap.ErrTruncated, 0, "x.pcapng: the file is truncated: it ends within its header"},
		"short":                     {[]byte{0x0a, 0x0d}, pcap.ErrTruncated, 0, ""},
		"text":                      {[]byte("mqtt-capture 1\n"), pcap.ErrFormat, 0, "it begins with 6d 71 74 74"},
		"gzip of nothing":           {[]byte{0x1f, 0x8b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, pcap.ErrMalformed, 0, ""},
		"a short head":              {whole[:20], pcap.ErrTruncated, 0, ""},
		"a short pcap head":         {classic[:20], pcap.ErrTruncated, 0, ""},
		"no frames":                 {section, pcap.ErrNoTCP, 0, "0 frames"},
		"a frame cut short":         {whole[:len(whole)-30], pcap.ErrTruncated, 9, "frame 9: the file is truncated"},
		"a pcap frame cut short":    {classic[:len(classic)-3], pcap.ErrTruncated, 9, "frame 9: the file is truncated"},
		"a pcap frame of its head":  {classic[:24+16], pcap.ErrTruncated, 1, ""},
		"a pcap frame of 4 GB":      {append(classic[:24:24], words(0, 0, 0xfffffff0, 0xfffffff0)...), pcap.ErrMalformed, 1, ""},
		"no byte order":             {words(0x0a0d0d0a, 28, 0, 1, 0, 0, 28), pcap.ErrMalformed, 0, "no byte order"},
		"another version":           {words(0x0a0d0d0a, 28, 0x1a2b3c4d, 9, 0, 0, 28), pcap.ErrMalformed, 0, "ersion"},
		"a block of 8 bytes":        {append(section[:48:48], words(6, 8)...), pcap.ErrMalformed, 0, "a block of 8 bytes"},
		"a block of 4 GB":           {append(section[:48:48], words(6, 0xfffffffc)...), pcap.ErrTooLarge, 1, "a block of 4294967292 bytes"},
		"an unknown block of 4 GB":  {append(section[:48:48], words(99, 0xfffffffc)...), pcap.ErrTruncated, 0, ""},
		"two lengths":               {append(section[:48:48], words(6, 32, 0, 0, 0, 0, 0, 36)...), pcap.ErrMalformed, 1, "32 bytes by its head and 36 by its end"},
		"a frame beyond its block":  {append(section[:48:48], words(6, 32, 0, 0, 0, 8, 8, 32)...), pcap.ErrMalformed, 1, "a frame of 8 bytes in a block with room for 0"},
		"more than the whole":       {append(section[:48:48], words(6, 36, 0, 0, 0, 4, 3, 0, 36)...), pcap.ErrMalformed, 1, "4 bytes of a frame of 3"},
		"an option beyond it":       {append(section[:48:48], words(6, 36, 0, 0, 0, 0, 0, 8<<16|1, 36)...), pcap.ErrMalformed, 1, "an option of 8 bytes"},
		"no such interface":         {append(section[:48:48], words(6, 32, 7, 0, 0, 0, 0, 32)...), pcap.ErrMalformed, 1, "nterface"},
		"a simple frame too early":  {append(section[:28:28], words(3, 16, 0, 16)...), pcap.ErrMalformed, 1, "before any interface"},
		"an unknown link type":      {radio.ng(t, hello(client4, server4).all...), pcap.ErrLink, 1, "link type 105"},
		"MQTT 5":                    {talking([]byte{0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 0, 0, 0}), pcap.ErrVersion, 4, "x.pcapng: frame 4: 10.0.0.1:40000 > 10.0.0.2:1884: not MQTT 3.1.1: the client connects with MQTT 5"},
		"SSH and MQTT 5":            {raw.ng(t, slices.Concat(dial("10.0.0.1:1", server4).c([]byte("SSH-2.0-x")).all, dial(client4, server4).c([]byte{0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 5}).all)...), pcap.ErrVersion, 8, "MQTT 5"},
		"frames cut in their heads": {raw.ng(t, heads...), pcap.ErrLost, 1, "the frame is cut to 30 of 40 bytes, in its headers; also in frames behind it: 8"},
		"MQTT 3.1":                  {talking([]byte{0x10, 14, 0, 6, 'M', 'Q', 'I', 's', 'd', 'p', 3, 2, 0, 0, 0, 0}), pcap.ErrVersion, 4, "MQTT 3.1"},
		"TLS":                       {talking([]byte{0x16, 3, 1, 0, 200}), pcap.ErrTLS, 4, "TLS"},
		"TLS without its SYN":       {raw.ng(t, dial(client4, server4).c([]byte{0x16, 3, 1, 0, 200}).all[3:]...), pcap.ErrTLS, 1, ""},
		"HTTP":                      {talking([]byte("GE"), []byte("T /mqtt HTTP/1.1\r\n")), pcap.ErrNotMQTT, 4, "MQTT over WebSocket"},
		"another protocol":          {talking([]byte("SSH-2.0-x")), pcap.ErrNotMQTT, 4, "it begins with 53 53 48"},
		"another name":              {talking([]byte{0x10, 12, 0, 4, 'M', 'Q', 'T', 'X', 4, 2, 0, 0, 0, 0}), pcap.ErrNotMQTT, 4, `"MQTX"`},
		"CONNECT of the server":     {raw.ng(t, dial(client4, server4).s(connectPacket("c1")).c([]byte("SSH-2.0-x")).all...), pcap.ErrNotMQTT, 5, "it begins with 53 53 48"},
		"another long name":         {talking([]byte{0x10, 12, 1, 4, 'M', 'Q', 'T', 'X', 4, 2, 0, 0, 0, 0}), pcap.ErrNotMQTT, 4, ""},
		"a length of five bytes":    {talking([]byte{0x10, 0x80, 0x80, 0x80, 0x80, 1}), pcap.ErrNotMQTT, 4, "more than four bytes"},
		"no CONNECT in the middle":  {raw.ng(t, middle[5:]...), pcap.ErrNoConnect, 1, "the file does not hold the beginning"},
		"half a CONNECT":            {talking(connectPacket("c1")[:5]), pcap.ErrNoConnect, 1, "before a CONNECT is whole"},
		"nothing sent":              {raw.ng(t, dial(client4, server4).all...), pcap.ErrNoConnect, 1, "it carries no bytes"},
		"a server that talks":       {raw.ng(t, dial(client4, server4).s(make([]byte, 1<<15)).s(make([]byte, 1<<15)).s(connack).all...), pcap.ErrNoConnect, 1, "none in the first 65536 bytes"},

		"an export with bad event":   {changed(own, "* fault down", "* \"ault down"), pcap.ErrMalformed, 1, "a comment that is no event"},
		"an export without numbers":  {changed(own, "= conn 7", "- conn 7"), pcap.ErrMalformed, 11, "a connection without its beginning"},
		"an export with bad number":  {changed(own, "= conn 7", "= conn x"), pcap.ErrMalformed, 11, `"x" is no number`},
		"an export without an event": {changed(own, "* fault down", "- fault down"), pcap.ErrMalformed, 1, "a frame without an event"},
	} {
		res, err := read(tt.file)
		var e *pcap.Error
		if !errors.Is(err, tt.want) || !errors.As(err, &e) || res != nil {
			t.Errorf("%s: error %v, want %v", name, err, tt.want)
			continue
		}
		if e.Frame != tt.frame || e.File != "x.pcapng" || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: frame %d, want %d; %v; want %q", name, e.Frame, tt.frame, err, tt.text)
		}
	}
}

// An export that lacks a frame is told, wherever another frame shows that it is missing.
func TestReadChangedExport(t *testing.T) {
	own := written(t, example())
	at := blocks(own)
	if len(at) != 16 {
		t.Fatalf("%d frames", len(at))
	}
	for i, from := range at {
		to := len(own)
		if i+1 < len(at) {
			to = at[i+1]
		}
		res, err := read(slices.Delete(slices.Clone(own), from, to))
		switch n := i + 1; n {
		case 1, 9, 10, 16, 4, 13: // an event, an end, the last part of a handshake: nothing else shows that it is missing
			if err != nil {
				t.Errorf("without frame %d: %v", n, err)
			}
		default:
			if err == nil {
				t.Errorf("without frame %d: no error, %d records", n, len(res.Capture.Records))
			}
		}
	}
}

// A packet is missed although the peer has said nothing since.
func TestReadChangedOneWay(t *testing.T) {
	ping := capture.Record{Conn: 1, Kind: capture.Sent, Data: []byte{0xc0, 0}}
	own := written(t, &capture.Capture{Records: []capture.Record{ping, ping}})
	at := blocks(own)
	res, err := read(slices.Delete(own, at[3], at[4]))
	if !errors.Is(err, pcap.ErrMalformed) || !strings.Contains(err.Error(), "connection 1 lacks frames before this one") {
		t.Errorf("result %v, error %v", res, err)
	}
}

// A time that goes backwards is told, and one before the first.
func TestReadChangedTimes(t *testing.T) {
	epoch := uint64(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano())
	for at, text := range map[uint64]string{epoch: "before that of an earlier record", epoch - 1: "before that of its first record"} {
		own := written(t, example())
		b := own[blocks(own)[14]:]
		binary.LittleEndian.PutUint32(b[12:], uint32(at>>32))
		binary.LittleEndian.PutUint32(b[16:], uint32(at))
		res, err := read(own)
		if !errors.Is(err, pcap.ErrMalformed) || !strings.Contains(err.Error(), "frame 15: ") || !strings.Contains(err.Error(), text) {
			t.Errorf("result %v, error %v, want %q", res, err, text)
		}
	}
}

// blocks returns the offsets of the frames of a pcapng file.
func blocks(file []byte) []int {
	var all []int
	for at := 0; at < len(file); at += int(binary.LittleEndian.Uint32(file[at+4:])) {
		if binary.LittleEndian.Uint32(file[at:]) == 6 {
			all = append(all, at)
		}
	}
	return all
}

// An error of the file system is passed on.
func TestReadSystemError(t *testing.T) {
	broken := errors.New("broken disk")
	whole := media["raw"].ng(t, hello(client4, server4).all...)
	for _, n := range []int{0, 10, 300} {
		_, err := pcap.Read("x.pcapng", io.MultiReader(bytes.NewReader(whole[:n]), iotest.ErrReader(broken)), pcap.Options{})
		if !errors.Is(err, broken) {
			t.Errorf("after %d bytes: error %v, want %v", n, err, broken)
		}
	}
}
