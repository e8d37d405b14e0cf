//go:build !unix

package main

import "os"

// notifyUSR1 does nothing: the system has no SIGUSR1.
func notifyUSR1(chan<- os.Signal) {}
