package swarm

import (
	"regexp"
	"strings"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

// dies has the process of the client die, at once or of what it does next; another one follows, with its store. Often
// something is published before, which the store keeps, or behind, of which it dies.
func (s *Script) dies(src Source) bool {
	s.need(spec.KeepsInStore)
	if chance(src, 4) {
		s.say(src, 1)
		s.step("client dies", nil)
		return true
	}
	of := pick(src, "put", "delete", "dial", "write", "write", "read")
	args := scenario.Args{"of": of, "nth": 1 + src.IntN(3)}
	switch of {
	case "read": // it has seen nothing of it
	case "dial":
		args["when"] = pick(src, "before", "behind")
	default:
		args["when"] = pick(src, "before", "within", "behind")
	}
	if of == "write" && args["when"] == "within" {
		args["bytes"] = src.IntN(24)
	}
	s.step("client dies", args)
	if of == "dial" {
		s.step("fault cut", scenario.Args{"how": pick(src, "fin", "rst")})
	}
	for range 1 + src.IntN(3) {
		s.say(src, 1)
	}
	return true
}

var keeps = []spec.Feature{spec.PersistentSession, spec.KeepsInStore}

// restarts are what a search must meet of processes that die.
var restarts = []Sometime{
	{Name: "process-dies", Doc: "The process of the client died, and the next one connected.", Needs: keeps,
		seen: func(s *sight) bool { return s.connectsBehind(1) }},
	{Name: "process-dies-twice", Doc: "Two processes of the client died.", Needs: keeps,
		seen: func(s *sight) bool { return s.connectsBehind(2) }},
	{Name: "dies-in-a-packet", Doc: "The process of the client died within a packet that it wrote.", Needs: keeps,
		seen: func(s *sight) bool { return s.event(diesInPacket) }},
	{Name: "dies-with-its-store", Doc: "The process of the client died while its store kept or removed a message.", Needs: keeps,
		seen: func(s *sight) bool { return s.event(diesOfStore) }},
	{Name: "outlives-its-process", Doc: "A message that one process had sent was sent by the next one, and acknowledged.", Needs: keeps,
		seen: func(s *sight) bool { return s.outlives(true) }},
	{Name: "outlives-unsent", Doc: "A message that one process had kept and not sent was sent by the next one, and acknowledged.", Needs: keeps,
		seen: func(s *sight) bool { return s.outlives(false) }},
	{Name: "several-outlive", Doc: "Several messages outlived the process of the client.", Needs: keeps,
		seen: func(s *sight) bool { return s.event(severalOutlive) }},
}

// The events of deaths, as the player notes them.
var (
	diesAnyhow     = "the client dies "
	diesInPacket   = regexp.MustCompile(`^the client dies within a write`)
	diesOfStore    = regexp.MustCompile(`^the client dies \w+ a (put|delete)`)
	severalOutlive = regexp.MustCompile(`^the client dies .* keeps ([2-9]|\d\d)`)
)

// deaths returns the newest connection at each death, in their order.
func (s *sight) deaths() []int {
	var conns []int
	for _, r := range s.records {
		if r.Kind == capture.Event && strings.HasPrefix(r.Text, diesAnyhow) {
			conns = append(conns, r.Conn)
		}
	}
	return conns
}

// connectsBehind reports whether so many processes died, and another one connected.
func (s *sight) connectsBehind(deaths int) bool {
	conns := s.deaths()
	return len(conns) >= deaths && s.records[len(s.records)-1].Conn > conns[deaths-1]
}

// outlives reports whether a message of the client's was acknowledged on a connection behind a death, and had been sent
// before that death, or was sent for the first time with DUP.
func (s *sight) outlives(sent bool) bool {
	conns := s.deaths()
	if len(conns) == 0 {
		return false
	}
	all, _ := s.outbound()
	for _, m := range all {
		if m.acked < 0 {
			continue
		}
		first := s.packets[m.at[0]].(*wire.Publish)
		for _, conn := range conns {
			if s.records[m.acked].Conn > conn && (sent && m.conns[0] <= conn && m.conns[len(m.conns)-1] > conn || !sent && first.Dup && m.conns[0] > conn) {
				return true
			}
		}
	}
	return false
}
