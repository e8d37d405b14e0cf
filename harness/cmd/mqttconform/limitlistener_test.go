package main

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// One connection more than there are places waits until another one has ended, and Close ends the wait.
func TestLimitListener(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := newLimitListener(inner, 2)
	done := make(chan error)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				done <- err
				return
			}
			go func() {
				io.WriteString(c, "x")
				io.Copy(io.Discard, c)
				c.Close()
				c.Close()
			}()
		}
	}()
	served := func(c net.Conn, within time.Duration) bool {
		c.SetReadDeadline(time.Now().Add(within))
		_, err := c.Read(make([]byte, 1))
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		return err == nil
	}
	var conns []net.Conn
	for range 3 {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		conns = append(conns, c)
	}
	if !served(conns[0], 10*time.Second) || !served(conns[1], 10*time.Second) {
		t.Fatal("the first two connections are not served")
	}
	if served(conns[2], 50*time.Millisecond) {
		t.Error("the third connection is served")
	}
	conns[0].Close()
	if !served(conns[2], 10*time.Second) {
		t.Error("the third connection is not served when there is a place")
	}
	ln.Close()
	if err := <-done; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept returned %v behind Close", err)
	}
}
