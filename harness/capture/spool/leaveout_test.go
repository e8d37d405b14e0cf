package spool

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// wireSink writes .wire files as the proxy does: each up to a size, of which the newest are kept.
type wireSink struct {
	text, keep  int
	gate        chan struct{}
	files       []*bytes.Buffer
	w           *capture.Writer
	gaps, given int
}

func (x *wireSink) next() (err error) {
	x.files = append(x.files, new(bytes.Buffer))
	if len(x.files) > x.keep {
		x.files = x.files[1:]
	}
	x.w, err = capture.NewWriter(x.files[len(x.files)-1], "", true)
	return err
}

func (x *wireSink) Record(r capture.Record) error {
	<-x.gate
	x.given++
	err := x.w.Write(r)
	if x.w.Written() >= int64(x.text) {
		err = errors.Join(err, x.next())
	}
	return err
}

func (x *wireSink) Over(conn int) error { return nil }
func (x *wireSink) Flush() error        { return nil }

func (x *wireSink) Gap() error {
	x.gaps++
	return x.next()
}

// published is a record of a PUBLISH with an identifier, and of a size that depends on it.
func published(id int) capture.Record {
	p := &wire.Publish{Topic: "t", QoS: 1, PacketID: uint16(id), Payload: make([]byte, id%50)}
	return capture.Record{Conn: 1, Kind: capture.Sent, Data: p.Append(nil)}
}

// Where more passes than there is time for, the disk stays bounded. The files have the newest records without a gap, each
// file but the last one up to its size. A spool that is opened behind a crash has all that was on disk, and nothing that
// was left out.
func TestLeaveOut(t *testing.T) {
	const keep, size, records = 3, 20_000, 20_000
	synctest.Test(t, func(t *testing.T) {
		dir, crashed := t.TempDir(), t.TempDir()
		sink := &wireSink{text: size, keep: keep, gate: make(chan struct{})}
		if err := sink.next(); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir, sink, Options{Files: keep, Text: size, segment: 1000})
		for i := range records {
			s.Add(published(i + 1))
		}
		time.Sleep(2 * tick)
		synctest.Wait()
		if n := len(left(t, dir)); n > 60 {
			t.Errorf("%d segments of 1000 bytes", n)
		}
		if err := os.CopyFS(crashed, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		close(sink.gate)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if sink.gaps == 0 || sink.given > records/10 {
			t.Errorf("%d records were given, with %d gaps", sink.given, sink.gaps)
		}
		id := 0
		for i, f := range sink.files {
			if i < keep-1 && f.Len() < size {
				t.Errorf("file %d of %d has %d bytes", i+1, len(sink.files), f.Len())
			}
			c, err := capture.Parse("", f.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range c.Records {
				p, err := r.Packet()
				if err != nil {
					t.Fatal(err)
				}
				if got := int(p.(*wire.Publish).PacketID); id > 0 && got != id+1 {
					t.Fatalf("packet %d comes behind %d", got, id)
				} else {
					id = got
				}
			}
		}
		if id != records {
			t.Errorf("the last packet is %d, want %d", id, records)
		}

		lines := new(log)
		if err := open(t, crashed, lines, Options{}).Close(); err != nil {
			t.Fatal(err)
		}
		got := lines.all()
		last := slices.Index(got[1:], "gap") + 2 // the segment that was being read comes before it
		for i, line := range got[last:] {
			if want := fmt.Sprint("1 ", published(records-len(got[last:])+1+i)); line != want {
				t.Fatalf("behind a crash record %d of %d is %q, want %q", i+1, len(got[last:]), line, want)
			}
		}
		if last < 10 || len(got)-last < 500 {
			t.Errorf("behind a crash there are %d records and %d", last-2, len(got)-last)
		}
	})
}

// What the sink has got is not there again behind a crash, but for what the last segment has of it.
func TestGivenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, crashed := t.TempDir(), t.TempDir()
		s := open(t, dir, new(log), Options{segment: 40})
		for i := range 20 {
			s.Add(published(i + 1))
		}
		time.Sleep(2 * tick)
		synctest.Wait()
		if err := os.CopyFS(crashed, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		again := new(log)
		if err := open(t, crashed, again, Options{}).Close(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"gap", fmt.Sprint("1 ", published(19)), fmt.Sprint("1 ", published(20))}, again.all()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
