package umqtt

import (
	"context"
	"errors"
	"io"
	"net"
	"time"
)

// A socket is a blocking one.
type socket struct{ conn net.Conn }

// write writes each part by itself.
func (s *socket) write(parts ...[]byte) error {
	for _, p := range parts {
		if _, err := s.conn.Write(p); err != nil {
			return osError(err)
		}
	}
	return nil
}

// read reads n bytes, or what there is in front of the end of the connection. It waits for as long as that takes; the
// end of the context stands for the end of the program.
func (s *socket) read(ctx context.Context, n int) ([]byte, error) {
	stop := s.until(ctx)
	defer stop()
	b := make([]byte, n)
	got, err := io.ReadFull(s.conn, b)
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return b[:got], nil
	case ctx.Err() != nil:
		return nil, raise("KeyboardInterrupt", "%v", context.Cause(ctx))
	}
	return nil, osError(err)
}

// until ends reading with the context, as far as the returned function has not been called.
func (s *socket) until(ctx context.Context) (stop func()) {
	var past, none = time.Unix(1, 0), time.Time{}
	done := make(chan struct{})
	end := context.AfterFunc(ctx, func() {
		defer close(done)
		s.conn.SetReadDeadline(past)
	})
	return func() {
		if !end() {
			<-done
			s.conn.SetReadDeadline(none)
		}
	}
}
