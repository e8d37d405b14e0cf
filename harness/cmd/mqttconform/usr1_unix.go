//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// notifyUSR1 has SIGUSR1 sent to c.
func notifyUSR1(c chan<- os.Signal) { signal.Notify(c, syscall.SIGUSR1) }
