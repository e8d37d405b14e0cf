package simnet_test

import (
	"net"
	"testing"

	"golang.org/x/net/nettest"

	"umqtt/harness/simnet"
)

func TestConn(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		a, b := simnet.Pipe(64 << 10)
		return a, b, func() {
			_ = a.Close()
			_ = b.Close()
		}, nil
	})
}

// A buffer smaller than one write makes every write wait for the reader.
func TestConnTinyBuffer(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		l := simnet.Listen("tiny", 7)
		a, err := l.Dial(t.Context())
		if err != nil {
			return nil, nil, nil, err
		}
		b, err := l.Accept()
		if err != nil {
			return nil, nil, nil, err
		}
		return a, b, func() {
			_ = a.Close()
			_ = b.Close()
			_ = l.Close()
		}, nil
	})
}
