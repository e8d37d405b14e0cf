package mutant_test

import (
	"context"
	"fmt"
	"net"

	"umqtt/harness/fault"
	"umqtt/harness/mutant"
	"umqtt/harness/simnet"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// pinger is a subject that can only ping.
type pinger struct {
	subject.Subject
	conn net.Conn
}

func (p pinger) Ping(context.Context) error {
	_, err := p.conn.Write((&wire.Pingreq{}).Append(nil))
	return err
}

// A mutant of one's own: the subject sends PINGREQ twice where it means to send it once.
func ExampleMutant_Apply() {
	m := mutant.Mutant{
		Name: "stutter", Doc: "sends every PINGREQ twice",
		Violates: []string{"3.1.2.10-may-1"}, Subjects: []string{"pinger"},
		Rules: []fault.Rule{{Match: fault.Match{Dirs: fault.ToServer, Type: wire.PINGREQ}, Action: fault.Duplicate{}}},
	}
	bad := m.Apply(subject.Factory{Name: "pinger", New: func(env subject.Env) (subject.Subject, error) {
		c, err := env.Dial(context.Background())
		return pinger{conn: c}, err
	}})

	own, peer := simnet.Pipe(0)
	s, err := bad.New(subject.Env{Dial: func(context.Context) (net.Conn, error) { return own, nil }})
	if err != nil {
		panic(err)
	}
	s.Ping(context.Background())
	sent := make([]byte, 99)
	n, _ := peer.Read(sent)
	fmt.Printf("%s sent % x\n", bad.Name, sent[:n])
	// Output: pinger+stutter sent c0 00 c0 00
}

func ExampleFind() {
	m, ok := mutant.Find("resend-without-dup")
	fmt.Println(m.Doc, m.Violates, ok)
	// Output: sends unacknowledged messages again without DUP [MQTT-3.3.1-1] true
}
