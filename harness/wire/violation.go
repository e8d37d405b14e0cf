package wire

import (
	"fmt"
	"slices"
)

// Violation reports which rule a packet breaks, and where. It is the only error type of Decode, DecodeFrom
// and Framer.Next.
type Violation struct {
	// ID is the statement or clause that the bytes break, known to spec.Lookup.
	ID string
	// Also holds further statements that forbid the same bytes, as far as the packet alone can tell:
	// a wildcard in a topic name breaks MQTT-3.3.2-2, and MQTT-4.7.1-1 with it.
	Also []string
	// Packet is the packet's type, 0 when it has none that is known.
	Packet Type
	// Offset is the offset in the frame of the first byte that breaks the rule, or of a missing byte.
	Offset int
	// Found says in a few words what is at Offset.
	Found string
}

// Error returns one line, such as "malformed PUBLISH [MQTT-3.3.1-4] offset=0 found=QoS 3".
func (v *Violation) Error() string {
	name := "packet"
	if v.Packet != 0 {
		name = v.Packet.String()
	}
	return fmt.Sprintf("malformed %s [%s] offset=%d found=%s", name, v.ID, v.Offset, v.Found)
}

// Names reports whether id is ID or one of Also.
func (v *Violation) Names(id string) bool {
	return v.ID == id || slices.Contains(v.Also, id)
}

// The clauses about lengths, types and directions that hold for every packet.
const (
	fourBytes    = "2.2.3-must-1" // a remaining length of four bytes at most
	exactLength  = "2.2.3-must-2" // that counts exactly the packet's fields
	reservedType = "2.2.1-must-1"
	wrongWay     = "2.2.1-must-2"
	noRoom       = "4.8-may-1"
	packetID     = "MQTT-2.3.1-1"
)
