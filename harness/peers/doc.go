// Package peers holds other people's Go clients as subjects of the harness: Eclipse Paho
// (github.com/eclipse/paho.mqtt.golang) and at-wat (github.com/at-wat/mqtt-go). It is a module of its own,
// so that users of umqtt never download them.
//
//	f := peers.Paho()
//	harness.Run(t, harness.Params{Name: f.Name, New: f.New, Features: f.Features, KnownFailing: peers.Names(peers.PahoKnown())})
//
// The adapters hold no opinion about MQTT: what they report is what the client's API reports, and what a
// client cannot do is not listed in its features. Both clients take a connection that somebody else has
// dialled, so both play in the simulated world, in virtual time.
//
// What each of them gets wrong is data: [PahoKnown] and [AtWatKnown] list the scenarios that fail, with the
// reason and with whose doing it is. The tests of this package keep the lists true: a case that is not on
// the list and fails, or is on it and passes, fails the test.
//
// The program in bench compares the speed and the size of the same clients with umqtt's.
package peers
