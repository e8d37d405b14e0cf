package monitor_test

import (
	"strings"
)

// Keep alive is 5 s.
var keepAliveSamples = []sample{
	{"PINGREQ exactly in time", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 5s
		> PINGREQ
		< PINGRESP
		at 10s
		> PUBLISH
		at 15s
		> DISCONNECT
		> FIN
		at 60s
		* fault heal`, nil},
	{"PINGREQ too late", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 5001ms
		> PINGREQ`, []string{"keep-alive@2"}},
	{"what comes in does not count", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 3s
		< PUBLISH
		at 6s
		< PUBLISH
		at 7s
		> PUBLISH`, []string{"keep-alive@4"}},
	{"silent when the capture ends", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 6s
		* fault heal`, []string{"keep-alive@0"}},
	{"silent, then closed", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 6s
		> FIN`, []string{"keep-alive@2"}},
	{"silent behind a PINGRESP, then closed", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 5s
		> PINGREQ
		< PINGRESP
		at 20s
		> FIN`, []string{"keep-alive@4"}},
	{"silent, then cut", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 6s
		< RST`, []string{"keep-alive@2"}},
	{"DISCONNECT too late", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 6s
		> DISCONNECT
		> FIN`, []string{"keep-alive@2"}},
	{"a stall is no excuse", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		* fault stall both
		at 8s
		> PUBLISH`, []string{"keep-alive@3"}},
	{"a second CONNACK is no new beginning", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 4s
		< CONNACK
		at 6s
		> PINGREQ`, []string{"keep-alive@3"}},
	{"the second connection counts for itself", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		< RST
		conn 2
		at 8s
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 14s
		> PINGREQ`, []string{"keep-alive@5"}},

	{"no keep alive", `
		> CONNECT clean=1
		< CONNACK
		at 5000s
		> PUBLISH`, nil},
	{"the CONNACK comes late", `
		> CONNECT clean=1 keepalive=5
		at 8s
		< CONNACK
		at 13s
		> PINGREQ`, nil},
	{"the CONNACK never comes", `
		> CONNECT clean=1 keepalive=5
		at 60s
		> FIN`, nil},
	{"refused", `
		> CONNECT clean=1 keepalive=5
		< CONNACK code=5
		at 60s
		> FIN`, nil},
	{"a cut ends it", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 4s
		< RST
		at 60s
		* fault heal`, nil},
	{"the server's FIN ends it", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 4s
		< FIN
		at 60s
		> FIN`, nil},
	{"the server's FIN ends it, and the client sends on", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 4s
		< FIN
		at 60s
		> PUBLISH
		> FIN`, nil},
	{"DISCONNECT ends it", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		> DISCONNECT
		at 8s
		* fault heal`, nil},
	{"part of a packet, begun nobody knows when", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 6s
		> 30 05
		< RST`, nil},
	{"no PINGRESP, and the client gives up", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 5s
		> PINGREQ
		at 20s
		> FIN`, nil},
	{"no PINGRESP, and the client says goodbye", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 5s
		> PINGREQ
		at 20s
		> DISCONNECT
		> FIN`, nil},
	{"no PINGRESP, and the client waits on", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 5s
		> PINGREQ
		at 20s
		* fault heal`, nil},
	{"no PINGRESP, and the client goes on late", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 5s
		> PINGREQ
		at 11s
		> PUBLISH`, []string{"keep-alive@3"}},
	{"a malformed packet ends it", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		< 36 03 00 01 74
		at 8s
		> FIN`, nil},
	{"no times", `
		> CONNECT clean=1 keepalive=5
		at never
		< CONNACK
		at 60s
		> PINGREQ`, nil},
	{"a long packet, which may have begun in time", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 12s
		> PUBLISH payload=` + strings.Repeat("x", 17<<10), nil},
	{"late behind a long packet", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 12s
		> PUBLISH payload=` + strings.Repeat("x", 17<<10) + `
		at 17001ms
		> PINGREQ`, []string{"keep-alive@3"}},
	{"a packet that is no longer than most, too late", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 12s
		> PUBLISH payload=` + strings.Repeat("x", 16<<10-6), []string{"keep-alive@2"}},
	{"the server ends it while a packet is under way", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 12s
		< FIN
		> 30 05
		> FIN`, nil},
	{"the server ends it, and nothing was under way", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 12s
		< FIN
		> FIN`, []string{"keep-alive@2"}},
	{"whole milliseconds of the real world", `
		real
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 7500ms
		> PINGREQ`, nil},
	{"real times, late by a timer", `
		real
		> CONNECT clean=1 keepalive=5
		at 0.0003715s
		< CONNACK
		at 5.0213s
		> PINGREQ
		at 12.5213s
		> PINGREQ`, nil},
	{"real times, too late for any server", `
		real
		> CONNECT clean=1 keepalive=5
		at 0.0003715s
		< CONNACK
		at 7.5004s
		> PINGREQ`, []string{"keep-alive@2"}},
}
