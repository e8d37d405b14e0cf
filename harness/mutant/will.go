package mutant

import (
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// will lists mutants that contradict themselves about the will.
func will() []Mutant {
	return []Mutant{
		{
			Name: "will-qos-without-will", Doc: "sets a will QoS in a CONNECT without a will",
			Violates: []string{"MQTT-3.1.2-13", "MQTT-3.1.2-11"}, Subjects: connected,
			Rewrite: connectFlags(func(c *wire.Connect) byte { return when(c.Will == nil, 0x08) }),
		},
		{
			Name: "will-retain-without-will", Doc: "sets will retain in a CONNECT without a will",
			Violates: []string{"MQTT-3.1.2-15", "MQTT-3.1.2-11"}, Subjects: connected,
			Rewrite: connectFlags(func(c *wire.Connect) byte { return when(c.Will == nil, 0x20) }),
		},
		{
			Name: "will-flag-without-will", Doc: "sets the will flag, its QoS and retain for a will that it does not send",
			Violates: []string{"MQTT-3.1.2-9"}, Subjects: connected,
			Rewrite: each(func(p fault.Packet) []fault.Packet {
				if c, ok := decode[*wire.Connect](p, wire.ToServer); ok && c.Will != nil {
					flags := p.Data[flagsAt(p.Data)]
					c.Will = nil
					p.Data = c.Append(nil)
					p.Data[flagsAt(p.Data)] = flags
				}
				return []fault.Packet{p}
			}),
		},
		{
			Name: "will-without-flag", Doc: "sends a will and leaves the will flag, its QoS and retain clear",
			Violates: []string{"MQTT-3.1.2-11"}, Subjects: connected,
			Rewrite: connectFlags(func(c *wire.Connect) byte {
				if c.Will == nil {
					return 0
				}
				return 0x04 | c.Will.QoS<<3 | when(c.Will.Retain, 0x20)
			}),
		},
		{
			Name: "will-qos-3", Doc: "asks for QoS 3 for its will",
			Violates: []string{"MQTT-3.1.2-14"}, Subjects: connected,
			Rewrite: edit(wire.ToServer, func(c *wire.Connect) {
				if c.Will != nil {
					c.Will.QoS = 3
				}
			}),
		},
		{
			Name: "will-swapped", Doc: "sends the will's message before its topic",
			Violates: []string{"MQTT-3.1.3-1"}, Subjects: connected,
			Rewrite: edit(wire.ToServer, func(c *wire.Connect) {
				if c.Will != nil {
					c.Will.Topic, c.Will.Payload = string(c.Will.Payload), []byte(c.Will.Topic)
				}
			}),
		},
		{
			Name: "will-topic-not-utf8", Doc: "sends a will topic that is not UTF-8",
			Violates: []string{"MQTT-3.1.3-10"}, Subjects: connected,
			Rewrite: edit(wire.ToServer, func(c *wire.Connect) {
				if c.Will != nil {
					c.Will.Topic = "w\xff"
				}
			}),
		},
		{
			Name: "will-retained-at-qos-0-only", Doc: "asks for a retained will only where the will is at QoS 0",
			Violates: []string{"MQTT-3.1.2-9", "MQTT-3.1.2-14"}, Subjects: connected,
			Rewrite: edit(wire.ToServer, func(c *wire.Connect) {
				if c.Will != nil && c.Will.QoS > 0 {
					c.Will.Retain = false
				}
			}),
		},
		{
			Name: "will-qos-2-lowered", Doc: "asks for QoS 1 for a will at QoS 2",
			Violates: []string{"MQTT-3.1.2-9", "MQTT-3.1.2-14"}, Subjects: connected,
			Rewrite: edit(wire.ToServer, func(c *wire.Connect) {
				if c.Will != nil && c.Will.QoS == 2 {
					c.Will.QoS = 1
				}
			}),
		},
	}
}
