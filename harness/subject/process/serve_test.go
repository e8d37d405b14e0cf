package process

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/subject"
)

// dialer is a subject that dials Env.Addr by itself. Other calls than Connect it does not have.
type dialer struct {
	subject.Subject
	addr string
	saw  *[]string
}

func (d dialer) Connect(context.Context, subject.Options) (bool, error) {
	*d.saw = append(*d.saw, d.addr)
	return false, nil
}

func (d dialer) Abort() error { return nil }

// Serve gives a subject the address of its own scenario, not that of the one before: a client that dials by itself
// would connect to the proxy of another scenario.
func TestServeAddress(t *testing.T) {
	var saw []string
	f := subject.Factory{Name: "dialer", New: func(env subject.Env) (subject.Subject, error) {
		return dialer{addr: env.Addr, saw: &saw}, nil
	}}
	requests := strings.NewReader(`{"id":1,"op":"connect","host":"127.0.0.1","port":1001}
{"id":2,"op":"connect","host":"127.0.0.1","port":1001}
{"id":3,"op":"reset"}
{"id":4,"op":"connect","host":"127.0.0.1","port":1002}
{"id":5,"op":"reset"}
`)
	var out strings.Builder
	answered := make(chan bool)
	r, w := io.Pipe()
	go func() {
		io.Copy(w, requests)
		<-answered
		w.Close()
	}()
	if err := Serve(f, r, writerFunc(func(b []byte) (int, error) {
		if out.Write(b); strings.Contains(string(b), `"id":5`) {
			close(answered)
		}
		return len(b), nil
	})); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"127.0.0.1:1001", "127.0.0.1:1001", "127.0.0.1:1002"}, saw); diff != "" {
		t.Errorf("the addresses (-want +got):\n%s\nthe answers:\n%s", diff, &out)
	}
}

type writerFunc func(b []byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
