package proxy

import (
	"context"
	"io"
	"testing"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// A packet that is due very soon is not forgotten: no moment between the look at the clock and the wait
// for it is missed. It is tried with many, as the moment is short.
func TestSoonDue(t *testing.T) {
	p, err := ListenTCP(Config{Engine: fault.NewEngine(1), Recorder: capture.NewRecorder("test", nil)})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.Arm(fault.Rule{Match: fault.Match{Dirs: fault.ToClient}, Action: fault.Delay{By: 2 * time.Microsecond}})
	c, err := p.Dial(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p.Await(func() bool { return p.Conns() == 1 }, 5*time.Second)
	packet := (&wire.Puback{PacketID: 1}).Append(nil)
	for i := range 20_000 {
		if err := p.Send(1, packet); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.ReadFull(c, make([]byte, len(packet))); err != nil {
			t.Fatalf("packet %d: %v", i+1, err)
		}
	}
}
