package simnet_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"umqtt/harness/simnet"
)

func Example() {
	l := simnet.Listen("broker", 0)
	c, _ := l.Dial(context.Background())
	s, _ := l.Accept()

	_, _ = c.Write([]byte("PINGREQ"))
	_ = c.CloseWrite() // FIN: nothing more from here

	b, err := io.ReadAll(s)
	fmt.Printf("%v reads %q, %v\n", s.LocalAddr(), b, err)

	_, _ = s.Write([]byte("PINGRESP"))
	_ = s.(*simnet.Conn).Reset() // RST, with the answer still unread

	b, err = io.ReadAll(c)
	fmt.Printf("%v reads %q, reset: %v\n", c.LocalAddr(), b, errors.Is(err, syscall.ECONNRESET))
	// Output:
	// broker reads "PINGREQ", <nil>
	// broker#1 reads "PINGRESP", reset: true
}

func ExampleConn_TryRead() {
	a, b := simnet.Pipe(0)
	buf := make([]byte, 16)
	try := func() {
		n, err := b.TryRead(buf)
		fmt.Printf("%q %v, %v\n", buf[:n], err, b.Ended())
	}
	try()
	_, _ = a.Write([]byte("hi"))
	_ = a.Close()
	try()
	try()
	// Output:
	// "" <nil>, open
	// "hi" <nil>, FIN
	// "" EOF, FIN
}
