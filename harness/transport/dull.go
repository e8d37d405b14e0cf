package transport

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A dull connection does not notice an end of TLS.
type dull struct {
	net.Conn
	deaf func(error) bool

	mu       sync.Mutex // never held while waiting for anything
	deadline time.Time
	closed   bool
	over     bool
}

// newDull returns a connection over raw with one of the habits HearsNoEnd and HearsGoodbye.
func newDull(c net.Conn, raw *watched, h Habits) *dull {
	return &dull{Conn: c, deaf: func(err error) bool {
		switch {
		case err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF):
			return false
		case raw.ended.Load(): // crypto/tls says the same, between two records
			return h.HearsNoEnd
		}
		return h.HearsGoodbye
	}}
}

// watched is a connection that knows whether its end has been read. While trying is set, its Read does not wait.
type watched struct {
	net.Conn
	ended  atomic.Bool
	trying bool // of the one who reads
}

func (w *watched) Read(p []byte) (n int, err error) {
	if w.trying {
		if n, err = tryRead(w.Conn, p); n == 0 && err == nil {
			err = nothingNow{}
		}
	} else {
		n, err = w.Conn.Read(p)
	}
	if err == io.EOF {
		w.ended.Store(true)
	}
	return n, err
}

// Read reads, and waits behind an end that it does not notice.
func (d *dull) Read(p []byte) (int, error) {
	for {
		d.mu.Lock()
		over, closed := d.over, d.closed
		late := !d.deadline.IsZero() && !time.Now().Before(d.deadline)
		d.mu.Unlock()
		switch {
		case closed:
			return 0, net.ErrClosed
		case over && late:
			return 0, os.ErrDeadlineExceeded
		case over:
			time.Sleep(7 * time.Millisecond)
			continue
		}
		n, err := d.Conn.Read(p)
		if n > 0 || err == nil || !d.deaf(err) {
			return n, err
		}
		d.mu.Lock()
		d.over = true
		d.mu.Unlock()
	}
}

// SetDeadline implements [net.Conn].
func (d *dull) SetDeadline(t time.Time) error {
	d.note(t)
	return d.Conn.SetDeadline(t)
}

// SetReadDeadline implements [net.Conn].
func (d *dull) SetReadDeadline(t time.Time) error {
	d.note(t)
	return d.Conn.SetReadDeadline(t)
}

func (d *dull) note(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deadline = t
}

// Close implements [net.Conn].
func (d *dull) Close() error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	return d.Conn.Close()
}
