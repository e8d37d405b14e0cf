// Package fuzz holds fuzz targets and random state machines (package rapid). It has only tests.
//
//   - FuzzWireDecode: any bytes, in any pieces, for the harness's codec and framer.
//   - FuzzClientReceive: the input is a program for a hostile server and for the client's caller. It is
//     played over simnet in a bubble of testing/synctest, and judged by package wire.
//   - FuzzRobust: the same for the robust client, which connects again by itself.
//   - FuzzCodecs: package wire, the client's encoder and the codec of mochi read and write the same. Where two of them
//     differ, a table has the reason.
//   - FuzzFilestore: a program for a store, and damage to its file. Nothing is made up, and damage is told.
//   - FuzzLoader: any file as a scenario. What Format writes of it is read as the same.
//   - FuzzRules: fault rules in any order, which must keep bytes and their order.
//   - TestPublishSurvivesCuts: publishing at QoS 0 and 1 through a proxy that cuts, stalls and heals,
//     to the embedded broker, with a second connection that sees what arrives.
//   - FuzzScript: a schedule of calls and faults for one of the built-in clients, as package swarm draws it from a seed.
//     The model judges the run.
//   - TestClientsSurvive: the same actions as a state machine of package rapid.
//   - TestStoreOutlivesProcesses: the robust client with a store, in memory or in a file, whose process is killed anywhere,
//     within a write of the file included, and goes on in the next one. The model judges all processes together.
//   - TestMemoryIsBounded: what a client holds at the end of many messages under faults that no TCP makes.
//
// Other targets are in the package that they test: FuzzParse and FuzzRead for the formats of captures,
// FuzzShim for the subject protocol. Each target has an oracle and does not only look for panics. For each
// target a test adds a defect, which the seeds with a few changes must find. `go test ./fuzz` runs the seeds,
// the inputs of testdata/fuzz, and a hundred runs of each state machine:
//
//	go test ./fuzz -run '^$' -fuzz '^FuzzClientReceive$' -fuzztime 2m -fuzzminimizetime 20x
//	go test ./fuzz -run TestPublishSurvivesCuts -rapid.checks 5000
//
// Without -fuzzminimizetime go may spend up to a minute on minimizing each new input, and reports no
// executions meanwhile.
//
// The inputs of testdata/fuzz with hashed names reach code that the seeds do not reach. An input that fails
// is written there, too, or to testdata/rapid. It fails every later run, and is committed with the fix. A
// failure of FuzzClientReceive prints the program step by step.
package fuzz
