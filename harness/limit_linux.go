package harness

import "syscall"

// limitData bounds the writable memory that this process may map, behind [serving.watchMemory], for what takes
// memory faster than that looks: twice the limit, as what is mapped is not yet taken, and stacks of 32 threads. The
// race detector maps far more than it uses.
func limitData(limit int64) {
	if raceEnabled {
		return
	}
	most := uint64(2*limit + 32*8<<20)
	syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: most, Max: most})
}
