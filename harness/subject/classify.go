package subject

import (
	"context"
	"errors"

	"umqtt/client"
	"umqtt/client/robust"
)

// classify gives an error of package client its kind.
func classify(err error) error {
	if err == nil {
		return nil
	}
	return &Error{kindOf(err), err}
}

// kindOf looks for the most specific reason first: a call can fail for one because of another.
func kindOf(err error) Kind {
	var (
		refused    *client.ConnackError
		subscribed *client.SubscribeError
		protocol   *client.ProtocolError
		invalid    *client.ValidationError
		oversize   *client.OversizeError
		lost       *client.ConnectionError
		pending    *client.PendingError
		poison     *robust.PoisonError
	)
	switch {
	case errors.As(err, &poison) && poison.PacketID != 0:
		return Dropped
	case errors.Is(err, client.ErrDepth):
		return Depth
	case errors.Is(err, client.ErrInflight):
		return Inflight
	case errors.Is(err, client.ErrDropped):
		return Dropped
	case errors.Is(err, client.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return Timeout
	case errors.As(err, &refused), errors.As(err, &subscribed):
		return Refused
	case errors.As(err, &protocol), errors.As(err, &oversize):
		return Protocol
	case errors.Is(err, client.ErrQoS2):
		return Unsupported
	case errors.As(err, &invalid):
		return Invalid
	case errors.As(err, &lost):
		return Network
	case errors.Is(err, client.ErrClosed):
		return Closed
	case errors.As(err, &pending):
		return Pending
	}
	return Other
}
