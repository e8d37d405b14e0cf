package fuzz

import "slices"

// settings of the seeds: greet, foreign, MaxPacket, OnOversize, MaxDepth, MaxInflight, KeepAlive,
// AckTimeout, RetryAfter, as newDuel reads them.
var (
	greeted = []byte{1, 0, 0, 0, 0, 0, 0, 0, 0}
	silent  = []byte{0, 0, 0, 0, 0, 0, 0, 0, 0}
	foreign = []byte{1, 1, 0, 0, 0, 0, 0, 0, 0}
	closing = []byte{1, 0, 1, 0, 0, 0, 0, 0, 0}
	skips   = []byte{1, 0, 1, 1, 0, 0, 0, 0, 0}
	shallow = []byte{1, 0, 0, 0, 2, 2, 0, 0, 0}
	alive   = []byte{1, 0, 0, 0, 0, 0, 1, 1, 1}
)

// do encodes one operation.
func do(name string, args ...byte) []byte {
	i := slices.IndexFunc(ops, func(o op) bool { return o.name == name })
	return append([]byte{byte(i)}, args...)
}

// program joins a setting and operations.
func program(setting []byte, ops ...[]byte) []byte {
	return slices.Concat(setting, slices.Concat(ops...))
}

// seeds are programs that reach what the client does, so that the fuzzer need not find the way.
func seeds() [][]byte {
	connect := do("connect", 0, 0, 0)
	wait, check := do("wait", 0, 0), do("check", 0)
	subscribe := do("subscribe", 2, 0, 1, 9, 0, 0, 0)
	qos0, qos1 := do("publish", 0, 0), do("publish", 2, 1)
	publish0, publish1 := do("publish by the client", 0, 0, 0, 0, 0), do("publish by the client", 1, 1, 0, 0, 0)
	answer := do("answer", 0, 0)
	brief := do("publish by the client", 1, 1, 0, 2, 0) // ends before its PUBACK comes
	return [][]byte{
		program(silent, connect, do("accept"), qos0, qos1, wait, wait),
		program(silent, connect, do("connack", 0, 5)),
		program(silent, connect, do("connack", 1, 0), wait),
		program(silent, do("connect", 1, 0, 0), do("connack", 1, 0)),
		program(silent, connect, qos0),
		program(silent, connect, do("sleep", 3)),
		program(greeted, connect, subscribe, answer, qos1, wait, do("unsubscribe", 1, 0, 0, 0), answer),
		program(greeted, connect, subscribe, do("suback", 1, 2, 1, 0x80)),
		program(greeted, connect, subscribe, do("suback", 1, 1, 1), wait),
		program(greeted, connect, do("suback", 2, 1, 1), wait),
		program(greeted, connect, do("unsuback", 2), wait),
		program(greeted, connect, publish0, publish1, qos1, answer, wait),
		program(greeted, connect, publish1, qos1, do("puback", 1), do("puback", 0), wait),
		program(greeted, connect, publish1, do("end", 2), connect, answer, wait),
		program(greeted, connect, do("wait", 3, 0), do("chunk", 1), qos1, do("long length", 2, 1), do("pingresp")),
		program(greeted, connect, do("hold"), qos0, qos1, qos1, do("flush"), check, check, check, check),
		program(greeted, connect, qos1, do("end", 0), wait, wait),
		program(greeted, connect, do("half", 2, 1, 5), check, do("end", 1), check),
		program(greeted, connect, do("half", 2, 1, 5), check, wait, do("ping", 0), do("disconnect", 0)),
		program(greeted, connect, do("publish", 0x30, 0, 2, 1), wait),
		program(greeted, connect, do("publish", 0x30, 0, 3, 1), wait),
		program(greeted, connect, do("publish", 4, 0), wait),
		program(greeted, connect, do("publish", 1, 15), do("publish", 7, 3), do("publish", 8, 4), wait, wait, wait),
		program(greeted, connect, do("publish", 0x30, 0, 1, 0), wait),
		program(greeted, connect, do("publish", 2, 14), wait),
		program(silent, connect, do("connack", 0, 1), wait),
		program(greeted, connect, do("subscribe", 1, 10, 0, 0, 0), do("publish by the client", 15, 1, 0, 0, 0), do("puback", 5)),
		program(greeted, connect, brief, brief, do("sleep", 1), connect, answer, answer, wait, wait),
		program(greeted, connect, do("publish", 0, 7), wait),
		program(greeted, connect, do("corrupt", 2, 1, 3, 0xff), wait),
		program(greeted, connect, do("raw", 5, 0x30, 0xff, 0xff, 0xff, 0xff, 0x7f), wait),
		program(greeted, connect, do("any", 9), wait),
		program(greeted, connect, do("accept"), wait),
		program(greeted, connect, do("wait", 0, 1), do("publish by the client", 1, 1, 0, 0, 1), do("wait", 0, 1), qos1, qos1, qos1, wait, answer, wait),
		program(greeted, connect, do("subscribe", 1, 0, 1, 0, 1), qos1, wait, answer, wait),
		program(greeted, connect, do("close", 1), qos1, wait, connect, qos1, wait),
		program(greeted, connect, do("connect", 0, 0, 1), qos1, wait, qos1, wait),
		program(greeted, connect, do("panic in the callback"), qos1, wait, connect, qos1, wait),
		program(shallow, connect, do("check", 1), do("check", 1), do("check", 1), do("hold"), qos1, qos1, qos1, qos1, do("flush"), wait, wait),
		program(shallow, connect, do("publish by the client", 1, 1, 0, 1, 0), publish1, do("puback", 1), publish1, wait),
		program(foreign, connect, do("chunk", 2), qos1, check, do("half", 0, 0, 4), check, do("end", 0), check),
		program(closing, connect, do("large", 0, 0, 8, 0), wait, do("large", 0, 0, 9, 0), wait),
		program(closing, connect, do("large", 2, 0, 15, 3), wait),
		program(skips, connect, do("large", 2, 0, 15, 0), qos1, wait, wait, do("chunk", 3), do("large", 2, 0, 15, 0), check),
		program(skips, connect, do("large", 2, 0, 15, 3), check, publish0, check),
		program(skips, connect, do("large", 2, 7, 15, 0), check),
		program(skips, connect, do("large", 2, 13, 15, 0), check),
		program(skips, connect, do("large", 2, 6, 15, 0), do("chunk", 1), check),
		program(skips, connect, do("chunk", 1), do("large", 0, 12, 15, 0), wait, do("large", 0, 2, 15, 0), check),
		program(alive, connect, do("wait", 3, 0), answer, do("sleep", 2), answer, do("sleep", 2), publish1, do("sleep", 3)),
		program(alive, connect, publish1, do("sleep", 1), qos1, do("sleep", 2), do("pingresp"), publish1, wait, answer),
		program(alive, connect, do("ping", 0), qos1, do("pingresp"), do("sleep", 2), publish0, check, check),
	}
}
