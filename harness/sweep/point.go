package sweep

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// A Fault is one thing that happens to one packet, the n-th of its direction over all connections.
type Fault struct {
	Kind  Kind
	Dir   wire.Direction
	Nth   int           // from 1 on; of the CONNACK packets for the kinds that change them
	At    int           // a byte of the packet
	By    time.Duration // of Delay
	Value int           // a return code, or what is exclusive-ored into the byte
}

// Kind is a kind of fault.
type Kind string

// The kinds of faults that TCP and a conforming server make.
const (
	CutFIN      Kind = "cut-fin"      // both directions end behind At bytes
	CutRST      Kind = "cut-rst"      // the connection is reset behind At bytes
	CutHalf     Kind = "cut-half"     // the direction ends behind At bytes, the other goes on
	Stall       Kind = "stall"        // nothing passes any more behind At bytes
	Delay       Kind = "delay"        // the packet, and what follows it, comes By later
	Split       Kind = "split"        // the packet comes in two pieces, the first of At bytes
	Merge       Kind = "merge"        // the packet comes in one piece with the next one
	Lost        Kind = "lost"         // a reset behind At bytes, and the broker has lost the session
	Restart     Kind = "restart"      // a reset, and the next two connections are refused
	RestartLost Kind = "restart-lost" // both
	Code        Kind = "code"         // the CONNACK refuses the connection with Value
)

// The kinds of faults that they do not make.
const (
	Drop      Kind = "drop"
	Duplicate Kind = "duplicate"
	Swap      Kind = "swap"
	Hold      Kind = "hold"
	Corrupt   Kind = "corrupt" // Value is exclusive-ored into byte At
	Present   Kind = "present" // the CONNACK has Value as session present
)

// kinds tells what the text of a fault of each kind holds.
var kinds = map[Kind]struct {
	weak, at, by, value bool
}{
	CutFIN: {at: true}, CutRST: {at: true}, CutHalf: {at: true}, Stall: {at: true}, Delay: {by: true}, Split: {at: true}, Merge: {},
	Lost: {at: true}, Restart: {at: true}, RestartLost: {at: true}, Code: {value: true},
	Drop: {weak: true}, Duplicate: {weak: true}, Swap: {weak: true}, Hold: {weak: true}, Corrupt: {weak: true, at: true, value: true},
	Present: {weak: true, value: true},
}

// Weak reports whether no TCP and no conforming server makes such a fault.
func (k Kind) Weak() bool { return kinds[k].weak }

// String writes the fault as [ParsePoint] reads it: kind, direction, packet, and where it needs them a byte, a
// value and a time, as in cut-rst>3@5, corrupt<2@0^80 and delay<2/4s.
func (f Fault) String() string {
	dir := ">"
	if f.Dir == wire.ToClient {
		dir = "<"
	}
	text := fmt.Sprintf("%s%s%d", f.Kind, dir, f.Nth)
	has := kinds[f.Kind]
	if has.at {
		text += fmt.Sprintf("@%d", f.At)
	}
	if has.value {
		text += fmt.Sprintf("^%02x", f.Value)
	}
	if has.by {
		text += fmt.Sprintf("/%v", f.By)
	}
	return text
}

// A Point is what strikes one run: faults in the order in which they are armed.
type Point []Fault

// String writes the point with + between its faults; that without any is "none".
func (p Point) String() string {
	if len(p) == 0 {
		return "none"
	}
	var all []string
	for _, f := range p {
		all = append(all, f.String())
	}
	return strings.Join(all, "+")
}

// Oracle returns the oracle that can judge the point.
func (p Point) Oracle() scenario.Oracle {
	if slices.ContainsFunc(p, func(f Fault) bool { return f.Kind.Weak() }) {
		return scenario.Weak
	}
	return scenario.Strong
}

var faultForm = regexp.MustCompile(`^([a-z-]+)([<>])(\d+)(?:@(\d+))?(?:\^([0-9a-f]{2}))?(?:/(.+))?$`)

// ParsePoint is the inverse of [Point.String].
func ParsePoint(text string) (Point, error) {
	if text == "none" {
		return nil, nil
	}
	var p Point
	for part := range strings.SplitSeq(text, "+") {
		f, err := parseFault(part)
		if err != nil {
			return nil, err
		}
		p = append(p, f)
	}
	return p, nil
}

func parseFault(text string) (Fault, error) {
	m := faultForm.FindStringSubmatch(text)
	if m == nil {
		return Fault{}, fmt.Errorf("%q is no fault: one is written like cut-rst>3@5", text)
	}
	f := Fault{Kind: Kind(m[1]), Dir: wire.ToServer}
	has, ok := kinds[f.Kind]
	if !ok {
		return Fault{}, fmt.Errorf("%q: there is no fault of the kind %s", text, f.Kind)
	}
	if m[2] == "<" {
		f.Dir = wire.ToClient
	}
	var err error
	number := func(s string, base int, wanted bool, what string) int {
		if wanted != (s != "") {
			err = cmp.Or(err, fmt.Errorf("%q: %s", text, map[bool]string{true: "it wants " + what, false: "it takes no " + what}[wanted]))
			return 0
		}
		n, e := strconv.ParseInt("0"+s, base, 32)
		if e != nil {
			err = cmp.Or(err, fmt.Errorf("%q: %s: %v", text, what, e))
		}
		return int(n)
	}
	f.Nth = number(m[3], 10, true, "a number of a packet")
	f.At = number(m[4], 10, has.at, "a byte, as in @5")
	f.Value = number(m[5], 16, has.value, "a value, as in ^80")
	if has.by != (m[6] != "") {
		err = cmp.Or(err, fmt.Errorf("%q: only delay has a time, as in /4s", text))
	} else if has.by {
		var e error
		if f.By, e = time.ParseDuration(m[6]); e != nil || f.By <= 0 {
			err = cmp.Or(err, fmt.Errorf("%q: /%s is no time", text, m[6]))
		}
	}
	if err == nil && f.Nth == 0 {
		err = fmt.Errorf("%q: packets are counted from 1 on", text)
	}
	return f, err
}

// Step returns the step of a scenario that arms the fault.
func (f Fault) Step() scenario.Step {
	dir := "to_server"
	if f.Dir == wire.ToClient {
		dir = "to_client"
	}
	args := scenario.Args{"nth": f.Nth, "dir": dir}
	key := string(f.Kind)
	switch f.Kind {
	case CutFIN, CutRST, CutHalf, Lost, Restart, RestartLost:
		key = "cut"
		args["at"] = f.At
		args["how"] = map[Kind]string{CutFIN: "fin", CutHalf: "half"}[f.Kind]
		if args["how"] == "" {
			args["how"] = "rst"
		}
		if f.Kind == Lost || f.Kind == RestartLost {
			args["forget"] = true
		}
		if f.Kind == Restart || f.Kind == RestartLost {
			args["refuse"] = refusals
		}
	case Stall:
		args["of"], args["dir"], args["at"] = dir, "both", f.At
	case Delay:
		args["by"] = f.By
	case Split:
		args["sizes"] = []int{max(f.At, 1), rest}
	case Code:
		key = "set"
		args["packet"], args["set"] = wire.CONNACK, map[string]any{"code": f.Value, "session_present": false}
	case Present:
		key = "set"
		args["packet"], args["set"] = wire.CONNACK, map[string]any{"session_present": f.Value != 0}
	case Hold:
		args["name"] = "held" + strconv.Itoa(f.Nth) + dir
	case Merge:
		args["count"] = 2
	case Duplicate:
		args["times"] = 1
	case Corrupt:
		args["byte"], args["xor"] = f.At, f.Value
	}
	return scenario.Step{Key: "fault " + key, Args: args}
}

const (
	refusals = 2     // of a restart
	rest     = 65535 // a size that takes the rest of a packet
)
