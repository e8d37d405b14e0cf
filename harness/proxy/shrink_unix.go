//go:build unix

package proxy

import "syscall"

// shrink makes the buffers of a socket small. The system may round the sizes up; a segment size of the smallest that
// every host takes keeps it from growing the other end's by what a segment of the loopback device holds.
func shrink(fd uintptr, size int) {
	s := int(fd)
	_ = syscall.SetsockoptInt(s, syscall.SOL_SOCKET, syscall.SO_RCVBUF, size)
	_ = syscall.SetsockoptInt(s, syscall.SOL_SOCKET, syscall.SO_SNDBUF, size)
	_ = syscall.SetsockoptInt(s, syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 536)
}
