package pcap

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The types of pcapng blocks that frames depend on.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockEnhanced  = 6
)

const (
	maxBlock      = 1 << 20 // bytes of a block that holds a frame
	maxSmall      = 1 << 16 // bytes of any other block that is kept
	maxInterfaces = 1 << 10 // interfaces of a section
)

// A guard passes on the blocks of a pcapng file that frames depend on, each after it has checked that its
// lengths agree, and drops all others. The library behind it trusts lengths and allocates by them.
type guard struct {
	r     *bufio.Reader
	order binary.ByteOrder
	snap  []uint32 // snapshot lengths of the section's interfaces
	frame int      // number of the frame read last
	block []byte   // buffer of a block
	rest  []byte   // what was not passed on yet
	err   error    // the end
}

// Read implements io.Reader. Errors other than io.EOF are an *Error without a file.
func (g *guard) Read(p []byte) (int, error) {
	for len(g.rest) == 0 {
		if g.err == nil {
			g.err = g.next()
		}
		if g.err != nil {
			return 0, g.err
		}
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

// fail returns an error about the block that is being read.
func (g *guard) fail(err error, format string, args ...any) error {
	return &Error{Frame: g.frame, Err: err, Detail: fmt.Sprintf(format, args...)}
}

// next reads a block.
func (g *guard) next() error {
	head := g.grow(8)
	if _, err := io.ReadFull(g.r, head); err == io.EOF {
		return io.EOF
	} else if err != nil {
		return g.broken(err)
	}
	if isNg(head) {
		magic, err := g.r.Peek(4)
		if err != nil {
			return g.broken(err)
		}
		switch binary.LittleEndian.Uint32(magic) {
		case 0x1a2b3c4d:
			g.order = binary.LittleEndian
		case 0x4d3c2b1a:
			g.order = binary.BigEndian
		default:
			return g.fail(ErrMalformed, "a section has no byte order")
		}
		g.snap = g.snap[:0]
	}
	kind, length := g.order.Uint32(head), g.order.Uint32(head[4:])
	if length < 12 || length%4 != 0 {
		return g.fail(ErrMalformed, "a block of %d bytes", length)
	}
	limit := uint32(maxSmall)
	switch kind {
	case blockPacket, blockSimple, blockEnhanced:
		g.frame++
		limit = maxBlock
	case blockSection, blockInterface:
	default:
		_, err := io.CopyN(io.Discard, g.r, int64(length)-8)
		return g.broken(err)
	}
	if length > limit {
		return g.fail(ErrTooLarge, "a block of %d bytes; the limit is %d", length, limit)
	}
	block := g.grow(int(length))
	if _, err := io.ReadFull(g.r, block[8:]); err != nil {
		return g.broken(err)
	}
	if again := g.order.Uint32(block[length-4:]); again != length {
		return g.fail(ErrMalformed, "a block has %d bytes by its head and %d by its end", length, again)
	}
	if err := g.check(kind, block[8:length-4]); err != nil {
		return err
	}
	g.rest = block
	return nil
}

// grow returns the buffer with n bytes, the first ones kept.
func (g *guard) grow(n int) []byte {
	for cap(g.block) < n {
		g.block = append(g.block[:cap(g.block)], 0)
	}
	g.block = g.block[:n]
	return g.block
}

// broken turns the end of the file within a block into an error; others remain what they are.
func (g *guard) broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return g.fail(ErrTruncated, "it ends within a block")
	}
	return err
}

// check checks the body of a block.
func (g *guard) check(kind uint32, body []byte) error {
	fixed := 20
	switch kind {
	case blockSection:
		fixed = 16
	case blockInterface:
		fixed = 8
	case blockSimple:
		fixed = 4
	}
	if len(body) < fixed {
		return g.fail(ErrMalformed, "a block of type %d with a body of %d bytes", kind, len(body))
	}
	size := uint32(0) // of the frame
	switch kind {
	case blockInterface:
		if len(g.snap) == maxInterfaces {
			return g.fail(ErrTooLarge, "more than %d interfaces", maxInterfaces)
		}
		g.snap = append(g.snap, g.order.Uint32(body[4:]))
	case blockSimple:
		if len(g.snap) == 0 {
			return g.fail(ErrMalformed, "a frame before any interface")
		}
		size = g.order.Uint32(body)
		if snap := g.snap[0]; snap != 0 {
			size = min(size, snap)
		}
	case blockPacket, blockEnhanced:
		size = g.order.Uint32(body[12:])
		if whole := g.order.Uint32(body[16:]); size > whole {
			return g.fail(ErrMalformed, "%d bytes of a frame of %d", size, whole)
		}
	}
	if int64(size) > int64(len(body)-fixed) {
		return g.fail(ErrMalformed, "a frame of %d bytes in a block with room for %d", size, len(body)-fixed)
	}
	options := body[min(fixed+(int(size)+3)&^3, len(body)):]
	if kind == blockSimple || kind == blockPacket {
		return nil // a simple one has none, and the library skips those of an obsolete one
	}
	return g.options(options)
}

// options checks that options fill their block.
func (g *guard) options(b []byte) error {
	for len(b) > 0 {
		if len(b) < 4 {
			return g.fail(ErrMalformed, "%d bytes behind the options of a block", len(b))
		}
		code, size := g.order.Uint16(b), int(g.order.Uint16(b[2:]))
		if code == 0 && size != 0 {
			return g.fail(ErrMalformed, "the end of options has %d bytes", size)
		}
		if code == 0 {
			return nil
		}
		padded := 4 + (size+3)&^3
		if padded > len(b) {
			return g.fail(ErrMalformed, "an option of %d bytes in a block with room for %d", size, len(b)-4)
		}
		b = b[padded:]
	}
	return nil
}
