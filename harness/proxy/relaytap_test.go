package proxy

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// tap keeps what it gets.
type tap struct {
	mu      sync.Mutex
	records []capture.Record
	closed  int
}

func (x *tap) Record(r capture.Record) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.records = append(x.records, r)
}

func (x *tap) Close() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.closed++
}

// A tap gets what a recorder would have recorded.
func TestRelayTap(t *testing.T) {
	x := &tap{}
	r := relay(t, Options{Tap: func(int, net.Addr) Tap { return x },
		Rules: []fault.Rule{{Match: fault.Match{Type: wire.PINGREQ, Dirs: fault.ToServer}, Action: fault.Drop{}}}})
	c := dial(t, r)
	c.Write((&wire.Disconnect{}).Append((&wire.Pingreq{}).Append(nil)))
	if _, err := io.ReadFull(c, make([]byte, 2)); err != nil {
		t.Fatal(err)
	}
	c.Close()
	wait(t, "the tap is closed", func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		return x.closed == 1
	})
	var got []string
	for _, rec := range x.records {
		rec.Time = capture.NoTime
		got = append(got, rec.String())
	}
	want := []string{"-.--- > PINGREQ", "-.--- > DISCONNECT", "-.--- * fault drop > PINGREQ", "-.--- > FIN", "-.--- < DISCONNECT"}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// Two hundred clients at once get back what they sent, under delays that differ, and nothing is kept of them.
func TestRelayManyClients(t *testing.T) {
	r := relay(t, Options{Seed: 1, Tap: func(int, net.Addr) Tap { return &tap{} }, Rules: []fault.Rule{
		{Match: fault.Match{Dirs: fault.ToClient}, Action: fault.Jitter{Max: 5 * time.Millisecond}},
		{Match: fault.Match{Type: wire.PUBLISH, Probability: 0.1}, Action: fault.Split{Sizes: []int{3}}},
	}})
	const clients, packets = 200, 50
	var wg sync.WaitGroup
	for i := range clients {
		c := dial(t, r)
		c.SetDeadline(time.Now().Add(time.Minute))
		var sent []byte
		for j := range packets {
			sent = (&wire.Publish{Topic: "t", Payload: bytes.Repeat([]byte{byte(i)}, j*7)}).Append(sent)
		}
		wg.Go(func() {
			go func() {
				c.Write(sent)
				c.CloseWrite()
			}()
			if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("client %d: %d of %d bytes came back: %v", i, len(got), len(sent), err)
			}
		})
	}
	wg.Wait()
	wait(t, "all are forgotten", func() bool { return r.Stats().Open == 0 })
	if n := r.Stats().Sent[wire.PUBLISH]; n != clients*packets {
		t.Errorf("%d PUBLISH packets were counted, want %d", n, clients*packets)
	}
}

// TLS is spoken on either side, and resets pass.
func TestRelayTLS(t *testing.T) {
	cert := selfSigned(t)
	r := relay(t, Options{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
	outer := relay(t, Options{Dial: func(ctx context.Context) (net.Conn, error) {
		d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}
		return d.DialContext(ctx, "tcp", r.Addr())
	}})
	if got := answered(t, outer, &wire.Pingreq{}, &wire.Disconnect{}); !cmp.Equal(got, []string{"PINGREQ", "DISCONNECT"}) {
		t.Errorf("came back %v", got)
	}
	c := dial(t, outer)
	c.Write((&wire.Pingreq{}).Append(nil))
	if _, err := io.ReadFull(c, make([]byte, 2)); err != nil {
		t.Fatal(err)
	}
	r.Down()
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("read error %v, want a reset", err)
	}
}

// selfSigned returns a certificate that nobody has to trust.
func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, pub, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
