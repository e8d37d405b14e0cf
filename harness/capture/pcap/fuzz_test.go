package pcap_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/capture/pcap"
)

// FuzzRead holds that no file makes Read panic, that its errors are typed, and that what it reads can be written
// as .wire and as pcapng, and read back.
func FuzzRead(f *testing.F) {
	f.Add(written(f, example()))
	for _, m := range media {
		f.Add(m.ng(f, hello(client4, server4).all...))
		f.Add(m.classic(f, hello(client6, server6).all...))
	}
	short := hello(client4, server4).all
	short[5].keep = 60
	f.Add(media["ethernet"].ng(f, short...))
	short[5].keep = 45
	f.Add(media["raw"].ng(f, slices.Concat(short[4:], short)...))
	f.Add(section)
	f.Fuzz(func(t *testing.T, file []byte) {
		res, err := pcap.Read("x.pcapng", bytes.NewReader(file), pcap.Options{})
		if err != nil {
			var e *pcap.Error
			if !errors.As(err, &e) {
				t.Fatalf("an error of the type %T: %v", err, err)
			}
			return
		}
		if !pcap.Is(file[:4]) {
			t.Fatal("Is reports false for a file that was read")
		}
		back, err := capture.Parse("x.wire", capture.Format(res.Capture))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(res.Capture, back); diff != "" {
			t.Fatalf("as .wire (-want +got):\n%s", diff)
		}
		var b bytes.Buffer
		if err := pcap.Write(&b, res.Capture, nil); err != nil {
			if errors.Is(err, pcap.ErrTooLarge) {
				return // a late time, a long name
			}
			t.Fatal(err)
		}
		again, err := pcap.Read("x.pcapng", &b, pcap.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(res.Capture, again.Capture); diff != "" {
			t.Fatalf("as pcapng (-want +got):\n%s", diff)
		}
	})
}
