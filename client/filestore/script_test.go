package filestore_test

import (
	"fmt"
	"slices"
	"strings"

	"umqtt/client/filestore"
)

// action is one call of a store.
type action struct {
	kind   string // put, delete or clear
	id     uint16
	packet string
}

// script is what the tests of full disks and of crashes do with a store.
var script = []action{
	{"put", 1, "first"},
	{"put", 2, "the second is longer than the others"},
	{"put", 3, ""},
	{"delete", 2, ""},
	{"delete", 9, ""},
	{"put", 2, "second\x00\x00"},
	{"put", 3, "third, anew"},
	{"delete", 1, ""},
	{"delete", 3, ""},
	{"put", 4, "fourth"},
	{"delete", 2, ""},
	{"delete", 4, ""},
	{"put", 5, "fifth"},
	{"put", 6, "sixth"},
	{"put", 8, "the eighth comes"},
	{"delete", 8, ""},
	{"put", 8, "and goes"},
	{"delete", 8, ""},
	{"put", 8, "and comes, and goes"},
	{"delete", 8, ""},
	{"clear", 0, ""},
	{"clear", 0, ""},
	{"put", 7, "\x00\x00\x00"},
	{"put", 65535, "the last id"},
	{"put", 1, "one"},
	{"delete", 7, ""},
	{"delete", 1, ""},
	{"put", 2, "two, the message that stays, is a long one too"},
	{"delete", 65535, ""},
	{"put", 3, "three"},
}

// do does it.
func (a action) do(s *filestore.Store) error {
	switch a.kind {
	case "put":
		return s.Put(a.id, []byte(a.packet))
	case "delete":
		return s.Delete(a.id)
	}
	return s.Clear()
}

// after returns what is kept afterwards, in the lines of content.
func (a action) after(kept []string) []string {
	left := slices.DeleteFunc(slices.Clone(kept), a.removes)
	if a.kind == "put" {
		left = append(left, fmt.Sprintf("%d %s", a.id, a.packet))
	}
	return left
}

// removes tells whether it removes the message of a line of content.
func (a action) removes(line string) bool {
	return a.kind == "clear" || strings.HasPrefix(line, fmt.Sprint(a.id, " "))
}
