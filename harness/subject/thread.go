package subject

import "context"

// threadKey is the key of what OnThread notes in a context.
type threadKey struct{}

// OnThread returns a context for calls that run in the thread with the given name, concurrently with those of
// other threads.
func OnThread(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, threadKey{}, name)
}

// Thread returns the name of the thread that a call with this context is made in. It is "" for the calls that a subject
// without the feature concurrent-calls gets, one after another.
func Thread(ctx context.Context) string {
	name, _ := ctx.Value(threadKey{}).(string)
	return name
}
