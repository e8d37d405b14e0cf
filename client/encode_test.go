package client

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The borders of the remaining length's sizes (section 2.2.3).
func TestHeaderLengths(t *testing.T) {
	tests := []struct {
		remaining int
		want      []byte
	}{
		{0, []byte{0}},
		{127, []byte{0x7f}},
		{128, []byte{0x80, 0x01}},
		{16383, []byte{0xff, 0x7f}},
		{16384, []byte{0x80, 0x80, 0x01}},
		{2097151, []byte{0xff, 0xff, 0x7f}},
		{2097152, []byte{0x80, 0x80, 0x80, 0x01}},
		{maxRemaining, []byte{0xff, 0xff, 0xff, 0x7f}},
	}
	for _, tt := range tests {
		got := appendHeader(nil, 0x30, tt.remaining)
		if diff := cmp.Diff(append([]byte{0x30}, tt.want...), got); diff != "" {
			t.Errorf("%d (-want +got):\n%s", tt.remaining, diff)
		}
		if tt.remaining < 2 {
			continue
		}
		h, ok, err := parseHeader(got, true)
		if err != nil || !ok || h.remaining != tt.remaining || h.size != tt.remaining+len(got) {
			t.Errorf("%d: parsed %+v, %v, %v", tt.remaining, h, ok, err)
		}
	}
	if err := validateSize(maxRemaining); err != nil {
		t.Error(err)
	}
	if err := validateSize(maxRemaining + 1); err == nil {
		t.Error("a remaining length of 268435456 is accepted")
	}
}
