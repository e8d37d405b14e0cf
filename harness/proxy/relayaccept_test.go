package proxy

import (
	"context"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// failing is a listener without descriptors, which notes when it was asked and is closed after a number of failures.
type failing struct {
	net.Listener
	r     *Relay
	most  int
	asked []time.Duration
}

func (l *failing) Accept() (net.Conn, error) {
	l.asked = append(l.asked, l.r.Now())
	if len(l.asked) > l.most {
		return nil, net.ErrClosed
	}
	return nil, syscall.EMFILE
}

// A relay that cannot accept tries again, with a pause before each try, until it is closed.
func TestAcceptFails(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		name   string
		most   int           // failures before the listener is closed
		ends   time.Duration // when the context does
		want   []time.Duration
		lasted time.Duration
	}{
		{"the listener is closed", 3, time.Hour, []time.Duration{0, 50 * ms, 100 * ms, 150 * ms}, 150 * ms},
		{"the context ends in a pause", 1000, 70 * ms, []time.Duration{0, 50 * ms}, 70 * ms},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tt.ends)
				defer cancel()
				r, err := newRelay(ctx, Options{Upstream: "unused"})
				if err != nil {
					t.Fatal(err)
				}
				defer r.cancel()
				l := &failing{r: r, most: tt.most}
				r.ln = l
				r.accept()
				if diff := cmp.Diff(tt.want, l.asked); diff != "" {
					t.Errorf("accepts (-want +got):\n%s", diff)
				}
				if got := r.Now(); got != tt.lasted {
					t.Errorf("it gave up after %v, want %v", got, tt.lasted)
				}
			})
		})
	}
}
