package capture_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// TestHash changes one thing of a capture: the hash changes with it, and Diff finds it.
func TestHash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := captures().Draw(t, "capture")
		o := &capture.Capture{Name: c.Name, Records: append([]capture.Record(nil), c.Records...)}
		if len(o.Records) == 0 {
			o.Name += "x"
		} else {
			i := rapid.IntRange(0, len(o.Records)-1).Draw(t, "record")
			r := &o.Records[i]
			switch rapid.IntRange(0, 4).Draw(t, "change") {
			case 0:
				o.Name += "x"
			case 1:
				r.Time += 1 + time.Duration(rapid.IntRange(0, 1).Draw(t, "more"))
			case 2:
				r.Conn++
			case 3:
				if len(r.Data) > 0 {
					r.Data = append([]byte(nil), r.Data...)
					r.Data[len(r.Data)-1]++
				} else {
					r.Text += "x"
				}
			case 4:
				o.Records = append(o.Records[:i:i], o.Records[i+1:]...)
			}
		}
		if o.Hash() == c.Hash() {
			t.Fatal("captures that differ have one hash")
		}
		if capture.Diff(o, c) == "" {
			t.Fatal("Diff finds nothing")
		}
	})
}

func TestStreams(t *testing.T) {
	c := &capture.Capture{Records: []capture.Record{
		{Conn: 1, Kind: capture.Sent, Data: []byte{1, 2}},
		{Conn: 1, Kind: capture.Handed, Data: []byte{3}},
		{Conn: 2, Kind: capture.Sent, Data: []byte{4}},
		{Conn: 1, Kind: capture.Event, Text: "event"},
		{Conn: 1, Kind: capture.Sent, Data: []byte{5}},
		{Conn: 3, Kind: capture.Sent, Text: capture.FIN},
	}}
	want := map[capture.Stream][]byte{
		{Conn: 1, Kind: capture.Sent}:   {1, 2, 5},
		{Conn: 1, Kind: capture.Handed}: {3},
		{Conn: 2, Kind: capture.Sent}:   {4},
	}
	if diff := cmp.Diff(want, capture.Streams(c)); diff != "" {
		t.Errorf("Streams (-want +got):\n%s", diff)
	}
}

func TestTimeless(t *testing.T) {
	c := &capture.Capture{Name: "n", Records: []capture.Record{{Time: time.Second, Conn: 1, Kind: capture.Sent, Data: []byte{0xc0, 0}}}}
	want := &capture.Capture{Name: "n", Records: []capture.Record{{Time: capture.NoTime, Conn: 1, Kind: capture.Sent, Data: []byte{0xc0, 0}}}}
	if diff := cmp.Diff(want, c.Timeless()); diff != "" {
		t.Errorf("Timeless (-want +got):\n%s", diff)
	}
	if c.Records[0].Time != time.Second {
		t.Error("Timeless changed the capture")
	}
}

func TestRecordPacket(t *testing.T) {
	ping := []byte{0xc0, 0}
	for name, tt := range map[string]struct {
		in   capture.Record
		want wire.Packet
		bad  bool
	}{
		"sent":             {in: capture.Record{Kind: capture.Sent, Data: ping}, want: &wire.Pingreq{}},
		"against its way":  {in: capture.Record{Kind: capture.Handed, Data: ping}, bad: true},
		"half":             {in: capture.Record{Kind: capture.Sent, Data: ping[:1]}, bad: true},
		"the end of a way": {in: capture.Record{Kind: capture.Sent, Text: capture.FIN}},
		"event":            {in: capture.Record{Kind: capture.Event, Text: "PINGREQ"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tt.in.Packet()
			if (err != nil) != tt.bad {
				t.Errorf("error %v, want one: %v", err, tt.bad)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Packet (-want +got):\n%s", diff)
			}
		})
	}
}
