package mortal_test

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/mortal"
	"umqtt/harness/wire"
)

func packet(id uint16) []byte {
	return (&wire.Publish{Topic: "t", Payload: []byte{'a' + byte(id)}, QoS: 1, PacketID: id}).Append(nil)
}

// link is a connection that takes everything, and has three bytes to read.
type link struct {
	net.Conn
	wrote  []byte
	closed bool
}

func (l *link) Write(b []byte) (int, error)   { l.wrote = append(l.wrote, b...); return len(b), nil }
func (l *link) Read(b []byte) (int, error)    { return copy(b, "xyz"), nil }
func (l *link) TryRead(b []byte) (int, error) { return l.Read(b) }
func (l *link) Close() error                  { l.closed = true; return nil }

// A process dies where its doom says, and what it did in front of that is done.
func TestDooms(t *testing.T) {
	for _, tt := range []struct {
		doom  mortal.Doom
		died  string // what fails first
		kept  []uint16
		wrote int
	}{
		{mortal.Doom{Op: mortal.Put, Nth: 2, When: mortal.Before}, "put 2", []uint16{1}, 0},
		{mortal.Doom{Op: mortal.Put, Nth: 2, When: mortal.Within}, "put 2", []uint16{1}, 0},
		{mortal.Doom{Op: mortal.Put, Nth: 2, When: mortal.Behind}, "put 2", []uint16{1, 2}, 0},
		{mortal.Doom{Op: mortal.Dial, Nth: 1, When: mortal.Before}, "dial", []uint16{1, 2}, 0},
		{mortal.Doom{Op: mortal.Dial, Nth: 1, When: mortal.Behind}, "dial", []uint16{1, 2}, 0},
		{mortal.Doom{Op: mortal.Write, Nth: 1, When: mortal.Before}, "write", []uint16{1, 2}, 0},
		{mortal.Doom{Op: mortal.Write, Nth: 1, When: mortal.Within, Bytes: 2}, "write", []uint16{1, 2}, 2},
		{mortal.Doom{Op: mortal.Write, Nth: 1, When: mortal.Behind}, "write", []uint16{1, 2}, 5},
		{mortal.Doom{Op: mortal.Read, Nth: 1, When: mortal.Before}, "read", []uint16{1, 2}, 5},
		{mortal.Doom{Op: mortal.Read, Nth: 2, When: mortal.Before}, "try", []uint16{1, 2}, 5},
		{mortal.Doom{Op: mortal.Delete, Nth: 1, When: mortal.Before}, "delete 1", []uint16{1, 2}, 5},
		{mortal.Doom{Op: mortal.Delete, Nth: 1, When: mortal.Within}, "delete 1", []uint16{1, 2}, 5},
		{mortal.Doom{Op: mortal.Delete, Nth: 1, When: mortal.Behind}, "delete 1", []uint16{2}, 5},
		{mortal.Doom{Op: mortal.Clear, Nth: 1, When: mortal.Behind}, "clear", nil, 5},
		{mortal.Doom{Op: mortal.Put, Nth: 3}, "", nil, 5},
	} {
		t.Run(tt.doom.String(), func(t *testing.T) {
			disk := &mortal.Memory{}
			died := 0
			w := &mortal.World{Disk: disk, Died: func(*mortal.Process, mortal.Doom) { died++ }}
			p := w.Begin(t.Context())
			w.Arm(&tt.doom)
			s, l := p.Store(disk), &link{}
			var c net.Conn
			first := ""
			does := func(what string, err error) {
				if errors.Is(err, mortal.ErrDead) && first == "" {
					first = what
				} else if first != "" && !errors.Is(err, mortal.ErrDead) {
					t.Errorf("%s of a dead process: %v", what, err)
				}
			}
			does("put 1", s.Put(1, packet(1)))
			does("put 2", s.Put(2, packet(2)))
			c, err := p.Dial(func(context.Context) (net.Conn, error) { return l, nil })(t.Context())
			if does("dial", err); c != nil {
				_, err = c.Write([]byte("12345"))
				does("write", err)
				_, err = c.Read(make([]byte, 8))
				does("read", err)
				_, err = c.(interface{ TryRead([]byte) (int, error) }).TryRead(make([]byte, 8))
				does("try", err)
			}
			does("delete 1", s.Delete(1))
			does("clear", s.Clear())

			var kept, disks []uint16
			for _, k := range w.Kept() {
				kept = append(kept, k.ID)
			}
			_ = disk.Load(func(id uint16, _ []byte) { disks = append(disks, id) })
			if first != tt.died || !cmp.Equal(kept, tt.kept) || !cmp.Equal(disks, tt.kept) || len(l.wrote) != tt.wrote {
				t.Errorf("it died of %q, %v are kept, %v are on the disk, %d bytes are written; want %q, %v and %d", first, kept, disks, len(l.wrote), tt.died, tt.kept, tt.wrote)
			}
			if p.Dead() != (tt.died != "") || (p.Context().Err() != nil) != p.Dead() || c != nil && l.closed != p.Dead() || died == 1 != p.Dead() || w.Err() != nil {
				t.Errorf("dead %t, context %v, closed %t, told %d times, error %v", p.Dead(), p.Context().Err(), l.closed, died, w.Err())
			}
		})
	}
}

// A process that is killed dies once, and a message that is none is the harness's mistake.
func TestKill(t *testing.T) {
	disk := &mortal.Memory{}
	died := 0
	w := &mortal.World{Disk: disk, Died: func(*mortal.Process, mortal.Doom) { died++ }}
	p := w.Begin(t.Context())
	p.Kill()
	p.Kill()
	if died != 1 || !p.Dead() {
		t.Errorf("it died %d times, dead %t", died, p.Dead())
	}
	if err := w.Begin(t.Context()).Store(disk).Put(7, packet(8)); err == nil || w.Err() == nil {
		t.Errorf("a message is kept under another identifier: %v, %v", err, w.Err())
	}
}
