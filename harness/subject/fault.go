package subject

// A Fault is why a scenario cannot go on, whichever step is played: see [Env].Fail.
type Fault struct {
	// Err says what has happened.
	Err error
	// Setup tells that the adapter is at fault, and not the client.
	Setup bool
	// Certain tells that a late machine cannot be the cause: the client did something, and did not merely fail to do it
	// in time.
	Certain bool
	// Printed is the end of what the client has printed.
	Printed string
}

// Error returns the text of Err.
func (f *Fault) Error() string { return f.Err.Error() }

// Unwrap returns Err.
func (f *Fault) Unwrap() error { return f.Err }
