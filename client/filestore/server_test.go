package filestore_test

import (
	"context"
	"math/rand/v2"
	"net"

	"umqtt/client"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// connect connects a client with a store to a server that acknowledges messages
// late, in any order, and some of them never.
func connect(s client.Store, random *rand.Rand) (*client.Client, *server) {
	srv := &server{random: random}
	c, err := client.New(client.Config{
		ClientID: "c", Store: s, AckTimeout: 1, MaxInflight: 8,
		Dial: func(context.Context) (net.Conn, error) {
			srv.Conn, srv.end = simnet.Pipe(0)
			return srv, nil
		},
	})
	check(err)
	_, err = c.Connect(context.Background(), false)
	check(err)
	return c, srv
}

// server answers from within the client's Write.
type server struct {
	*simnet.Conn
	end    *simnet.Conn
	random *rand.Rand // nil: no PUBACKs
	got    []*wire.Publish
	owed   []uint16
}

func (s *server) Write(b []byte) (int, error) {
	p, err := wire.DecodeFrom(wire.ToServer, b)
	check(err)
	switch p := p.(type) {
	case *wire.Connect:
		_, _ = s.end.Write((&wire.Connack{}).Append(nil))
	case *wire.Publish:
		p.Payload = append([]byte(nil), p.Payload...)
		s.got = append(s.got, p)
		s.owed = append(s.owed, p.PacketID)
		for s.random != nil && (len(s.owed) > 5 || len(s.owed) > 0 && s.random.IntN(3) > 0) {
			i := s.random.IntN(len(s.owed))
			_, _ = s.end.Write((&wire.Puback{PacketID: s.owed[i]}).Append(nil))
			s.owed = append(s.owed[:i], s.owed[i+1:]...)
		}
	}
	return len(b), nil
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
