package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"umqtt/client"
)

// memory is a Store that writes down what is called and fails when told to.
type memory struct {
	ids     []uint16
	packets [][]byte
	log     []string
	fails   string // the method that fails
	during  func() // called in each method
}

var errStore = errors.New("no")

func (m *memory) note(method string, id uint16) error {
	m.log = append(m.log, fmt.Sprint(method, " ", id))
	if m.during != nil {
		m.during()
	}
	if m.fails == method {
		return errStore
	}
	return nil
}

func (m *memory) Load(yield func(uint16, []byte)) error {
	for i, id := range m.ids {
		lent := bytes.Clone(m.packets[i])
		yield(id, lent)
		clear(lent)
	}
	return m.note("load", 0)
}

func (m *memory) Put(id uint16, packet []byte) error {
	err := m.note("put", id)
	if err == nil {
		m.ids, m.packets = append(m.ids, id), append(m.packets, bytes.Clone(packet))
	}
	return err
}

func (m *memory) Delete(id uint16) error {
	for i := range m.ids {
		if m.ids[i] == id {
			m.ids, m.packets = append(m.ids[:i], m.ids[i+1:]...), append(m.packets[:i], m.packets[i+1:]...)
			break
		}
	}
	return m.note("delete", id)
}

func (m *memory) Clear() error {
	m.ids, m.packets = nil, nil
	return m.note("clear", 0)
}

// storeFailed expects a *StoreError.
func storeFailed(t *testing.T, err error, op string, id uint16) {
	t.Helper()
	var e *client.StoreError
	if !errors.As(err, &e) || e.Op != op || e.PacketID != id || !errors.Is(err, errStore) {
		t.Fatalf("got error %v, want a StoreError of %s %d", err, op, id)
	}
}

// A message is stored before a byte of it is sent, and removed after its PUBACK.
func TestStoredBeforeSent(t *testing.T) {
	s := &memory{}
	play(t, client.Config{Store: s}, func(w *world) {
		w.connect(false)
		s.during = func() {
			if len(s.log) == 2 { // the Put
				w.quiet()
			}
		}
		c := w.start(w.publish("t", 1))
		same(w.T, s.log, []string{"load 0", "put 1"})
		same(w.T, s.packets, [][]byte{raw(`32 06 0001 "t" 0001 "x"`)})
		w.want(`32 06 0001 "t" 0001 "x"`)
		w.send(puback1 + puback1)
		c.ok()
		w.start(w.wait).ok()
		w.start(w.publish("t", 0)).ok()
		same(w.T, s.log, []string{"load 0", "put 1", "delete 1"})
	})
}

// After a restart the stored messages are sent again, in their order, under ids that
// are in use meanwhile.
func TestStoreRestart(t *testing.T) {
	s := &memory{}
	for i, id := range []string{"0007", "0003", "0008"} {
		s.ids = append(s.ids, uint16(raw(id)[1]))
		s.packets = append(s.packets, raw(fmt.Sprintf(`32 06 0001 "%c" %s "x"`, 'a'+i, id)))
	}
	play(t, client.Config{Store: s, MaxInflight: 4}, func(w *world) {
		same(w.T, w.c.InFlight(7) && w.c.InFlight(3) && w.c.InFlight(8), true)
		w.is(w.publish("t", 1)(), client.ErrClosed)
		c := w.connecting(context.Background(), false)
		w.send("20 02 01 00")
		c.ok()
		w.want(`3a 06 0001 "a" 0007 "x"`, `3a 06 0001 "b" 0003 "x"`, `3a 06 0001 "c" 0008 "x"`)
		client.SetLastID(w.c, 6)
		c = w.start(w.publish("t", 1))
		w.want(`32 06 0001 "t" 0009 "x"`)
		w.send("40 02 0003" + "40 02 0009")
		c.ok()
		same(w.T, s.ids, []uint16{7, 8})
	})
	// Fewer slots than messages: nothing is lost, and nothing new is taken on.
	play(t, client.Config{Store: s, MaxInflight: 1}, func(w *world) {
		c := w.connecting(context.Background(), false)
		w.send("20 02 00 00")
		c.ok()
		w.want(`3a 06 0001 "a" 0007 "x"`, `3a 06 0001 "c" 0008 "x"`)
		w.is(w.publish("t", 1)(), client.ErrInflight)
		w.send("40 02 0008" + "40 02 0007")
		for range 2 {
			w.start(w.wait).ok()
		}
		c = w.start(w.publish("t", 1))
		w.want(`32 06 0001 "t" 0009 "x"`)
		w.send("40 02 0009")
		c.ok()
	})
}

// A clean session is not stored, and empties the store [MQTT-3.1.2-6].
func TestStoreCleanSession(t *testing.T) {
	s := &memory{ids: []uint16{5}, packets: [][]byte{raw(`32 06 0001 "t" 0005 "x"`)}}
	play(t, client.Config{Store: s, AckTimeout: sec}, func(w *world) {
		c := w.connecting(context.Background(), true)
		w.send("20 02 00 00")
		c.ok()
		w.gaveUp(5)
		c = w.start(w.publish("t", 1))
		time.Sleep(sec)
		w.pending(c.result(), 6)
		c = w.connecting(context.Background(), false)
		w.send("20 02 00 00")
		c.ok()
		w.gaveUp(6)
		same(w.T, w.c.Counts(), client.Counts{Dropped: 2})
		c = w.start(w.publish("t", 1))
		time.Sleep(sec)
		w.pending(c.result(), 7)
		same(w.T, s.log, []string{"load 0", "clear 0", "clear 0", "put 7"})
	})
}

// What is not stored is not sent.
func TestStorePutFails(t *testing.T) {
	s := &memory{fails: "put"}
	play(t, client.Config{Store: s, MaxInflight: 1}, func(w *world) {
		w.connect(false)
		for id := range uint16(3) {
			err := w.publish("t", 1)()
			storeFailed(w.T, err, "put", id+1)
			w.state(err, true, 0)
			w.idle()
		}
		s.fails = ""
		c := w.start(w.publish("t", 1))
		w.want(`32 06 0001 "t" 0004 "x"`)
		w.send("40 02 0004")
		c.ok()
	})
}

// A message that cannot be removed is acknowledged all the same: its Publish succeeds,
// and a notice tells, whichever call reads the PUBACK.
func TestStoreDeleteFails(t *testing.T) {
	play(t, client.Config{Store: &memory{fails: "delete"}, AckTimeout: sec, MaxInflight: 3}, func(w *world) {
		w.connect(false)
		w.c.SetCallback(func(client.Message) { w.is(w.publish("in", 1)(), nil) })
		c := w.start(w.publish("out", 1))
		w.send(hello + puback1 + puback2)
		c.ok()
		w.noticed(unkept(1), unkept(2))
		w.outcomes()

		w.c.SetCallback(nil)
		for range 3 {
			w.is(w.publish("t", 1)(), client.ErrTimeout)
		}
		w.send("40 02 0003 40 02 0005 40 02 0004")
		w.start(w.wait).ok()
		w.noticed(unkept(3))
		for range 2 {
			w.start(w.wait).ok()
		}
		w.noticed(unkept(5), unkept(4))
		w.outcomes("3 <nil>", "5 <nil>", "4 <nil>")
		same(w.T, w.c.Counts(), client.Counts{Unkept: 5})
	})
}

func unkept(id uint16) string {
	return (&client.StoreError{Op: "delete", PacketID: id, Err: errStore}).Error()
}

// An older session that cannot be forgotten must not begin a new one.
func TestStoreClearFails(t *testing.T) {
	s := &memory{fails: "clear"}
	play(t, client.Config{Store: s}, func(w *world) {
		_, err := w.c.Connect(context.Background(), true)
		storeFailed(w.T, err, "clear", 0)
		w.state(err, false, 0)
		w.packet()
		w.gone()
		s.fails = ""
		w.connect(false) // tries again
		same(w.T, s.log, []string{"load 0", "clear 0", "clear 0"})
	})
}

func TestStoreLoadFails(t *testing.T) {
	for name, packet := range map[string]string{
		"nothing":      "",
		"QoS 0":        `30 04 0001 "t" "x"`,
		"PUBACK":       "40 02 0001",
		"too long":     `32 07 0001 "t" 0001 "x"`,
		"too short":    `32 05 0001 "t" 0001 "x"`,
		"another id":   `32 06 0001 "t" 0002 "x"`,
		"topic length": `32 06 0003 "t" 0001 "x"`,
	} {
		s := &memory{ids: []uint16{1}, packets: [][]byte{raw(packet)}}
		_, err := client.New(client.Config{Addr: "a", Store: s})
		var e *client.StoreError
		if !errors.As(err, &e) || e.Op != "load" {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := raw(`32 06 0001 "t" 0001 "x"`)
	twice := &memory{ids: []uint16{1, 1}, packets: [][]byte{good, good}}
	if _, err := client.New(client.Config{Addr: "a", Store: twice}); err == nil {
		t.Error("an id twice")
	}
	_, err := client.New(client.Config{Addr: "a", Store: &memory{fails: "load"}})
	storeFailed(t, err, "load", 0)
}
