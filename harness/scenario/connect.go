package scenario

import "time"

// Connect holds the options of a connect: those of the client key in the header, as changed by the step "client
// connect".
type Connect struct {
	// ClientID is the client identifier, by default "c1"; it may be empty.
	ClientID string
	// CleanSession is the clean session flag, by default true.
	CleanSession bool
	// KeepAlive is in whole seconds up to 65535; 0 is none.
	KeepAlive time.Duration
	// Username and Password are nil when the client sends none.
	Username, Password *string
	// Will is nil when the client has none.
	Will *Will

	// The rest is for the feature own-limits; 0 leaves a limit to the subject.

	// AckTimeout is the longest wait of a call for its acknowledgement.
	AckTimeout time.Duration
	// MaxDepth is how deep calls may nest.
	MaxDepth int
	// MaxInflight is how many QoS 1 messages may be unacknowledged.
	MaxInflight int
	// MaxPacket is the largest packet, in bytes.
	MaxPacket int
	// SkipOversize says that the client discards larger packets in place of closing the connection. It needs the
	// feature skips-oversize.
	SkipOversize bool
	// RetryAfter is when an unacknowledged message is sent again on an open connection.
	RetryAfter time.Duration
}

// Will is the message that the server publishes when the connection ends without a DISCONNECT.
type Will struct {
	Topic, Payload string
	QoS            int
	Retain         bool
}

// With returns c as changed by the arguments of a step "client connect".
func (c Connect) With(a Args) Connect {
	text := func(old *string, name string) *string {
		if s, ok := a.String(name); ok {
			return &s
		}
		return old
	}
	if id, ok := a.String("client_id"); ok {
		c.ClientID = id
	}
	if clean, ok := a.Bool("clean_session"); ok {
		c.CleanSession = clean
	}
	set(&c.KeepAlive, a, "keep_alive")
	c.Username, c.Password = text(c.Username, "username"), text(c.Password, "password")
	if w, ok := get[Will](a, "will"); ok {
		c.Will = &w
	}
	set(&c.AckTimeout, a, "ack_timeout")
	set(&c.MaxDepth, a, "max_depth")
	set(&c.MaxInflight, a, "max_inflight")
	set(&c.MaxPacket, a, "max_packet")
	set(&c.SkipOversize, a, "skip_oversize")
	set(&c.RetryAfter, a, "retry_after")
	return c
}

// Changes returns the arguments with which [Connect.With] makes c of base. With cannot remove what base has.
func (c Connect) Changes(base Connect) Args {
	a := Args{}
	put := func(name string, old, v any) {
		if v != old {
			a[name] = v
		}
	}
	put("client_id", base.ClientID, c.ClientID)
	put("clean_session", base.CleanSession, c.CleanSession)
	put("keep_alive", base.KeepAlive, c.KeepAlive)
	if c.Username != nil && (base.Username == nil || *base.Username != *c.Username) {
		a["username"] = *c.Username
	}
	if c.Password != nil && (base.Password == nil || *base.Password != *c.Password) {
		a["password"] = *c.Password
	}
	if c.Will != nil && (base.Will == nil || *base.Will != *c.Will) {
		a["will"] = *c.Will
	}
	put("ack_timeout", base.AckTimeout, c.AckTimeout)
	put("max_depth", base.MaxDepth, c.MaxDepth)
	put("max_inflight", base.MaxInflight, c.MaxInflight)
	put("max_packet", base.MaxPacket, c.MaxPacket)
	put("skip_oversize", base.SkipOversize, c.SkipOversize)
	put("retry_after", base.RetryAfter, c.RetryAfter)
	return a
}

// set changes *p to the argument called name, where there is one.
func set[T any](p *T, a Args, name string) {
	if v, ok := get[T](a, name); ok {
		*p = v
	}
}

// DefaultConnect returns the options of a scenario that says nothing about its client.
func DefaultConnect() Connect { return Connect{ClientID: "c1", CleanSession: true} }
