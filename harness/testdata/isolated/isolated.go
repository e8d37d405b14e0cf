// Package isolated is a client whose statements are executed in worker processes only.
package isolated

import (
	"context"
	"errors"
	"fmt"

	"umqtt/harness/subject"
)

// Client opens connections and closes them.
type Client struct{ Env subject.Env }

// Connect opens a connection and closes it.
func (c Client) Connect(ctx context.Context, _ subject.Options) (bool, error) {
	fmt.Println("{this is printed by the client}")
	conn, err := c.Env.Dial(ctx)
	if err == nil {
		err = conn.Close()
	}
	return false, errors.Join(errors.New("gave up"), err)
}

// Publish is never called.
func (Client) Publish(_ context.Context, _ subject.Message, done func(error)) { done(nil) }

func (Client) Subscribe(context.Context, []subject.Filter) ([]int, error) { return nil, nil }
func (Client) Unsubscribe(context.Context, []string) error                { return nil }
func (Client) Ping(context.Context) error                                 { return nil }
func (Client) Disconnect(context.Context) error                           { return nil }
func (Client) Abort() error                                               { return nil }
