package mutant_test

import (
	"bytes"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"umqtt/harness/fault"
	"umqtt/harness/mutant"
	"umqtt/harness/wire"
)

var (
	hi      = (&wire.Publish{Topic: "t", Payload: []byte("hi"), QoS: 1, PacketID: 7}).Append(nil)
	ack     = (&wire.Puback{PacketID: 7}).Append(nil)
	ping    = (&wire.Pingreq{}).Append(nil)
	pong    = (&wire.Pingresp{}).Append(nil)
	long    = (&wire.Publish{Topic: "t", Payload: bytes.Repeat([]byte{'x'}, 300)}).Append(nil)
	noMQTT  = []byte{0x30, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2}
	anyType = fault.Match{}
)

// tampering is a mutant that does this to every packet that matches.
func tampering(m fault.Match, a fault.Action) mutant.Mutant {
	return mutant.Mutant{Name: "test", Rules: []fault.Rule{{Match: m, Action: a}}}
}

// asIs is a mutant that changes nothing.
func asIs() mutant.Mutant {
	return rewriting(func(p fault.Packet) []fault.Packet { return []fault.Packet{p} })
}

func rewriting(f func(fault.Packet) []fault.Packet) mutant.Mutant {
	return mutant.Mutant{Name: "test", Rewrite: func() mutant.Rewrite { return mutant.Rewrite{Packet: f} }}
}

func bytesOf(chunks ...[]byte) []byte { return slices.Concat(chunks...) }

// single cuts b into single bytes.
func single(b []byte) [][]byte {
	var chunks [][]byte
	for i := range b {
		chunks = append(chunks, b[i:i+1])
	}
	return chunks
}

// Packets are tampered with in both directions, however the stream is split.
func TestTampering(t *testing.T) {
	for _, tt := range []struct {
		reason   string
		m        mutant.Mutant
		in, want []byte
	}{
		{"nothing", asIs(), bytesOf(hi, ack), bytesOf(hi, ack)},
		{"drop", tampering(fault.Match{Type: wire.PUBACK}, fault.Drop{}), bytesOf(hi, ack, hi), bytesOf(hi, hi)},
		{"nth", tampering(fault.Match{Type: wire.PUBACK, Nth: 2}, fault.Drop{}), bytesOf(ack, ack, ack), bytesOf(ack, ack)},
		{"set", tampering(fault.Match{Type: wire.PUBACK}, fault.Set{Fields: map[string]any{"packet_id": 8}}), ack, []byte{0x40, 2, 0, 8}},
		{"corrupt", tampering(fault.Match{Type: wire.PUBACK}, fault.Corrupt{Byte: -1, Xor: 0x40}), ack, []byte{0x40, 2, 0, 0x47}},
		{"duplicate", tampering(anyType, fault.Duplicate{}), ack, bytesOf(ack, ack)},
		{"swap", tampering(fault.Match{Nth: 1}, fault.Swap{}), bytesOf(hi, ack), bytesOf(ack, hi)},
		{"inject", tampering(fault.Match{Type: wire.PUBACK}, fault.Inject{Data: ping, Before: true}), ack, bytesOf(ping, ack)},
		{"truncate", tampering(anyType, fault.Truncate{To: 3}), hi, hi[:3]},
		{"replace", tampering(anyType, fault.Replace{With: ping}), hi, ping},
		{"split", tampering(anyType, fault.Split{Sizes: []int{1, 2}}), hi, hi},
		{"merge", tampering(anyType, fault.Merge{}), bytesOf(hi, ack), bytesOf(hi, ack)},
		{"several packets for one", rewriting(func(p fault.Packet) []fault.Packet { return []fault.Packet{p, p} }), ack, bytesOf(ack, ack)},
		{"rewrite before rules", mutant.Mutant{
			Name: "test",
			Rewrite: func() mutant.Rewrite {
				return mutant.Rewrite{Packet: func(p fault.Packet) []fault.Packet { p.Data = ping; return []fault.Packet{p} }}
			},
			Rules: []fault.Rule{{Match: fault.Match{Type: wire.PINGREQ}, Action: fault.Duplicate{}}},
		}, ack, bytesOf(ping, ping)},
		{"swap with a long packet", tampering(fault.Match{Nth: 1}, fault.Swap{}), bytesOf(hi, long), bytesOf(long, hi)},
		{"what is not MQTT, and all behind it", tampering(fault.Match{Type: wire.PUBLISH}, fault.Drop{}), bytesOf(ack, noMQTT, hi), bytesOf(ack, noMQTT, hi)},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			inBoth(t, func(t *testing.T, n network) {
				for _, chunks := range [][][]byte{{tt.in}, single(tt.in)} {
					l := n.connect(tt.m)
					n.write(l.subject, chunks...)
					n.wants(l.peer, tt.want, "")
					l = n.connect(tt.m)
					n.write(l.peer, chunks...)
					n.wants(l.subject, tt.want, "")
				}
			})
		})
	}
}

// Every connection of one subject passes the same engine and the same rewrite; another subject has its own.
func TestTamperingCountsOverConnections(t *testing.T) {
	inBoth(t, func(t *testing.T, n network) {
		var conns []int
		m := tampering(fault.Match{Nth: 2}, fault.Drop{})
		m.Rewrite = func() mutant.Rewrite {
			return mutant.Rewrite{Packet: func(p fault.Packet) []fault.Packet {
				conns = append(conns, p.Conn)
				return []fault.Packet{p}
			}}
		}
		open := n.subject(m)
		first, second := open(), open()
		n.write(first.subject, ping)
		n.write(second.subject, ping)
		n.wants(first.peer, ping, "")
		n.wants(second.peer, nil, "")
		other := n.connect(m)
		n.write(other.subject, ping)
		n.wants(other.peer, ping, "")
		if !slices.Equal(conns, []int{1, 2, 1}) {
			t.Errorf("connections %v, want 1 2 1", conns)
		}
	})
}

// A packet that is not whole is held back, and passed on when its stream ends; so is what a rule kept.
func TestEndOfStreamPassesTheRest(t *testing.T) {
	swap := tampering(fault.Match{Nth: 1}, fault.Swap{})
	for _, tt := range []struct {
		reason string
		m      mutant.Mutant
		in     []byte
	}{
		{"part of a packet", asIs(), hi[:5]},
		{"a packet that waits for the next", swap, hi},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			inBoth(t, func(t *testing.T, n network) {
				l := n.connect(tt.m)
				n.write(l.subject, tt.in)
				n.wants(l.peer, nil, "")
				l.subject.Close()
				n.wants(l.peer, tt.in, "FIN")

				l = n.connect(tt.m)
				n.write(l.subject, tt.in)
				l.subject.CloseWrite()
				n.wants(l.peer, tt.in, "FIN")

				l = n.connect(tt.m)
				n.write(l.peer, tt.in)
				n.wants(l.subject, nil, "")
				l.peer.Close()
				n.wants(l.subject, tt.in, "FIN")
			})
		})
	}
}

// Rest has the last word on a packet that the peer did not finish.
func TestRest(t *testing.T) {
	m := mutant.Mutant{Name: "test", Rewrite: func() mutant.Rewrite {
		return mutant.Rewrite{Rest: func(conn int, rest []byte) []byte { return append(slices.Clone(ping), byte(conn), byte(len(rest))) }}
	}}
	inBoth(t, func(t *testing.T, n network) {
		l := n.connect(m)
		n.write(l.peer, hi, hi[:5])
		l.peer.Close()
		n.wants(l.subject, bytesOf(hi, ping, []byte{1, 5}), "FIN")
		l = n.connect(m)
		l.peer.Close()
		n.wants(l.subject, bytesOf(ping, []byte{1, 0}), "FIN")
	})
}

// A rewrite may answer in place of either side.
func TestRewriteAnswers(t *testing.T) {
	m := rewriting(func(p fault.Packet) []fault.Packet {
		if p.Dir == wire.ToServer {
			return []fault.Packet{{Dir: wire.ToClient, Data: pong}}
		}
		return []fault.Packet{p, {Dir: wire.ToServer, Data: ack}}
	})
	inBoth(t, func(t *testing.T, n network) {
		l := n.connect(m)
		n.write(l.subject, ping)
		n.wants(l.subject, pong, "")
		n.write(l.peer, hi)
		n.wants(l.subject, hi, "")
		n.wants(l.peer, ack, "")
	})
}

// One goroutine reads while another writes.
func TestReadWhileWriting(t *testing.T) {
	inBoth(t, func(t *testing.T, n network) {
		l := n.connect(rewriting(func(p fault.Packet) []fault.Packet {
			if p.Dir == wire.ToClient {
				return []fault.Packet{p, {Dir: wire.ToServer, Data: pong}}
			}
			return []fault.Packet{p}
		}))
		const count = 200
		var all sync.WaitGroup
		all.Go(func() {
			for range count {
				l.subject.Write(ping)
			}
		})
		all.Go(func() {
			for range count {
				l.peer.Write(hi)
			}
		})
		all.Go(func() { io.ReadFull(l.subject, make([]byte, count*len(hi))) })
		got := make([]byte, count*(len(ping)+len(pong)))
		if _, err := io.ReadFull(l.peer, got); err != nil {
			t.Fatal(err)
		}
		all.Wait()
		if pings := strings.Count(string(got), string(ping)); pings != count {
			t.Errorf("%d PINGREQ arrived, want %d", pings, count)
		}
	})
}

// A rule that does not suit the packets it matches is the mutant's fault, and says so.
func TestWrongRulePanics(t *testing.T) {
	defer func() {
		if p, _ := recover().(string); !strings.HasPrefix(p, "mutant test: ") || !strings.Contains(p, "byte 99") {
			t.Errorf("panic %q, want one that names the mutant and the byte", p)
		}
	}()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	n := network{t: t, pair: func() (net.Conn, net.Conn) { return a, b }}
	n.connect(tampering(anyType, fault.Corrupt{Byte: 99, Xor: 1})).subject.Write(ping)
}

// What a rewrite makes of the beginning of a packet is handed over at once; what it leaves as it is waits for the
// rest.
func TestPiece(t *testing.T) {
	for _, tt := range []struct {
		reason      string
		piece       func(conn int, b []byte) []byte
		first, then []byte
	}{
		{"left as it is", func(_ int, b []byte) []byte { return b }, nil, hi},
		{"lost", func(int, []byte) []byte { return nil }, nil, nil},
		{"replaced", func(conn int, b []byte) []byte { return append(slices.Clone(pong), byte(conn), byte(len(b))) }, bytesOf(pong, []byte{1, 2}), nil},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			m := mutant.Mutant{Name: "test", Rewrite: func() mutant.Rewrite { return mutant.Rewrite{Piece: tt.piece} }}
			inBoth(t, func(t *testing.T, n network) {
				l := n.connect(m)
				n.write(l.peer, hi[:2])
				n.wants(l.subject, tt.first, "")
				if tt.then != nil {
					n.write(l.peer, hi[2:])
					n.wants(l.subject, tt.then, "")
				}
				n.write(l.peer, pong)
				n.wants(l.subject, pong, "")
			})
		})
	}
}

// A mutant that changes only what the subject sends hands it the bytes as they come. One that may change what the subject is handed
// hands it whole packets.
func TestBytesAsTheyCome(t *testing.T) {
	sent := mutant.Mutant{Name: "test", Rewrite: func() mutant.Rewrite {
		return mutant.Rewrite{Sent: true, Packet: func(p fault.Packet) []fault.Packet { return []fault.Packet{p} }}
	}}
	for _, tt := range []struct {
		reason string
		m      mutant.Mutant
		comes  bool
	}{
		{"rules for what it sends", tampering(fault.Match{Dirs: fault.ToServer, Type: wire.PUBACK}, fault.Drop{}), true},
		{"rules for both", tampering(fault.Match{Type: wire.PUBACK}, fault.Drop{}), false},
		{"a rewrite of what it sends", sent, true},
		{"a rewrite of both", asIs(), false},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			inBoth(t, func(t *testing.T, n network) {
				l := n.connect(tt.m)
				for _, piece := range [][]byte{hi[:2], hi[2:5]} {
					n.write(l.peer, piece)
					if tt.comes {
						n.wants(l.subject, piece, "")
					} else {
						n.wants(l.subject, nil, "")
					}
				}
				n.write(l.peer, hi[5:])
				if tt.comes {
					n.wants(l.subject, hi[5:], "")
				} else {
					n.wants(l.subject, hi, "")
				}
			})
		})
	}
}
