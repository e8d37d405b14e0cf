package simnet

import (
	"net"
	"os"
	"syscall"
)

// network is what Addr.Network and every net.OpError of this package say.
const network = "sim"

// Addr is the name of one end of a connection, or of a listener.
type Addr string

// Network returns "sim".
func (Addr) Network() string { return network }

// String returns the name.
func (a Addr) String() string { return string(a) }

// opError dresses err as an operation on c, as package net does for a socket.
func (c *Conn) opError(op string, err error) error {
	return &net.OpError{
		Op:     op,
		Net:    network,
		Source: c.link.addrs[c.side],
		Addr:   c.link.addrs[1-c.side],
		Err:    err,
	}
}

// sysError is an errno as the named system call returns it.
func sysError(call string, errno syscall.Errno) error {
	return os.NewSyscallError(call, errno)
}
