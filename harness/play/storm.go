package play

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

// Bounds on what a subject passes to its message callback in one scenario. They are far above what a scenario
// needs and keep a subject that calls back without end from taking all memory.
const (
	// MaxMessages is how many messages the callback takes.
	MaxMessages = 100_000
	// MaxMessageBytes is how many bytes their topics and payloads have together.
	MaxMessageBytes = 16 << 20
)

// errStorm is the error of a subject that calls back without end.
var errStorm = errors.New("the client calls back without end")

// storms fails a subject that calls back without end. The call waits until the scenario has ended, so that time
// passes and others run, and then ends its goroutine: the subject would only call again.
func (r *runner) storms(ctx context.Context) {
	r.crashed(fmt.Errorf("%w: more than %d messages, or %d bytes of them", errStorm, MaxMessages, MaxMessageBytes))
	<-ctx.Done()
	runtime.Goexit()
}
