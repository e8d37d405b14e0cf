// Package simnet is TCP in memory: stream connections between goroutines of one
// process that end the way TCP connections end. A program written for a
// [net.Conn] cannot tell the difference, and a test can say which end sent FIN,
// which sent RST, and what was still unread at that moment.
//
//	l := simnet.Listen("broker", 0)
//	c, err := l.Dial(ctx)       // the client's end, a *simnet.Conn
//	s, err := l.Accept()        // the server's end
//	c.Write(packet)             // readable at s when Write returns
//	c.CloseWrite()              // FIN: s reads the packet, then io.EOF
//	s.Reset()                   // RST: c reads ECONNRESET
//
// # Promises
//
// Bytes, FIN and RST are at the other end when the call that sent them returns: there is no latency and
// nothing is lost. Package proxy injects faults.
//
// Every wait blocks durably, as testing/synctest defines it: in a bubble, deadlines expire at their exact
// virtual time, and time advances while a connection is idle. If bytes arrive at the exact time of a
// deadline, the operation times out.
//
// Read, Write and TryRead allocate nothing once the buffers have grown to the
// size that the traffic needs. Errors are [*net.OpError] values around the
// errors that a real socket gives: [syscall.ECONNRESET], [syscall.EPIPE],
// [syscall.ECONNREFUSED], [os.ErrDeadlineExceeded], [net.ErrClosed].
//
// # Endings
//
// The rules are those of Linux. A test applies one table of endings to simnet and to loopback TCP and
// compares:
//
//   - CloseWrite sends FIN. The other end reads what is buffered, then [io.EOF],
//     and may go on writing.
//   - Close sends FIN as well, but RST when input is pending that nobody has read.
//   - Reset sends RST, like a close with a linger time of zero.
//   - RST leaves alone what has already arrived: the other end reads it, then
//     ECONNRESET. Its writes fail with ECONNRESET at once.
//   - RST after FIN changes nothing for reads, which say [io.EOF] as before;
//     writes fail with EPIPE.
//   - A write to an end that was closed by FIN is accepted and lost; it is
//     answered by RST, so the next write fails with EPIPE.
//
// There is one deliberate difference. A kernel reports a reset once, to the first call, and then returns EOF
// from reads and EPIPE from writes. Here every call on a reset end returns ECONNRESET, so that the result
// does not depend on which goroutine calls first.
package simnet
