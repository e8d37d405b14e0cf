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
// Bytes, FIN and RST are at the other end when the call that sent them returns:
// there is no latency and nothing is lost. Faults are the proxy's business.
//
// Every wait blocks durably in the sense of [testing/synctest]: inside a bubble
// deadlines expire at their exact virtual instant and an idle connection lets
// time advance. A deadline wins a tie: at the instant of a deadline an operation
// times out, whatever else happens at that instant.
//
// Read, Write and TryRead allocate nothing once the buffers have grown to the
// size that the traffic needs. Errors are [*net.OpError] values around the
// errors that a real socket gives: [syscall.ECONNRESET], [syscall.EPIPE],
// [syscall.ECONNREFUSED], [os.ErrDeadlineExceeded], [net.ErrClosed].
//
// # Endings
//
// The rules are Linux's, and the tests play one table of endings on simnet and
// on loopback TCP to hold them so:
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
// There is one deliberate difference. A kernel reports a reset once, to whoever
// asks first, and then says EOF to reads and EPIPE to writes. Here a reset end
// answers ECONNRESET every time, so that what a goroutine sees does not hang on
// who came first.
package simnet
