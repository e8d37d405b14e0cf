package broker

import (
	"testing"
	"testing/synctest"

	"umqtt/harness/simnet"
)

// A misdeed breaks its one rule, the first or second time on a connection, and lets everything else pass.
func TestMisdeeds(t *testing.T) {
	const (
		subscribe = "82 06 00 01 00 01 74 01"
		suback    = "90 03 00 01 01"
		one       = "32 06 00 01 74 00 02 61" // "a" to "t", with the identifier 2
		two       = "32 06 00 01 74 00 03 62"
	)
	for _, tt := range []struct {
		name string
		want []string // what the client gets for its two messages
	}{
		{"loses", []string{"40 02 00 02", "32 06 00 01 74 00 01 61", "40 02 00 03"}},
		{"repeats", []string{"40 02 00 02", "32 06 00 01 74 00 01 61", "40 02 00 03", "32 06 00 01 74 00 02 62", "32 06 00 01 74 20 02 62"}},
		{"other-id", []string{"40 02 00 02", "32 06 00 01 74 00 01 61", "40 02 20 03", "32 06 00 01 74 00 02 62"}},
		{"swaps", []string{"40 02 00 02", "40 02 00 03", "32 06 00 01 74 00 02 62", "32 06 00 01 74 00 01 61"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, ok := FindMisdeed(tt.name)
			if !ok || m.Doc == "" {
				t.Fatalf("the broker has no such misdeed, or says nothing of it")
			}
			synctest.Test(t, func(t *testing.T) {
				l := simnet.Listen("broker", 0)
				b, err := Start(m.Listen(l))
				if err != nil {
					t.Fatal(err)
				}
				defer b.Stop()
				w := &world{b, t, sim, l}
				c := w.dial(connectC1Clean, subscribe)
				defer c.Close()
				c.want(connackNew, suback)
				for _, p := range []string{one, two} {
					c.send(p)
					w.settle()
				}
				c.want(tt.want...)
				c.wantSilence()
			})
		})
	}
	if _, ok := FindMisdeed("no-such"); ok {
		t.Error("the broker has a misdeed that nobody knows")
	}
}
