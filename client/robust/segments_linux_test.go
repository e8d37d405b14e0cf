//go:build amd64 || arm64

package robust_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"syscall"
	"testing"
	"unsafe"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/broker"
)

// dataSegsOut is where the kernel's struct tcp_info has the segments with data that a socket has sent.
const dataSegsOut = 156

// segments is how many segments with data a connection has sent.
func segments(t *testing.T, conn *net.TCPConn) int {
	t.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var info [dataSegsOut + 4]byte
	size := uint32(len(info))
	var errno syscall.Errno
	err = raw.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP, syscall.TCP_INFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	})
	if err != nil || errno != 0 {
		t.Fatal(err, errno)
	}
	if int(size) < len(info) {
		t.Skip("the kernel does not count segments")
	}
	return int(binary.NativeEndian.Uint32(info[dataSegsOut:]))
}

// What is gathered is one Write, and as few segments of TCP as its bytes need. One by one each message is a segment
// of its own, as long as the kernel may send it at once.
func TestHoldSegments(t *testing.T) {
	const segment = 1460 - 12 // bytes of data, beside the timestamps
	for _, tt := range []struct {
		readings int
		hold     bool
		writes   int
		least    int // segments
		most     int
	}{
		{20, false, 20, 10, 20},
		{20, true, 1, 1, 1},
		{200, true, 1, 3, 3},
	} {
		t.Run(fmt.Sprintf("%d, hold %t", tt.readings, tt.hold), func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			b, err := broker.Start(l)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Stop()
			var conn *net.TCPConn
			writes := 0
			c, err := robust.New(robust.Config{Config: client.Config{
				ClientID: "battery",
				Dial: func(ctx context.Context) (net.Conn, error) {
					d := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
						return raw.Control(func(fd uintptr) {
							_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 1460)
						})
					}}
					c, err := d.DialContext(ctx, "tcp", l.Addr().String())
					if err != nil {
						return nil, err
					}
					conn = c.(*net.TCPConn)
					return counting{c, &writes}, nil
				},
			}})
			if err != nil {
				t.Fatal(err)
			}
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			_, err = c.Connect(t.Context(), true)
			must(err)
			writes = 0
			before := segments(t, conn)
			if tt.hold {
				must(c.Hold())
			}
			for n := range tt.readings - 1 {
				must(c.Publish(t.Context(), []byte("temperature"), fmt.Appendf(nil, "%4d", n), 0, false)) // 19 bytes
			}
			_, err = c.Post(t.Context(), []byte("temperature"), []byte("last"), false) // 21 bytes
			must(err)
			must(c.Flush(t.Context()))
			must(c.WaitAcks(t.Context()))
			got := segments(t, conn) - before
			if bytes := 19*tt.readings + 2; tt.hold && (bytes+segment-1)/segment != tt.most {
				t.Fatalf("%d bytes need another number of segments than %d", bytes, tt.most)
			}
			if writes != tt.writes || got < tt.least || got > tt.most {
				t.Errorf("%d writes, want %d; %d segments, want %d to %d", writes, tt.writes, got, tt.least, tt.most)
			}
			must(c.Disconnect())
		})
	}
}
