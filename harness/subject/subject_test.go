package subject

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"umqtt/client"
	"umqtt/harness/spec"
)

// Every error of package client has the kind that a scenario may ask for, however it is wrapped.
func TestKindOf(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want Kind
	}{
		{client.ErrClosed, Closed},
		{&client.ConnectionError{Op: "read", Err: io.EOF}, Network},
		{&client.ConnectionError{Op: "ping", Err: client.ErrTimeout}, Timeout},
		{client.ErrTimeout, Timeout},
		{context.DeadlineExceeded, Timeout},
		{client.ErrDepth, Depth},
		{client.ErrInflight, Inflight},
		{&client.ValidationError{Field: "topic name"}, Invalid},
		{&client.ValidationError{Field: "QoS", Err: client.ErrQoS2}, Unsupported},
		{&client.ConnackError{Code: 5}, Refused},
		{&client.SubscribeError{Granted: []byte{0x80}}, Refused},
		{&client.ProtocolError{Statement: "MQTT-2.2.2-1"}, Protocol},
		{&client.ProtocolError{Err: client.ErrQoS2}, Protocol},
		{&client.OversizeError{Size: 300}, Protocol},
		{&client.PendingError{PacketID: 1, Err: context.Canceled}, Pending},
		{&client.PendingError{PacketID: 1, Err: client.ErrTimeout}, Timeout},
		{errors.New("another"), Other},
	} {
		wrapped := classify(&client.Error{Op: "test", Err: tt.err})
		if got := KindOf(wrapped); got != tt.want {
			t.Errorf("%v is %s, want %s", tt.err, got, tt.want)
		}
		if !errors.Is(wrapped, tt.err) {
			t.Errorf("%v is not in the chain of %v", tt.err, wrapped)
		}
	}
	if classify(nil) != nil {
		t.Error("no error became one")
	}
}

// The built-in subjects name features of the closed list, once each.
func TestBuiltinFeatures(t *testing.T) {
	var known []spec.Feature
	for _, f := range spec.Features() {
		known = append(known, f.Name)
	}
	for _, f := range Builtin() {
		for i, name := range f.Features {
			if !slices.Contains(known, name) {
				t.Errorf("%s: %q is no feature", f.Name, name)
			}
			if slices.Contains(f.Features[:i], name) {
				t.Errorf("%s: %q stands twice", f.Name, name)
			}
		}
	}
	if missing, ok := Simple().Has([]spec.Feature{spec.QoS1, spec.AutoReconnect}); ok || missing != spec.AutoReconnect {
		t.Errorf("Has = %q, %t; want auto-reconnect, false", missing, ok)
	}
}
