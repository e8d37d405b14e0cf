package robust

import (
	"bytes"
	"slices"

	"umqtt/client"
)

// subscription is one that the server granted.
type subscription struct {
	filter  client.Filter // with the QoS asked for
	owed    bool          // the server's present session lacks it
	strikes int           // connections in a row that ended when it was asked for
}

// subscriptions are remembered in the order in which they were made. There are as
// many as the caller has subscribed and not unsubscribed.
type subscriptions struct {
	list []*subscription
	owed bool // there may be some that are owed
}

func (ss *subscriptions) remember(f client.Filter) {
	for _, s := range ss.list {
		if bytes.Equal(s.filter.Topic, f.Topic) {
			s.filter.QoS, s.owed = f.QoS, false
			return
		}
	}
	f.Topic = bytes.Clone(f.Topic)
	ss.list = append(ss.list, &subscription{filter: f})
}

func (ss *subscriptions) forget(topic []byte) {
	ss.list = slices.DeleteFunc(ss.list, func(s *subscription) bool { return bytes.Equal(s.filter.Topic, topic) })
}

// remove forgets one, and reports whether it was remembered.
func (ss *subscriptions) remove(s *subscription) bool {
	before := len(ss.list)
	ss.list = slices.DeleteFunc(ss.list, func(x *subscription) bool { return x == s })
	return len(ss.list) < before
}

func (ss *subscriptions) clear() { ss.list, ss.owed = nil, false }

// owe notes that the server has none of them.
func (ss *subscriptions) owe() {
	for _, s := range ss.list {
		s.owed = true
	}
	ss.owed = len(ss.list) > 0
}

// recount sees whether there are any left that are owed.
func (ss *subscriptions) recount() {
	ss.owed = slices.ContainsFunc(ss.list, func(s *subscription) bool { return s.owed })
}

// batch returns what the next SUBSCRIBE asks for: all that is owed, up to most
// filters and maxBatch bytes, or a single one as long as there is one that the
// connection may have ended at. It returns nil when nothing is owed any more.
func (ss *subscriptions) batch(most int) []*subscription {
	var batch []*subscription
	size := 0
	for _, s := range ss.list {
		if !s.owed {
			continue
		}
		if s.strikes > 0 {
			return []*subscription{s}
		}
		size += len(s.filter.Topic) + 3
		if len(batch) == 0 || size <= maxBatch && len(batch) < most {
			batch = append(batch, s)
		}
	}
	ss.owed = len(batch) > 0
	return batch
}

// maxBatch keeps SUBSCRIBE packets well below what servers accept.
const maxBatch = 64 << 10
