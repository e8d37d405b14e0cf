package draft

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// add appends a step about a record's connection, with the notes that wait for one.
func (d *drafter) add(r *draftRecord, key string, args scenario.Args) *scenario.Step {
	v, _ := scenario.Find(key)
	if _, ok := v.Field("conn"); ok && r.Conn != d.newest {
		args["conn"] = r.Conn
	}
	d.steps = append(d.steps, scenario.Step{Key: key, Args: args, Note: strings.Join(d.notes, "; ")})
	d.notes = nil
	return &d.steps[len(d.steps)-1]
}

// act adds something that the scenario itself does, behind a wait where time passed before it.
func (d *drafter) act(r *draftRecord, key string, args scenario.Args) {
	if pause := r.Time - d.last; r.Time >= 0 && pause >= time.Second {
		d.add(r, "wait", scenario.Args{"for": pause.Round(time.Millisecond)})
		d.last = r.Time
	}
	d.add(r, key, args)
}

// malformed expects a packet that the subject should not have sent: by its type, for no step can say more. The beginning
// of a packet of which the subject could not write more is no step.
func (d *drafter) malformed(r *draftRecord) error {
	t := wire.TypeOf(r.Data)
	if wire.Begun(r.Data) {
		d.notes = append(d.notes, fmt.Sprintf("the subject sent %d bytes of %s, and not the rest", len(r.Data), t))
		return nil
	}
	if !wire.ToServer.Carries(t) {
		return fmt.Errorf("connection %d: the subject sent what no step can expect: %s", r.Conn, wire.Describe(r.Data))
	}
	d.newest = max(d.newest, r.Conn)
	d.notes = append(d.notes, fmt.Sprintf("the subject sent %v", r.bad))
	d.add(r, "expect "+t.String(), scenario.Args{})
	return nil
}

// expect turns a packet of the subject into a step, behind the call that made the subject send it.
func (d *drafter) expect(r *draftRecord) {
	d.newest = max(d.newest, r.Conn)
	args := scenario.Args{}
	for _, f := range wire.Fields(r.packet.Type()) {
		v, _ := wire.Get(r.packet, f.Name)
		if f.Kind == wire.Seconds {
			v = time.Duration(v.(int)) * time.Second
		}
		args[f.Name] = v
	}
	if id, ok := args.Int("packet_id"); ok {
		args["packet_id"] = d.identifier(r, id)
	}
	id, _ := args.Var("packet_id")
	pause := d.call(r, id)
	s := d.add(r, "expect "+r.packet.Type().String(), args)
	s.Given = r.packet.Type() == wire.CONNECT && d.resumed(r)
	if s.HasAfter = pause > 0; s.HasAfter {
		s.After = around(pause)
	}
}

// around returns a fifth less to a fifth more than a pause, in round figures, and half a second at least on
// either side: the draft may play in the real world.
func around(pause time.Duration) scenario.Range {
	const slack = 500 * time.Millisecond
	least := max(min(pause*4/5, pause-slack), 0).Round(time.Millisecond)
	return scenario.Range{Min: least, Max: max(pause*6/5, least+2*slack).Round(time.Millisecond)}
}

// send turns a packet that the subject was handed into a step, and says what became of it.
func (d *drafter) send(i int, r *draftRecord) {
	args := scenario.Args{}
	for _, f := range wire.Fields(r.packet.Type()) {
		v, _ := wire.Get(r.packet, f.Name)
		if r.packet.Type() == wire.PUBLISH && (v == nil || isZero(v)) {
			continue
		}
		args[f.Name] = v
	}
	id, _ := args.Int("packet_id")
	if v, ok := d.ids[id]; ok && acknowledges(r.packet.Type()) {
		args["packet_id"] = v
	}
	d.newest = max(d.newest, r.Conn)
	d.act(r, "send "+r.packet.Type().String(), args)
	d.outcome(i, r)
}

// identifier returns the variable of an identifier that the subject chose, and the number of one that it
// was told. A PUBLISH with DUP repeats the identifier of an earlier one.
func (d *drafter) identifier(r *draftRecord, id int) any {
	t := r.packet.Type()
	known, ok := d.ids[id]
	switch p, _ := r.packet.(*wire.Publish); {
	case t == wire.PUBACK || t == wire.PUBREC || t == wire.PUBCOMP, t == wire.PUBREL && !ok: // it answers a PUBREC of nothing
		return id
	case ok && (t == wire.PUBREL || p != nil && p.Dup):
		return known
	}
	return d.fresh(id)
}

// fresh gives an identifier a new variable.
func (d *drafter) fresh(id int) scenario.Var {
	d.vars++
	d.ids[id] = scenario.Var(fmt.Sprint("id", d.vars))
	return d.ids[id]
}

// acknowledges tells the packets of a server whose identifier a client has chosen.
func acknowledges(t wire.Type) bool {
	switch t {
	case wire.PUBACK, wire.PUBREC, wire.PUBCOMP, wire.SUBACK, wire.UNSUBACK:
		return true
	}
	return false
}

// end turns the end of one direction into a step, unless a fault before has caused it.
func (d *drafter) end(r *draftRecord) {
	c := d.conns[r.Conn]
	how := strings.ToLower(r.End)
	switch {
	case r.Sent:
		if c.settled && !c.cut {
			d.act(r, "client abort", scenario.Args{})
		}
		c.ended = true
		d.add(r, "expect close", scenario.Args{"how": how})
	case !c.cut && !c.ended:
		c.cut = true
		d.act(r, "send close", scenario.Args{"how": how})
	}
}

// event repeats a fault that acted on a connection. Any other event, and a fault on a packet, whose
// consequences the capture holds, is a note.
func (d *drafter) event(r *draftRecord) {
	words := strings.Fields(r.Event)
	word := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	key := word(0) + " " + word(1)
	ending := word(2) == "fin" || word(2) == "rst"
	late := strings.Contains(r.Event, " of > ") // a cut behind a packet of the subject
	switch {
	case key == "fault cut" && ending && (len(words) == 3 || late):
		d.conns[r.Conn].cut = true
		d.arrive(r)
		d.act(r, key, scenario.Args{"how": word(2)})
	case key == "fault stall" && len(words) == 3 && direction(word(2)):
		d.stalled = true
		d.act(r, key, scenario.Args{"dir": word(2)})
	case key == "fault heal" && d.stalled:
		d.stalled = false
		d.act(r, key, scenario.Args{})
	case key == "fault down" && !d.down:
		d.down = true
		for _, c := range d.conns {
			c.cut = true
		}
		d.arrive(r)
		d.act(r, key, scenario.Args{})
	case key == "fault up" && d.down:
		d.down = false
		d.act(r, key, scenario.Args{})
	case key == "fault refuse":
		d.act(r, key, scenario.Args{"count": 1})
	case key == "fault accept_close" && ending:
		d.conns[r.Conn].cut = true
		d.act(r, key, scenario.Args{"count": 1, "how": word(2)})
	default:
		d.notes = append(d.notes, r.Event)
	}
}

// arrive waits a moment where the last step has sent something, which an end of the connection could
// overtake.
func (d *drafter) arrive(r *draftRecord) {
	if n := len(d.steps); n > 0 && d.steps[n-1].Sends() && (r.Time < 0 || r.Time-d.last < time.Second) {
		d.add(r, "wait", scenario.Args{"for": 100 * time.Millisecond})
	}
}

// direction tells a word for the direction of a stall.
func direction(word string) bool {
	v, _ := scenario.Find("fault stall")
	f, _ := v.Field("dir")
	return slices.Contains(f.Enum, word)
}

// isZero tells a value that a field has anyway.
func isZero(v any) bool { return v == "" || v == 0 || v == false }
