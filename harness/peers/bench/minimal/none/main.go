// None dials and does nothing else: what any program that uses TCP has.
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	c, err := net.Dial("tcp", os.Args[1])
	if err == nil {
		_, err = fmt.Fprintln(c, "hello")
	}
	if err != nil {
		fmt.Println(err)
	}
}
