package subject

import (
	"context"
	"time"

	"umqtt/client"
)

// glance is how often a client that gathers looks for what has arrived.
const glance = 100 * time.Millisecond

// gathering is the Idle of a client that gathers: WaitMsg would write what is gathered, and CheckMsg does not.
func gathering(ctx context.Context, c interface{ CheckMsg() (client.Kind, error) }) error {
	for ctx.Err() == nil {
		kind, err := c.CheckMsg()
		if err != nil {
			return classify(err)
		}
		if kind != client.KindNone {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(glance):
		}
	}
	return nil
}
