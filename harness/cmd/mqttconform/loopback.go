package main

import (
	"fmt"
	"net"
	"time"
)

// loopback reports why no TCP connection can be made on 127.0.0.1, if none can. Listening alone does
// not tell: it works where the interface is down.
func loopback() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer ln.Close()
	c, err := net.DialTimeout("tcp", ln.Addr().String(), 5*time.Second)
	if err != nil {
		return err
	}
	return c.Close()
}

// needLoopback returns the error of a real world that cannot be played in, if it is so.
func needLoopback() error {
	if err := loopback(); err != nil {
		return &setupError{fmt.Errorf("the real world needs TCP on 127.0.0.1: %w; --world simulated needs no network", err)}
	}
	return nil
}
