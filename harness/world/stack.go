package world

// grow gives the goroutine a stack that is large enough for a scenario, at once. A small one doubles several times while
// a scenario is played, and is copied each time.
//
//go:noinline
func grow() {
	var stack [12 << 10]byte
	use(&stack)
}

// use keeps the compiler from leaving out what it is given.
//
//go:noinline
func use(*[12 << 10]byte) {}
