package wire

import (
	"fmt"
	"slices"
)

// Violation says which rule a packet breaks, and where. It is the only error of Decode, DecodeFrom and
// Framer.Next.
type Violation struct {
	// ID is the statement or clause that the bytes break, known to spec.Lookup.
	ID string
	// Also holds further statements that forbid the same bytes, as far as the packet alone can tell:
	// a wildcard in a topic name breaks MQTT-3.3.2-2, and MQTT-4.7.1-1 with it.
	Also []string
	// Packet is the packet's type, 0 when it has none that is known.
	Packet Type
	// Offset is where in the frame the first offending byte is, or would have been; 0 is the first byte.
	Offset int
	// Found says in a few words what stands there.
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

// Names tells whether id is among the rules that the violation breaks: ID or one of Also.
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
