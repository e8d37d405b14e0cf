package pcap

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// A frame is one packet of a file.
type frame struct {
	n        int       // its number, from 1
	at       time.Time // zero when it is not known
	link     layers.LinkType
	data     []byte // valid until the next frame is read
	length   int    // of the frame before it was cut, in bytes
	comments []string
}

// frames reads the frames of a file.
type frames struct {
	comment string // of the first section of a pcapng file
	next    func() (frame, error)
}

// open begins to read a file.
func open(r io.Reader) (*frames, error) {
	head, b, err := peek(&capped{r: r, left: MaxFile})
	if err == nil && isGzip(head) {
		var z *gzip.Reader
		if z, err = gzip.NewReader(b); err == nil {
			head, b, err = peek(&capped{r: z, left: MaxFile})
		}
	}
	switch {
	case errors.Is(err, gzip.ErrHeader):
		return nil, &Error{Err: ErrMalformed, Detail: err.Error()}
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return nil, &Error{Err: ErrTruncated, Detail: "it ends within its header"}
	case err != nil:
		return nil, err
	case isNg(head):
		return openNg(b)
	case isClassic(head):
		return openClassic(b)
	}
	return nil, &Error{Err: ErrFormat, Detail: fmt.Sprintf("it begins with % x", head)}
}

// peek returns the first four bytes of a file, which remain to be read.
func peek(r io.Reader) ([]byte, *bufio.Reader, error) {
	b := bufio.NewReader(r)
	head, err := b.Peek(4)
	return head, b, err
}

// A capped reader fails with ErrTooLarge at a limit.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, &Error{Err: ErrTooLarge, Detail: fmt.Sprintf("a file of more than %d bytes; take the MQTT port only", MaxFile)}
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// openNg begins to read a pcapng file.
func openNg(b *bufio.Reader) (*frames, error) {
	g := &guard{r: b}
	n := 0
	fail := func(err error) error {
		if g.err != nil && g.err != io.EOF {
			return g.err
		}
		return malformed(n+1, err)
	}
	r, err := pcapgo.NewNgReader(g, pcapgo.NgReaderOptions{WantMixedLinkType: true})
	if err != nil {
		n = -1
		return nil, fail(err)
	}
	return &frames{comment: r.SectionInfo().Comment, next: func() (frame, error) {
		data, ci, options, err := r.ZeroCopyReadPacketDataWithOptions()
		if err == io.EOF {
			return frame{}, err
		}
		if err != nil {
			return frame{}, fail(err)
		}
		n++
		link, _ := ci.AncillaryData[0].(layers.LinkType)
		return frame{n: n, at: ci.Timestamp, link: link, data: data, length: ci.Length, comments: options.Comments}, nil
	}}, nil
}

// openClassic begins to read a pcap file.
func openClassic(b *bufio.Reader) (*frames, error) {
	r, err := pcapgo.NewReader(b)
	if err != nil {
		return nil, malformed(0, err)
	}
	if r.Snaplen() > maxBlock {
		r.SetSnaplen(maxBlock)
	}
	n := 0
	return &frames{next: func() (frame, error) {
		var ci gopacket.CaptureInfo
		data, ci, err := r.ZeroCopyReadPacketData()
		if err == io.EOF && ci.CaptureLength > 0 {
			err = io.ErrUnexpectedEOF // behind the head of the frame
		}
		if err == io.EOF {
			return frame{}, err
		}
		n++
		if err != nil {
			return frame{}, malformed(n, err)
		}
		return frame{n: n, at: ci.Timestamp, link: r.LinkType(), data: data, length: ci.Length}, nil
	}}, nil
}

// malformed makes an *Error of an error of the library, unless it is one
// or the file system's.
func malformed(n int, err error) error {
	var known *Error
	var system *fs.PathError
	switch {
	case errors.As(err, &known), errors.As(err, &system):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Frame: n, Err: ErrTruncated, Detail: "it ends within a frame"}
	}
	return &Error{Frame: n, Err: ErrMalformed, Detail: err.Error()}
}
