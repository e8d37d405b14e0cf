//go:build !unix

package client

import "net"

// rawTry finds no way to read a socket without waiting on this system.
func rawTry(net.Conn) tryFunc { return nil }
