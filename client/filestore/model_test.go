package filestore_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"umqtt/client/filestore"
)

// Random calls, ends and torn writes, against a list.
func TestModel(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n))
		var s *filestore.Store
		reopen := func() {
			var err error
			if s, err = filestore.Open(path, filestore.Options{}); err != nil {
				r.Fatal(err)
			}
			filestore.SetCompactAt(s, rapid.Int64Range(0, 500).Draw(r, "compact at"))
		}
		reopen()
		defer func() { _ = s.Close() }()
		ids := rapid.Uint16Range(1, 6)
		type message struct {
			id   uint16
			text string
		}
		var want []message
		remove := func(id uint16) {
			want = slices.DeleteFunc(want, func(m message) bool { return m.id == id })
		}
		check := func(err error) {
			if err != nil {
				r.Fatal(err)
			}
		}
		r.Repeat(map[string]func(*rapid.T){
			"put": func(r *rapid.T) {
				m := message{ids.Draw(r, "id"), rapid.StringN(0, 60, -1).Draw(r, "packet")}
				check(s.Put(m.id, []byte(m.text)))
				remove(m.id)
				want = append(want, m)
			},
			"delete": func(r *rapid.T) {
				id := ids.Draw(r, "id")
				check(s.Delete(id))
				remove(id)
			},
			"clear": func(r *rapid.T) {
				check(s.Clear())
				want = nil
			},
			"reopen": func(r *rapid.T) {
				check(s.Close())
				record := filestore.PutRecord(9, []byte("torn"))
				file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
				check(err)
				_, err = file.Write(record[:rapid.IntRange(0, len(record)-1).Draw(r, "torn")])
				check(err)
				check(file.Close())
				reopen()
			},
			"": func(r *rapid.T) {
				var got []message
				check(s.Load(func(id uint16, packet []byte) { got = append(got, message{id, string(packet)}) }))
				if !slices.Equal(got, want) {
					r.Fatalf("got %v, want %v", got, want)
				}
			},
		})
	})
}
