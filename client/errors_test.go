package client_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"umqtt/client"
)

// What errors say, and what they wrap.
func TestErrorTexts(t *testing.T) {
	tests := []struct {
		err  error
		want string
		is   error
	}{
		{
			&client.Error{Op: "publish", Err: client.ErrInflight, Open: true, InFlight: 16},
			"mqtt publish: too many unacknowledged packets (connection open, 16 in flight)", client.ErrInflight,
		},
		{
			&client.Error{Op: "wait", Err: &client.ConnectionError{Op: "read", Err: io.EOF}},
			"mqtt wait: read: EOF (connection closed, 0 in flight)", io.EOF,
		},
		{
			&client.Error{Op: "wait", Err: client.ErrConcurrent},
			"mqtt wait: concurrent call", client.ErrConcurrent,
		},
		{
			&client.PendingError{PacketID: 7, Err: context.Canceled},
			"packet 7 is unacknowledged: context canceled", context.Canceled,
		},
		{
			&client.ConnectionError{Op: "read", Err: io.EOF, Late: 3 * time.Second},
			"read: EOF; the keep alive was missed by 3s", io.EOF,
		},
		{
			&client.ProtocolError{Statement: "MQTT-4.8.0-1", Reason: "PUBREC without a QoS 2 message", Err: client.ErrQoS2},
			"the server broke the protocol: PUBREC without a QoS 2 message [MQTT-4.8.0-1]", client.ErrQoS2,
		},
		{
			&client.ValidationError{Field: "QoS", Reason: "QoS 2 is not supported", Err: client.ErrQoS2},
			"QoS: QoS 2 is not supported", client.ErrQoS2,
		},
		{
			&client.ValidationError{Field: "topic name", Statement: "MQTT-4.7.3-1", Reason: "empty"},
			"topic name: empty [MQTT-4.7.3-1]", nil,
		},
		{&client.ConnackError{Code: 3}, "refused with code 3: server unavailable", nil},
		{&client.SubscribeError{Granted: []byte{0, client.Refused}}, "the server refused 1 of 2 filters", nil},
		{&client.OversizeError{Size: 300}, "a packet of 300 bytes is larger than MaxPacket", nil},
		{&client.OversizeError{Size: 300, Skipped: true}, "skipped a PUBLISH of 300 bytes, which is larger than MaxPacket", nil},
	}
	for _, tt := range tests {
		same(t, tt.err.Error(), tt.want)
		if tt.is != nil && !errors.Is(tt.err, tt.is) {
			t.Errorf("%v does not wrap %v", tt.err, tt.is)
		}
	}
}

// Without a connection every call says so, and why.
func TestNotConnected(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		calls := func(want string) {
			w.Helper()
			ctx := context.Background()
			_, check := w.c.CheckMsg()
			_, sub := w.c.Subscribe(ctx, client.Filter{Topic: []byte("t")})
			for op, err := range map[string]error{
				"publish": w.publish("t", 1)(), "wait": w.wait(), "check": check, "subscribe": sub,
				"unsubscribe": w.c.Unsubscribe(ctx, []byte("t")), "ping": w.c.Ping(), "disconnect": w.c.Disconnect(),
			} {
				w.is(err, client.ErrClosed)
				w.state(err, false, 0)
				same(w.T, err.Error(), "mqtt "+op+": "+want+" (connection closed, 0 in flight)")
			}
			w.is(w.publish("t", 0)(), client.ErrClosed)
			same(w.T, w.c.Close(), nil)
			same(w.T, w.c.NextDue(), time.Time{})
		}
		calls("not connected")
		w.connect(true)
		_ = w.server.CloseWrite()
		w.is(w.wait(), io.EOF)
		calls("not connected since: read: EOF")
	})
}
