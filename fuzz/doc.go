// Package fuzz holds the tests that feed the module what nobody thought of: native fuzz targets and
// state machines of package rapid. It has no code of its own outside tests.
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
// Others stand beside what they test: FuzzParse and FuzzRead with the formats of captures, FuzzShim with the subject
// protocol. Each target has an oracle; none only waits for a panic. A test named after it plants a defect, and the
// seeds with a few changes must find it. `go test ./fuzz` plays the seeds and the inputs
// of testdata/fuzz, and a hundred runs of each state machine:
//
//	go test ./fuzz -run '^$' -fuzz '^FuzzClientReceive$' -fuzztime 2m -fuzzminimizetime 20x
//	go test ./fuzz -run TestPublishSurvivesCuts -rapid.checks 5000
//
// Without -fuzzminimizetime go may spend up to a minute on making each new input smaller, and shows no
// executions meanwhile.
//
// The inputs of testdata/fuzz under hashed names reach code that the seeds do not. An input that fails is
// written there too (or to testdata/rapid), fails every later run, and is committed with what cures it. A
// failure of FuzzClientReceive prints the program step by step.
package fuzz
