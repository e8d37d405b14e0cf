package subject

import "context"

// nestedKey is the key of what Nested notes in a context.
type nestedKey struct{}

// Nested returns the context of calls that are made from inside the message callback.
func Nested(ctx context.Context) context.Context { return context.WithValue(ctx, nestedKey{}, true) }

// IsNested reports whether a call with this context is made from inside the message callback. The harness tells
// an adapter that cannot see it from the stack.
func IsNested(ctx context.Context) bool { return ctx.Value(nestedKey{}) != nil }
