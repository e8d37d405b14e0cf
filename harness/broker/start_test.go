package broker

import (
	"errors"
	"syscall"
	"testing"
	"testing/synctest"

	mqtt "github.com/mochi-mqtt/server/v2"

	"umqtt/harness/simnet"
)

// refuses is a hook that cannot be set up.
type refuses struct {
	mqtt.HookBase
	init error
}

func (r *refuses) Init(any) error { return r.init }

// A broker that cannot start returns the error, has closed its listener and leaves no goroutine behind.
func TestStartErrors(t *testing.T) {
	why := errors.New("not today")
	synctest.Test(t, func(t *testing.T) {
		l := simnet.Listen("broker", 0)
		if b, err := start(l, &refuses{init: why}); b != nil || !errors.Is(err, why) {
			t.Errorf("start returns a broker: %t, and the error %v, want %v", b != nil, err, why)
		}
		if _, err := l.Dial(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("a dial returns %v, want %v", err, syscall.ECONNREFUSED)
		}
	})
}
