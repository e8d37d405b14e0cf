package capture_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"umqtt/harness/capture"
)

func TestFormat(t *testing.T) {
	ping := []byte{0xc0, 0}
	for name, tt := range map[string]struct {
		in   capture.Capture
		want string
	}{
		"nothing": {
			in:   capture.Capture{},
			want: "#\n",
		},
		"a name that could be misread": {
			in:   capture.Capture{Name: " a\nb"},
			want: "# \" a\\nb\"\n",
		},
		"times grow to the left and to the right": {
			in: capture.Capture{Name: "n", Records: []capture.Record{
				{Conn: 1, Kind: capture.Event, Text: "a", Time: 0},
				{Conn: 1, Kind: capture.Event, Text: "b", Time: 1500 * time.Millisecond},
				{Conn: 1, Kind: capture.Event, Text: "c", Time: 1500*time.Millisecond + 20*time.Microsecond},
				{Conn: 1, Kind: capture.Event, Text: "d", Time: 1500*time.Millisecond + 20001},
				{Conn: 1, Kind: capture.Event, Text: "e", Time: 24 * time.Hour},
				{Conn: 1, Kind: capture.Event, Text: "f", Time: capture.NoTime},
			}},
			want: "# n\n= conn 1\n" +
				"   0.000 * a\n   1.500 * b\n 1.50002 * c\n1.500020001 * d\n86400.000 * e\n   -.--- * f\n",
		},
		"the connection is named when it changes": {
			in: capture.Capture{Name: "n", Records: []capture.Record{
				{Conn: 0, Kind: capture.Event, Text: "a"},
				{Conn: 2, Kind: capture.Sent, Data: ping},
				{Conn: 2, Kind: capture.Sent, Text: capture.FIN},
				{Conn: 1, Kind: capture.Handed, Text: capture.RST},
			}},
			want: "# n\n= conn 0\n   0.000 * a\n= conn 2\n   0.000 > PINGREQ\n\tc0 00\n   0.000 > FIN\n= conn 1\n   0.000 < RST\n",
		},
		"hex breaks after sixteen bytes": {
			in: capture.Capture{Name: "n", Records: []capture.Record{
				{Conn: 1, Kind: capture.Sent, Data: append([]byte{0x30, 14, 0, 1, 't'}, "payload 123"...)},
				{Conn: 1, Kind: capture.Sent, Data: append([]byte{0x30, 15, 0, 1, 't'}, "payload 1234"...)},
			}},
			want: "# n\n= conn 1\n" +
				"   0.000 > PUBLISH qos=0 dup=0 retain=0 topic=\"t\" payload=\"payload 123\"\n" +
				"\t30 0e 00 01 74 70 61 79 6c 6f 61 64 20 31 32 33\n" +
				"   0.000 > PUBLISH qos=0 dup=0 retain=0 topic=\"t\" payload=\"payload 1234\"\n" +
				"\t30 0f 00 01 74 70 61 79 6c 6f 61 64 20 31 32 33\n\t34\n",
		},
		"behind raw bytes nothing is a packet, in that stream only": {
			in: capture.Capture{Name: "n", Records: []capture.Record{
				{Conn: 1, Kind: capture.Sent, Data: []byte{0x30, 255, 255, 255, 255, 1}},
				{Conn: 1, Kind: capture.Sent, Data: ping},
				{Conn: 1, Kind: capture.Handed, Data: []byte{0xd0, 0}},
			}},
			want: "# n\n= conn 1\n   0.000 > raw 6B\n\t30 ff ff ff ff 01\n   0.000 > raw 2B\n\tc0 00\n   0.000 < PINGRESP\n\td0 00\n",
		},
		"texts that could be misread are quoted": {
			in: capture.Capture{Name: "n", Records: []capture.Record{
				{Conn: 1, Kind: capture.Event, Text: ""},
				{Conn: 1, Kind: capture.Event, Text: "\"x"},
				{Conn: 1, Kind: capture.Event, Text: "x "},
				{Conn: 1, Kind: capture.Event, Text: "a\tb"},
				{Conn: 1, Kind: capture.Event, Text: "\xff"},
				{Conn: 1, Kind: capture.Event, Text: `say "hé" \o/`},
			}},
			want: "# n\n= conn 1\n   0.000 * \"\"\n   0.000 * \"\\\"x\"\n   0.000 * \"x \"\n   0.000 * \"a\\tb\"\n   0.000 * \"\\xff\"\n   0.000 * say \"hé\" \\o/\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := capture.Format(&tt.in)
			if diff := cmp.Diff("mqtt-capture 1\n"+tt.want, string(got)); diff != "" {
				t.Errorf("Format (-want +got):\n%s", diff)
			}
			back, err := capture.Parse("x.wire", got)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tt.in, back); diff != "" {
				t.Errorf("Parse(Format(c)) (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := captures().Draw(t, "capture")
		text := capture.Format(c)
		back, err := capture.Parse("x.wire", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(c, back); diff != "" {
			t.Fatalf("Parse(Format(c)) (-want +got):\n%s\n%s", diff, text)
		}
		if diff := capture.Diff(back, c); diff != "" {
			t.Fatalf("Diff of equal captures:\n%s", diff)
		}
		if back.Hash() != c.Hash() {
			t.Fatal("equal captures have different hashes")
		}
	})
}

// reprint fails unless Format writes what Parse took, for a text that Parse takes. Lines that end in CR LF come back
// with LF alone.
func reprint(t interface{ Fatalf(string, ...any) }, text string) {
	c, err := capture.Parse("x.wire", []byte(text))
	if err != nil {
		if _, ok := err.(*capture.ParseError); !ok {
			t.Fatalf("error of type %T: %v", err, err)
		}
		return
	}
	want := strings.ReplaceAll(text, "\r\n", "\n")
	if got := string(capture.Format(c)); got != want {
		t.Fatalf("Format(Parse(x)) is not x:\n%s", cmp.Diff(want, got))
	}
}

// TestOneSpelling changes good texts a little: each is either refused or printed as it was.
func TestOneSpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(capture.Format(captures().Draw(t, "capture")))
		for range rapid.IntRange(1, 3).Draw(t, "edits") {
			at := rapid.IntRange(0, len(text)).Draw(t, "at")
			to := min(len(text), at+rapid.IntRange(0, 2).Draw(t, "cut"))
			put := rapid.SampledFrom([]string{"", " ", "0", "1", "\n", "\t", "\"", "#", "=", ".", ">", "\r", "a", "-"}).Draw(t, "put")
			text = text[:at] + put + text[to:]
		}
		reprint(t, text)
	})
}

func FuzzParse(f *testing.F) {
	f.Add(session)
	f.Add("mqtt-capture 1\n#\n")
	f.Add("mqtt-capture 1\r\n#\r\n")
	f.Add("mqtt-capture 1\n# \"a\\n\"\n= conn 2\n   -.--- < raw 1B\n\tff\n1.000000001 * \"\"\n= conn 1\n12345.000 > RST\n")
	f.Fuzz(func(t *testing.T, text string) { reprint(t, text) })
}

// TestDesign reads the example of the design, with the end that a cut has.
func TestDesign(t *testing.T) {
	text, err := os.ReadFile("testdata/puback-lost.wire")
	if err != nil {
		t.Fatal(err)
	}
	c, err := capture.Parse("puback-lost.wire", text)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range c.Records {
		p, err := r.Packet()
		if err != nil {
			t.Errorf("%s: %v", r, err)
		}
		if p != nil {
			got = append(got, r.Kind.String()+p.Type().String())
		} else {
			got = append(got, r.Kind.String()+r.Text)
		}
	}
	want := strings.Split(">CONNECT|<CONNACK|*fault cut rst|<RST", "|")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// Annotations are those of the .wire format: behind bytes that are no packet, their stream has none.
func TestAnnotations(t *testing.T) {
	c := &capture.Capture{Records: []capture.Record{
		{Conn: 1, Kind: capture.Sent, Data: []byte{0xc0}},
		{Conn: 1, Kind: capture.Sent, Data: []byte{0xc0, 0}},
		{Conn: 1, Kind: capture.Handed, Data: []byte{0xd0, 0}},
		{Conn: 1, Kind: capture.Handed, Text: capture.FIN},
	}}
	if diff := cmp.Diff([]string{"raw 1B", "raw 2B", "PINGRESP", "FIN"}, capture.Annotations(c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
