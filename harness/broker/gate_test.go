package broker

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/simnet"
)

// reader is a connection that reads from r.
type reader struct {
	net.Conn
	r io.Reader
}

func (r reader) Read(p []byte) (int, error) { return r.r.Read(p) }

// publishOf is a PUBLISH with so many bytes behind its fixed header.
func publishOf(n int) []byte {
	b := []byte{0x30}
	for rest := n; ; {
		c := byte(rest % 128)
		if rest /= 128; rest > 0 {
			b = append(b, c|0x80)
			continue
		}
		b = append(b, c)
		break
	}
	body := make([]byte, n)
	for i := range body {
		body[i] = byte(i % 251)
	}
	return append(b, body...)
}

// A gate changes no byte, however the stream is split and read.
func TestGatePasses(t *testing.T) {
	stream := bytes.Join([][]byte{
		{0xc0, 0}, publishOf(10), publishOf(gated - 1), publishOf(gated), {0xc0, 0}, publishOf(3 * gated), publishOf(gated), {0xe0, 0},
	}, nil)
	for name, input := range map[string][]byte{
		"packets":                       stream,
		"not MQTT":                      bytes.Repeat([]byte{0xff}, 3*gated),
		"then not MQTT":                 append(bytes.Clone(stream), bytes.Repeat([]byte{0xff}, 100)...),
		"cut in a packet that is small": stream[:100],
	} {
		for how, split := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "halved": iotest.HalfReader, "data and EOF": iotest.DataErrReader,
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				shared := budget{left: 10 * gated}
				g := newGate(reader{r: split(bytes.NewReader(input))}, &shared)
				var got []byte
				buf := make([]byte, 2048)
				for n := 1; ; n = n%len(buf) + 1 {
					k, err := g.Read(buf[:n])
					got = append(got, buf[:k]...)
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				if !bytes.Equal(got, input) {
					t.Errorf("%d bytes came out of %d, or others", len(got), len(input))
				}
				if g.end(); shared.left != 10*gated {
					t.Errorf("%d bytes of the budget are lost", 10*gated-shared.left)
				}
			})
		}
	}
}

// Mochi does not see the end of a length until the packet is there; what has arrived of it counts.
func TestGateKeepsBack(t *testing.T) {
	p := publishOf(4 * gated)
	shared := budget{left: 2 * gated}
	r, w := io.Pipe()
	g := newGate(reader{r: r}, &shared)
	go func() {
		w.Write(p[:gated])
		w.Close()
	}()
	got, err := io.ReadAll(g)
	if diff := cmp.Diff(p[:3], got); diff != "" || err != nil {
		t.Errorf("error %v, and of the packet (-want +got):\n%s", err, diff)
	}
	g = newGate(reader{r: bytes.NewReader(p)}, &shared)
	if _, err := io.ReadAll(g); !errors.Is(err, ErrBudget) {
		t.Errorf("beyond the budget: error %v", err)
	}
}

// The broker goes on behind a large packet, closes on one that is too large, and forgets who says nothing.
func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := simnet.Listen("broker", 0)
		b, err := Start(l)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Stop()
		connect := []byte("\x10\x0e\x00\x04MQTT\x04\x02\x00\x00\x00\x02c1")
		ask := func(sent ...[]byte) string {
			c, err := l.Dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for _, s := range sent {
				if _, err := c.Write(s); err != nil {
					t.Fatal(err)
				}
			}
			c.SetReadDeadline(time.Now().Add(OpenTimeout + time.Second))
			got, err := io.ReadAll(c)
			if err != nil {
				return string(got) + " open"
			}
			return string(got)
		}
		large := publishOf(1 << 20)
		large[4], large[5] = 0, 1 // a topic of one byte
		large[6] = 't'
		const up, pong = "\x20\x02\x00\x00", "\xd0\x00"
		for _, tt := range []struct {
			name string
			sent [][]byte
			want string
		}{
			{"a large packet", [][]byte{connect, large, {0xc0, 0}}, up + pong + " open"},
			{"an announced packet", [][]byte{connect, {0x30, 0xff, 0xff, 0xff, 0x0e}}, up + " open"},
			{"a packet that is too large", [][]byte{connect, {0x30, 0xff, 0xff, 0xff, 0x7f}}, up},
			{"no CONNECT", nil, ""},
			{"half a CONNECT", [][]byte{connect[:5]}, ""},
		} {
			if got := ask(tt.sent...); got != tt.want {
				t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
			}
		}
	})
}

func TestMaxConns(t *testing.T) {
	b := &Broker{conns: make([]net.Conn, MaxConns-1)}
	for _, want := range []bool{true, false} {
		if got := b.add(nil); got != want {
			t.Errorf("with %d connections: another one is taken: %t", len(b.conns), got)
		}
	}
}
