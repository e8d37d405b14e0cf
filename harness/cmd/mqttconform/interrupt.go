package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"umqtt/harness/child"
)

// interruptible returns a channel that is closed by the first SIGINT or SIGTERM, until release is
// called. The second one exits at once. What says what is waited for.
func interruptible(stderr io.Writer, what string) (stop <-chan struct{}, release func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	stopped, released := make(chan struct{}), make(chan struct{})
	go func() {
		select {
		case <-signals:
		case <-released:
			return
		}
		fmt.Fprintf(stderr, "mqttconform: interrupted; waiting for %s (once more to exit at once)\n", what)
		close(stopped)
		select {
		case <-signals:
			child.KillAll()
			os.Exit(exitInterrupted)
		case <-released:
		}
	}()
	return stopped, func() {
		signal.Stop(signals)
		close(released)
	}
}
