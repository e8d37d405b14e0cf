package transport_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/simnet"
	"umqtt/harness/transport"
)

// A rig is a server and a way to dial it, in memory.
type rig struct {
	server *transport.Server
	mu     sync.Mutex
	notes  []string
	ends   chan transport.Socket // MQTT, as the server has it
	raw    *simnet.Conn          // the server's end of the newest connection
}

func newRig(t *testing.T, kind transport.Kind) *rig {
	t.Helper()
	r := &rig{ends: make(chan transport.Socket, 8)}
	r.server = transport.NewServer(kind, transport.Local(), func(conn int, text string) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.notes = append(r.notes, text)
	})
	return r
}

// dial opens a connection below MQTT.
func (r *rig) dial(context.Context) (net.Conn, error) {
	client, raw := simnet.Pipe(0)
	r.raw = raw
	end := r.server.Accept(1, raw)
	r.ends <- end
	return client, nil
}

// connect returns both ends of a connection that carries MQTT.
func (r *rig) connect(t *testing.T, h transport.Habits) (client net.Conn, server transport.Socket) {
	t.Helper()
	go func() { // the first read of the server makes the handshake
		server = <-r.ends
		server.Read(nil)
	}()
	client, err := r.server.Target().Over(r.dial, h)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return client, server
}

// noted are the notes so far.
func (r *rig) noted() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.notes
}

func read(t *testing.T, c net.Conn, n int) string {
	t.Helper()
	b := make([]byte, n)
	k, err := io.ReadFull(c, b)
	if err != nil {
		t.Fatalf("%q, then %v", b[:k], err)
	}
	return string(b)
}

var kinds = []transport.Kind{transport.TCP, transport.TLS, transport.WebSocket}

// Bytes pass in both directions, however they are cut and however many they are, and so do the ends.
func TestBytesPass(t *testing.T) {
	large := strings.Repeat("0123456789", 7000)
	for _, kind := range kinds {
		synctest.Test(t, func(t *testing.T) {
			client, server := newRig(t, kind).connect(t, transport.Habits{})
			for _, s := range []string{"a", "hello", strings.Repeat("x", 125), strings.Repeat("y", 126), large} {
				client.Write([]byte(s))
				if got := read(t, server, len(s)); got != s {
					t.Errorf("%s: to the server: %d other bytes, want %d", kind, len(got), len(s))
				}
				server.Write([]byte(s))
				if got := read(t, client, len(s)); got != s {
					t.Errorf("%s: to the client: %d other bytes, want %d", kind, len(got), len(s))
				}
			}
			client.SetReadDeadline(time.Now().Add(time.Second))
			if _, err := client.Read(make([]byte, 1)); !errors.Is(err, context.DeadlineExceeded) && !isTimeout(err) {
				t.Errorf("%s: a read behind its deadline: %v", kind, err)
			}
			client.SetReadDeadline(time.Time{})
			server.Write([]byte("on"))
			if got := read(t, client, 2); got != "on" {
				t.Errorf("%s: behind a deadline: %q", kind, got)
			}
			client.Close()
			if n, err := server.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("%s: the end of the client is %d, %v", kind, n, err)
			}
			server.Close()
		})
	}
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// However the server ends, the client reads an end. With a good-bye alone TCP stays open.
func TestServerEnds(t *testing.T) {
	for _, kind := range kinds[1:] {
		for _, end := range transport.Ends() {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, kind)
				client, server := r.connect(t, transport.Habits{})
				r.server.Misbehave(transport.Faults{End: end})
				server.Write([]byte("x"))
				server.CloseWrite()
				if got := read(t, client, 1); got != "x" {
					t.Errorf("%s, %s: %q", kind, end, got)
				}
				if n, err := client.Read(make([]byte, 1)); n != 0 || err != io.EOF {
					t.Errorf("%s, %s: %d bytes, %v, want the end", kind, end, n, err)
				}
				_, err := r.raw.Write([]byte("x"))
				if open := err == nil; open != (end == transport.Goodbye) {
					t.Errorf("%s, %s: TCP is open: %t", kind, end, open)
				}
				client.Close()
				server.Close()
			})
		}
	}
}

// A client that verifies refuses each certificate but the good one, and one that does not takes what it does not
// look at. The clock of a bubble begins in 2000.
func TestCertificates(t *testing.T) {
	for _, habits := range []struct {
		habits transport.Habits
		takes  []transport.Certificate
	}{
		{transport.Habits{}, []transport.Certificate{transport.Good}},
		{transport.Habits{AnyName: true}, []transport.Certificate{transport.Good, transport.WrongName}},
		{transport.Habits{Unverified: true}, transport.Certificates()},
	} {
		synctest.Test(t, func(t *testing.T) {
			var takes []transport.Certificate
			for _, cert := range transport.Certificates() {
				r := newRig(t, transport.TLS)
				r.server.Misbehave(transport.Faults{Certificate: cert})
				go func() {
					server := <-r.ends
					io.Copy(io.Discard, server)
					server.Close()
				}()
				c, err := r.server.Target().Over(r.dial, habits.habits)(t.Context())
				if err == nil {
					takes = append(takes, cert)
					c.Close()
				}
				synctest.Wait()
				if noted := len(r.noted()) > 0; noted == (err == nil) {
					t.Errorf("%s: the handshake ends with %v, and there are the notes %q", cert, err, r.noted())
				}
			}
			if diff := cmp.Diff(habits.takes, takes); diff != "" {
				t.Errorf("%+v takes (-want +got):\n%s", habits.habits, diff)
			}
		})
	}
}

// What a client sends in plain text is read as if it were MQTT, behind whatever it has sent of TLS, and not
// answered.
func TestPlainText(t *testing.T) {
	for _, answer := range []transport.Answer{transport.Proper, transport.PlainText, transport.Nothing} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, transport.TLS)
			r.server.Misbehave(transport.Faults{Answer: answer})
			client, _ := r.dial(t.Context())
			server := <-r.ends
			want := "\x10\x02ab"
			hello := "\x16\x03\x01\x00\x03abc"
			if answer == transport.Proper {
				hello = ""
			}
			client.Write([]byte(hello + want[:1]))
			client.Write([]byte(want[1:]))
			if got := read(t, server, len(want)); got != want {
				t.Errorf("%s: the server reads %q, want %q", answer, got, want)
			}
			server.Write([]byte("lost"))
			client.SetReadDeadline(time.Now().Add(time.Second))
			got, _ := io.ReadAll(client)
			if strings.Contains(string(got), "lost") {
				t.Errorf("%s: the client reads %q", answer, got)
			}
			client.Close()
			server.Close()
		})
	}
}

// A server selects what it is told to, in what it is told to send.
func TestWebSocketFaults(t *testing.T) {
	for _, tt := range []struct {
		name   string
		faults transport.Faults
		habits transport.Habits
		fails  bool
		note   string
	}{
		{name: "proper", note: "mqtt"},
		{name: "another subprotocol", faults: transport.Faults{Subprotocol: "chat"}, fails: true, note: "mqtt"},
		{name: "another subprotocol, taken", faults: transport.Faults{Subprotocol: "chat"}, habits: transport.Habits{AnySubprotocol: true}, note: "mqtt"},
		{name: "no subprotocol", faults: transport.Faults{Subprotocol: transport.NoSubprotocol}, fails: true, note: "mqtt"},
		{name: "forbidden", faults: transport.Faults{Status: 403}, fails: true, note: "mqtt"},
		{name: "plain text", faults: transport.Faults{Answer: transport.PlainText}, fails: true},
		{name: "nothing offered", habits: transport.Habits{OffersNothing: true}, note: "no subprotocol"},
		{name: "another offered", habits: transport.Habits{OffersAnother: true}, note: "mqttv3.1"},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, transport.WebSocket)
			r.server.Misbehave(tt.faults)
			go func() {
				server := <-r.ends
				io.Copy(io.Discard, server)
				server.Close()
			}()
			c, err := r.server.Target().Over(r.dial, tt.habits)(t.Context())
			if (err != nil) != tt.fails {
				t.Errorf("%s: %v", tt.name, err)
			}
			if c != nil {
				c.Close()
			}
			synctest.Wait()
			var want []string
			if tt.note != "" {
				want = []string{transport.NoteOffers + tt.note}
			}
			if diff := cmp.Diff(want, r.noted()); diff != "" {
				t.Errorf("%s: notes (-want +got):\n%s", tt.name, diff)
			}
		})
	}
}

// Messages in fragments are read whole; in text they end the connection of a client that keeps the standard.
func TestWebSocketData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, transport.WebSocket)
		client, server := r.connect(t, transport.Habits{})
		r.server.Misbehave(transport.Faults{Fragment: 2})
		server.Write([]byte("abcde"))
		if got := read(t, client, 5); got != "abcde" {
			t.Errorf("fragments: %q", got)
		}
		r.server.Misbehave(transport.Faults{Text: true})
		server.Write([]byte("x"))
		if n, err := client.Read(make([]byte, 1)); n != 0 || err == nil || err == io.EOF {
			t.Errorf("a text frame: %d, %v", n, err)
		}
		client.Close()
		server.Close()
	})
}

// A text frame of a client is noted and shown, and nothing behind it is read.
func TestClientSendsText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, transport.WebSocket)
		client, server := r.connect(t, transport.Habits{Text: true})
		client.Write([]byte("one"))
		client.Write([]byte("two"))
		if got := read(t, server, 3); got != "one" {
			t.Errorf("the server reads %q", got)
		}
		if diff := cmp.Diff([]string{transport.NoteOffers + "mqtt", transport.NoteData + transport.TextFrame}, r.noted()); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
		if _, err := client.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the client reads %v, want the end", err)
		}
		client.Close()
		if n, err := server.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("behind the text frame: %d, %v", n, err)
		}
		server.Close()
	})
}

// Join passes on bytes, FIN and RST.
func TestJoin(t *testing.T) {
	for _, reset := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			a, b := simnet.Pipe(0)
			c, d := simnet.Pipe(0)
			var joined sync.WaitGroup
			joined.Go(func() { transport.Join(b, c) })
			a.Write([]byte("x"))
			if got := read(t, d, 1); got != "x" {
				t.Errorf("%q", got)
			}
			if reset {
				a.Reset()
			} else {
				a.CloseWrite()
			}
			if _, err := d.Read(make([]byte, 1)); (err == io.EOF) == reset {
				t.Errorf("reset %t: %v", reset, err)
			}
			d.Close()
			joined.Wait()
		})
	}
}

// A name that no certificate can hold is an error, and there is no authority then.
func TestNewAuthorityErrors(t *testing.T) {
	for _, name := range []string{"b\u00fccher.example", "\xff"} {
		if a, err := transport.NewAuthority(name); err == nil || a != nil {
			t.Errorf("NewAuthority(%q) returns an authority: %t, and the error %v", name, a != nil, err)
		}
	}
}

// The target's configuration is what a client of crypto/tls needs.
func ExampleTarget_Config() {
	authority, _ := transport.NewAuthority("broker.example")
	s := transport.NewServer(transport.TLS, authority, nil)
	var cfg *tls.Config = s.Target().Config()
	_ = cfg // of tls.Client
	// Output:
}
