package subject

// Unmeasured is the value of a field of [Usage] that cannot be measured.
const Unmeasured = -1

// Usage is what a client holds.
type Usage struct {
	Threads     int   // of a process, or goroutines
	Descriptors int   // open files and sockets
	Memory      int64 // bytes that are the client's own
}

// Measurer is a subject that tells what its client holds. Of one that does not, the harness counts goroutines and
// connections.
type Measurer interface {
	Usage() (Usage, error)
}
