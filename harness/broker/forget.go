package broker

// Forget drops the sessions of all clients that are not connected, with their subscriptions and the messages
// that wait for them, as a broker does that starts again without what it knew. Retained messages are kept. A client is connected
// until the broker has noticed the end of its connection.
func (b *Broker) Forget() {
	for id, cl := range b.server.Clients.GetAll() {
		if !cl.Closed() {
			continue
		}
		b.server.UnsubscribeClient(cl)
		cl.ClearInflights()
		b.server.Clients.Delete(id)
	}
}
