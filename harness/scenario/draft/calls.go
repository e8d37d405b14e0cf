package draft

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

// A draftCall is a call that a packet of the subject was guessed to come from.
type draftCall struct {
	key  string
	args scenario.Args
	conn int
	name string
	done bool
}

// A draftConnect is a client connect, with the options that its CONNECT shows.
type draftConnect struct {
	step    int // its index
	name    string
	options scenario.Connect
	done    bool
}

// call adds the call that made the subject send a packet with this identifier, unless the packet repeats an
// earlier one. For a PINGREQ that no call asked for it returns the pause before it.
func (d *drafter) call(r *draftRecord, id scenario.Var) (pause time.Duration) {
	c := d.conns[r.Conn]
	switch p := r.packet.(type) {
	case *wire.Connect:
		d.connect(r, p)
	case *wire.Publish:
		args := scenario.Args{"topic": p.Topic, "qos": int(p.QoS), "retain": p.Retain, "payload": string(p.Payload)}
		if p.QoS == 0 {
			d.act(r, "client publish", args)
		} else if !p.Dup {
			d.name(r, id, "m", "client publish", args)
		}
	case *wire.Subscribe:
		d.name(r, id, "s", "client subscribe", scenario.Args{"filters": slices.Clone(p.Filters)})
	case *wire.Unsubscribe:
		d.name(r, id, "u", "client unsubscribe", scenario.Args{"filters": slices.Clone(p.Filters)})
	case *wire.Pingreq:
		switch {
		case c.keepAlive == 0 || r.Time >= 0 && r.Time-c.lastSent < c.keepAlive/2:
			d.act(r, "client ping", scenario.Args{})
		case r.Time >= 0:
			pause = r.Time - d.last
			fallthrough
		default:
			d.needs[spec.KeepAlive] = true
		}
	case *wire.Disconnect:
		d.left = true
		d.act(r, "client disconnect", scenario.Args{})
	}
	return pause
}

// name adds a call that has a name, so that its end can be judged. One that was made on a connection
// that is lost, and that nothing has answered, is under way still: the subject repeats it itself.
func (d *drafter) name(r *draftRecord, id scenario.Var, letter, key string, args scenario.Args) {
	for _, c := range d.open {
		if c.key != key || c.conn >= r.Conn || !reflect.DeepEqual(c.args, args) {
			continue
		}
		switch {
		case key == "client publish" && !c.done:
			c.conn = r.Conn
			d.calls[id] = c
			return
		case key == "client subscribe" && d.resumed(r):
			c.conn = r.Conn
			d.needs[spec.Resubscribe] = true
			return
		}
	}
	d.names[letter]++
	c := &draftCall{key: key, args: args, conn: r.Conn, name: fmt.Sprint(letter, d.names[letter])}
	d.open = append(d.open, c)
	d.calls[id] = c
	named := scenario.Args{"as": c.name}
	for k, v := range args {
		named[k] = v
	}
	d.act(r, key, named)
}

// resumed tells a connection that the subject has opened in place of one that it lost.
func (d *drafter) resumed(r *draftRecord) bool { return d.conns[r.Conn].resumed }

// connect adds the call for a CONNECT, but not where the subject has lost its connection: a step that
// expects the CONNECT makes those that do not connect again by themselves do so.
func (d *drafter) connect(r *draftRecord, p *wire.Connect) {
	options := scenario.Connect{ClientID: p.ClientID, CleanSession: p.CleanSession, KeepAlive: time.Duration(p.KeepAlive) * time.Second, Username: p.Username}
	if p.Password != nil {
		password := d.text("password", p.Password)
		options.Password = &password
	}
	if w := p.Will; w != nil {
		options.Will = &scenario.Will{Topic: w.Topic, Payload: d.text("payload of the will", w.Payload), QoS: int(w.QoS), Retain: w.Retain}
	}
	c := d.conns[r.Conn]
	c.keepAlive = options.KeepAlive
	if n := len(d.connects); n > 0 && !d.left && reflect.DeepEqual(d.connects[n-1].options, options) {
		c.resumed = true
		d.connects[n-1].done = true // whether it failed then, or succeeds now, is the subject's choice
		return
	}
	d.names["up"]++
	d.act(r, "client connect", scenario.Args{})
	d.connects = append(d.connects, &draftConnect{step: len(d.steps) - 1, name: fmt.Sprint("up", d.names["up"]), options: options})
	d.left = false
}

// text returns bytes as the text that an option of the client must be.
func (d *drafter) text(what string, b []byte) string {
	if !utf8.Valid(b) {
		d.notes = append(d.notes, fmt.Sprintf("the %s is no text: % x", what, b))
	}
	return strings.ToValidUTF8(string(b), "?")
}

// options gives each client connect its name and its options, and returns the options of the header: those
// of all connects where they are the same, else what later ones can take back.
func (d *drafter) options() scenario.Connect {
	if len(d.connects) == 0 {
		return scenario.DefaultConnect()
	}
	common := d.connects[0].options
	for _, c := range d.connects {
		if !reflect.DeepEqual(c.options, common) {
			common.Username, common.Password, common.Will = nil, nil, nil
		}
	}
	for _, c := range d.connects {
		args := c.options.Changes(common)
		args["as"] = c.name
		d.steps[c.step].Args = args
	}
	return common
}
