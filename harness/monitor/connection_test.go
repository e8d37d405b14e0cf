package monitor_test

// Opening and ending of connections.
var connectionSamples = []sample{
	{"a whole session", `
		> CONNECT clean=1
		< CONNACK
		> PUBLISH qos=1 id=1
		< PUBACK id=1
		> DISCONNECT
		> FIN`, nil},
	{"the client may send before the CONNACK", `
		> CONNECT clean=1
		> SUBSCRIBE id=1
		> PUBLISH qos=1 id=2
		< CONNACK`, nil},
	{"nothing at all", ``, nil},
	{"a connection on which nothing is sent", `
		< RST
		conn 2
		> FIN`, nil},

	{"a PINGREQ before the CONNECT", `
		> PINGREQ
		> CONNECT clean=1
		< CONNACK`, []string{"connect-first@0"}},
	{"the second connection begins with a PUBLISH", `
		> CONNECT clean=1
		< CONNACK
		> FIN
		conn 2
		> PUBLISH
		> PUBLISH`, []string{"connect-first@3"}},
	{"a message sent again without any CONNECT", `
		> PUBLISH qos=1 dup=1 id=1`, []string{"connect-first@0"}},
	{"a DISCONNECT before the CONNECT", `
		> DISCONNECT
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 20s
		> PINGREQ
		> FIN`, []string{"connect-first@0", "disconnect-last@1", "disconnect-last@3"}},
	{"half a PUBLISH as the first bytes", `
		> 30 05 00`, []string{"connect-first@0"}},
	{"half a CONNECT as the first bytes", `
		> 10 0e 00 04`, nil},

	{"CONNECT twice", `
		> CONNECT clean=1
		< CONNACK
		> CONNECT clean=1`, []string{"connect-once@2"}},
	{"CONNECT once on each of two connections", `
		> CONNECT clean=1
		conn 2
		> CONNECT clean=1`, nil},

	{"PUBLISH behind DISCONNECT", `
		> CONNECT clean=1
		< CONNACK
		> DISCONNECT
		> PUBLISH
		> FIN`, []string{"disconnect-last@3"}},
	{"part of a packet behind DISCONNECT", `
		> CONNECT clean=1
		< CONNACK
		> DISCONNECT
		> 30
		> FIN`, []string{"disconnect-last@3"}},
	{"packets for the client behind its DISCONNECT", `
		> CONNECT clean=1
		< CONNACK
		> DISCONNECT
		< PUBLISH
		> FIN`, nil},
	{"another connection goes on behind a DISCONNECT", `
		> CONNECT clean=1
		< CONNACK
		> DISCONNECT
		> FIN
		conn 2
		> CONNECT clean=1
		< CONNACK
		> PUBLISH`, nil},

	{"open long behind DISCONNECT", `
		> CONNECT clean=1
		< CONNACK
		> DISCONNECT
		at 10s1ms
		* fault heal`, []string{"disconnect-closes@2"}},
	{"open long behind DISCONNECT, though the server has closed", `
		> CONNECT clean=1
		< CONNACK
		> DISCONNECT
		< FIN
		at 11s
		* fault heal`, []string{"disconnect-closes@2"}},
	{"open for a while behind DISCONNECT", `
		> CONNECT clean=1
		< CONNACK
		> DISCONNECT
		at 10s
		* fault heal`, nil},
	{"closed late behind DISCONNECT", `
		> CONNECT clean=1
		< CONNACK
		> DISCONNECT
		at 20s
		> FIN`, nil},
	{"reset behind DISCONNECT", `
		> CONNECT clean=1
		< CONNACK
		> DISCONNECT
		< RST
		at 20s
		* fault heal`, nil},
	{"no times behind DISCONNECT", `
		at never
		> CONNECT clean=1
		< CONNACK
		> DISCONNECT
		* fault heal`, nil},
	{"not all times are known", `
		> CONNECT clean=1
		< CONNACK
		at never
		> DISCONNECT
		at 20s
		* fault heal`, nil},
}
