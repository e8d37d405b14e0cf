// Package peers holds other people's Go clients as subjects of the harness: Eclipse Paho
// (github.com/eclipse/paho.mqtt.golang) and at-wat (github.com/at-wat/mqtt-go), each in two setups. It is a module of
// its own, so that users of umqtt never download them.
//
//	f := peers.Paho()
//	harness.Run(t, harness.Params{Name: f.Name, New: f.New, Features: f.Features, KnownFailing: peers.Patterns(peers.PahoKnown())})
//
// The adapters hold no opinion about MQTT: what they report is what the client's API reports, and what a
// client cannot do is not listed in its features. The clients take a connection that somebody else has
// dialled, so they play in the simulated world, in virtual time.
//
// The faults of each setup are data: [PahoKnown], [PahoManualKnown], [AtWatKnown] and [AtWatReconnectKnown] list the
// scenarios that fail, with the rule that is broken and what was seen. What ends the process, and what fails only
// sometimes, has lists of its own. The tests of this package keep the lists true: a scenario that is not on
// a list and fails, or is on it and passes, or fails without breaking its rule, fails the test.
//
// The program in bench compares the speed and the size of the same clients with umqtt's.
package peers
