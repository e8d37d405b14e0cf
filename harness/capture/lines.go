package capture

import (
	"bufio"
	"errors"
	"io"
)

// The limits of [Read] and [Parse].
const (
	// MaxBytes bounds the bytes of all packets of a capture.
	MaxBytes = 64 << 20
	// MaxRecords bounds the records of a capture.
	MaxRecords = 1 << 20
	// MaxLine bounds the bytes of a line.
	MaxLine = 1 << 20
)

// lines reads a stream line by line.
type lines struct {
	r    *bufio.Reader
	long []byte // of a line that is longer than the buffer of r
}

func newLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, 64<<10)} }

// begins reports whether there is another line and it begins with c.
func (l *lines) begins(c byte) bool {
	b, _ := l.r.Peek(1)
	return len(b) == 1 && b[0] == c
}

// next returns a line without its line feed; ended is false when it has none, as at the end of the stream. A line of
// more than [MaxLine] bytes is [ErrTooLarge].
func (l *lines) next() (line string, ended bool, err error) {
	l.long = l.long[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		if len(l.long)+len(part) > MaxLine {
			return "", false, ErrTooLarge
		}
		switch {
		case err == nil:
			part = part[:len(part)-1]
			if len(l.long) == 0 {
				return string(part), true, nil
			}
			return string(append(l.long, part...)), true, nil
		case errors.Is(err, bufio.ErrBufferFull):
			l.long = append(l.long, part...)
		case errors.Is(err, io.EOF):
			return string(append(l.long, part...)), false, nil
		default:
			return "", false, err
		}
	}
}
