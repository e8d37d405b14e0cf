package wire

import (
	"encoding/binary"
	"fmt"
	"strconv"
)

// reader walks through one frame. The first refusal sticks: every later read returns a zero value, so
// that a decoder is a straight list of its fields.
type reader struct {
	frame []byte
	at    int // the next byte to read
	typ   Type
	bad   *Violation
}

// fail refuses the frame, unless it has been refused already. It copies also.
func (r *reader) fail(at int, id string, also []string, format string, args ...any) {
	if r.bad == nil {
		// append and not slices.Clone, through which also would escape from the callers that do not fail
		r.bad = &Violation{ID: id, Also: append([]string(nil), also...), Packet: r.typ, Offset: at, Found: fmt.Sprintf(format, args...)}
	}
}

// left returns how many bytes have not been read.
func (r *reader) left() int { return len(r.frame) - r.at }

// more tells whether there are bytes to read and nothing has been refused.
func (r *reader) more() bool { return r.bad == nil && r.left() > 0 }

// need refuses the frame under id if fewer than n bytes are left for the field called what.
func (r *reader) need(n int, id, what string) bool {
	if r.bad != nil {
		return false
	}
	if r.left() < n {
		r.fail(r.at, id, nil, "%d of the %d bytes of the %s", r.left(), n, what)
		return false
	}
	return true
}

// present refuses the frame under id if it ends where the field called what should begin. A field that
// is there in part is not absent: that is a wrong length.
func (r *reader) present(id, what string) {
	if r.bad == nil && r.left() == 0 {
		r.fail(r.at, id, nil, "no %s", what)
	}
}

// uint8 reads one byte.
func (r *reader) uint8(what string) byte {
	if !r.need(1, exactLength, what) {
		return 0
	}
	r.at++
	return r.frame[r.at-1]
}

// uint16 reads two bytes, the high one first; it is refused under id if they are not there.
func (r *reader) uint16(id, what string) uint16 {
	if !r.need(2, id, what) {
		return 0
	}
	r.at += 2
	return binary.BigEndian.Uint16(r.frame[r.at-2:])
}

// bytes reads a field that begins with its length in two bytes. What it returns is part of the frame.
func (r *reader) bytes(what string) []byte {
	start := r.at
	if r.bad == nil && r.left() < 2 {
		r.fail(start, exactLength, nil, "%d of the 2 bytes of the length of the %s", r.left(), what)
	}
	n := int(r.uint16(exactLength, what))
	if r.bad != nil {
		return nil
	}
	if r.left() < n {
		r.fail(start, exactLength, nil, "%s of %d bytes where %d are left", what, n, r.left())
		return nil
	}
	r.at += n
	return r.frame[r.at-n : r.at]
}

// ackedID reads the packet id of an acknowledgement, 0 included.
func (r *reader) ackedID() uint16 { return r.uint16(exactLength, "packet id") }

// newID reads the packet id of a packet that begins an exchange, which has to have one other than 0.
func (r *reader) newID() uint16 {
	at := r.at
	id := r.uint16(packetID, "packet id")
	if id == 0 {
		r.fail(at, packetID, nil, "packet id 0")
	}
	return id
}

// end refuses bytes behind the last field.
func (r *reader) end() {
	if r.more() {
		r.fail(r.at, exactLength, nil, "%s behind the last field", count(r.left()))
	}
}

// count returns "1 byte" or "n bytes".
func count(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return strconv.Itoa(n) + " bytes"
}

// maxShown is how many bytes of a text a refusal shows.
const maxShown = 32

// show quotes a text, shortened to what fits in a line.
func show(text []byte) string {
	if len(text) > maxShown {
		return strconv.Quote(string(text[:maxShown])) + "…"
	}
	return strconv.Quote(string(text))
}
