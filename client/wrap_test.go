package client_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/harness/simnet"
)

// acker acknowledges each publish at QoS 1 from within the client's Write, and
// counts their packet identifiers.
type acker struct {
	*simnet.Conn
	server *simnet.Conn
	mute   bool
	used   [1 << 16]int
}

func (a *acker) Write(b []byte) (int, error) {
	switch b[0] >> 4 {
	case 1:
		_, _ = a.server.Write([]byte{0x20, 2, 0, 0})
	case 3:
		id := b[5:7] // of a topic of one letter
		a.used[binary.BigEndian.Uint16(id)]++
		if !a.mute {
			_, _ = a.server.Write([]byte{0x40, 2, id[0], id[1]})
		}
	}
	return len(b), nil
}

// 70,000 publishes with one left unacknowledged: its identifier is used by no other,
// 0 by none, and all others once before any of them is used again.
func TestPacketIDsWrap(t *testing.T) {
	a := &acker{}
	c, err := client.New(client.Config{
		ClientID: "c", AckTimeout: time.Millisecond,
		Dial: func(context.Context) (net.Conn, error) {
			a.Conn, a.server = simnet.Pipe(0)
			return a, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // it takes a tenth of a second
	defer cancel()
	if _, err := c.Connect(ctx, false); err != nil {
		t.Fatal(err)
	}
	const left = 5
	for n := 1; n <= 70_000; n++ {
		a.mute = n == left
		err := c.Publish(ctx, []byte("t"), []byte("x"), 1, false)
		var pending *client.PendingError
		switch {
		case n == left && (!errors.As(err, &pending) || pending.PacketID != left):
			t.Fatal(err)
		case n != left && errors.Is(err, client.ErrTimeout): // of a busy machine
			if _, err := c.WaitMsg(ctx); err != nil {
				t.Fatal(n, err)
			}
		case n != left && err != nil:
			t.Fatal(n, err)
		}
	}
	for id, times := range a.used {
		want := 1
		switch {
		case id == 0:
			want = 0
		case id != left && id <= 70_000-65_535+1: // all but 0 and left: 65,534 to a round
			want = 2
		}
		if times != want {
			t.Fatalf("identifier %d was used %d times, want %d", id, times, want)
		}
	}
	if !c.InFlight(left) {
		t.Error("the message that was left is not in flight")
	}
}
