package proxy

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// Hold binds a socket to a TCP address of IPv4, so that no other program and no dial is given its port while nobody
// listens there. The socket never listens itself: who connects is refused, and [net.Listen] succeeds at the address,
// which Hold returns with the port that port 0 became. The address is held until the file is closed.
func Hold(address string) (*os.File, string, error) {
	addr, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		return nil, "", err
	}
	ip := addr.IP.To4()
	if ip == nil {
		return nil, "", errors.ErrUnsupported // every address of the machine, which Listen takes of IPv6 too
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, "", os.NewSyscallError("socket", err)
	}
	held := os.NewFile(uintptr(fd), "hold "+address)
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		held.Close()
		return nil, "", os.NewSyscallError("setsockopt", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Port: addr.Port, Addr: [4]byte(ip)}); err != nil {
		held.Close()
		return nil, "", os.NewSyscallError("bind", err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		held.Close()
		return nil, "", os.NewSyscallError("getsockname", err)
	}
	addr.Port = name.(*syscall.SockaddrInet4).Port
	return held, addr.String(), nil
}

// maxFiles returns how many files this process may have open.
func maxFiles() int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0
	}
	return int(min(l.Cur, 1<<20))
}
