package process

import (
	"umqtt/harness/subject"
	"umqtt/harness/transport"
)

// The functions below return requests of the protocol, as lines, for others that hand calls on. id numbers the
// request.

// ConnectRequest returns the request that connects to host and port, over what the target has.
func ConnectRequest(id uint64, host string, port int, t transport.Target, o subject.Options, pipelined bool) []byte {
	r := newConnectRequest(host, port, t, o, pipelined)
	r.head = head{ID: id, Op: "connect"}
	return encode(r)
}

// PublishRequest returns the request that publishes m.
func PublishRequest(id uint64, m subject.Message) []byte {
	return encode(&publishRequest{head{ID: id, Op: "publish"}, will{raw(m.Topic), raw(m.Payload), m.QoS, m.Retain}})
}

// SubscribeRequest returns the request that subscribes to filters.
func SubscribeRequest(id uint64, filters []subject.Filter) []byte {
	r := newSubscribeRequest(filters)
	r.head = head{ID: id, Op: "subscribe"}
	return encode(r)
}

// UnsubscribeRequest returns the request that unsubscribes from filters.
func UnsubscribeRequest(id uint64, filters []string) []byte {
	r := newUnsubscribeRequest(filters)
	r.head = head{ID: id, Op: "unsubscribe"}
	return encode(r)
}

// SimpleRequest returns a request without fields, such as ping.
func SimpleRequest(id uint64, op string) []byte {
	return encode(&simpleRequest{head{ID: id, Op: op}})
}
