package robust

import "umqtt/client"

// stored is the caller's store. It tells the client which messages of an earlier
// process are in flight from the beginning.
type stored struct {
	client.Store
	packets *packets
}

// Load implements [client.Store].
func (s stored) Load(yield func(id uint16, packet []byte)) error {
	return s.Store.Load(func(id uint16, packet []byte) {
		p := s.packets.push(message)
		p.id, p.active = id, false
		yield(id, packet)
	})
}
