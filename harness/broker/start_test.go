package broker

import (
	"errors"
	"syscall"
	"testing"
	"testing/synctest"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/storage"

	"umqtt/harness/simnet"
)

// refuses is a hook that cannot be set up, or whose store cannot be read.
type refuses struct {
	mqtt.HookBase
	init, store error
}

func (r *refuses) Init(any) error                           { return r.init }
func (r *refuses) Provides(call byte) bool                  { return call == mqtt.StoredClients }
func (r *refuses) StoredClients() ([]storage.Client, error) { return nil, r.store }

// A broker that cannot start returns the error, has closed its listener and leaves no goroutine behind.
func TestStartErrors(t *testing.T) {
	why := errors.New("not today")
	for name, hook := range map[string]*refuses{"a hook": {init: why}, "the store": {store: why}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := simnet.Listen("broker", 0)
				if b, err := start(l, hook); b != nil || !errors.Is(err, why) {
					t.Errorf("start returns a broker: %t, and the error %v, want %v", b != nil, err, why)
				}
				if _, err := l.Dial(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
					t.Errorf("a dial returns %v, want %v", err, syscall.ECONNREFUSED)
				}
			})
		})
	}
}
