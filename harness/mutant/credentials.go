package mutant

import (
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// credentials lists mutants that contradict themselves about user name and password.
func credentials() []Mutant {
	return []Mutant{
		{
			Name: "username-without-flag", Doc: "sends a user name without its flag",
			Violates: []string{"MQTT-3.1.2-18"}, Subjects: connected,
			Rewrite: connectFlags(func(c *wire.Connect) byte { return when(c.Username != nil && c.Password == nil, 0x80) }),
		},
		{
			Name: "username-flag-without-name", Doc: "sets the user name flag and sends none",
			Violates: []string{"MQTT-3.1.2-19"}, Subjects: connected,
			Rewrite: connectFlags(func(c *wire.Connect) byte { return when(c.Username == nil, 0x80) }),
		},
		{
			Name: "password-without-flag", Doc: "sends a password without its flag",
			Violates: []string{"MQTT-3.1.2-20"}, Subjects: connected,
			Rewrite: connectFlags(func(c *wire.Connect) byte { return when(c.Password != nil, 0x40) }),
		},
		{
			Name: "password-flag-without-password", Doc: "sets the password flag beside a user name and sends no password",
			Violates: []string{"MQTT-3.1.2-21"}, Subjects: connected,
			Rewrite: connectFlags(func(c *wire.Connect) byte { return when(c.Username != nil && c.Password == nil, 0x40) }),
		},
		{
			Name: "password-without-username", Doc: "leaves the user name out and sends the password",
			Violates: []string{"MQTT-3.1.2-22"}, Subjects: connected,
			Rewrite: edit(wire.ToServer, func(c *wire.Connect) {
				if c.Password != nil {
					c.Username = nil
				}
			}),
		},
		{
			Name: "empty-password-without-flag", Doc: "sends an empty password behind a user name that has none, without the flag",
			Violates: []string{"MQTT-3.1.2-20"}, Subjects: connected,
			Rewrite: each(func(p fault.Packet) []fault.Packet {
				if c, ok := decode[*wire.Connect](p, wire.ToServer); ok && c.Username != nil && c.Password == nil {
					p.Data = finished(p.Data[0], append(p.Data[bodyAt(p.Data):], 0, 0))
				}
				return []fault.Packet{p}
			}),
		},
		{
			Name: "username-not-utf8", Doc: "sends a user name that is not UTF-8",
			Violates: []string{"MQTT-3.1.3-11"}, Subjects: connected,
			Rewrite: edit(wire.ToServer, func(c *wire.Connect) {
				if c.Username != nil {
					name := "u\xff"
					c.Username = &name
				}
			}),
		},
	}
}
