package main

import (
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
