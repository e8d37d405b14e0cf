// Package cause says at which event of a run its failure became certain.
//
// It plays a scenario that fails, and then plays it on in other ways: without a fault that has not struck yet, with
// the fault at another place, with other calls, in another order of packets. Such a continuation has the events of
// the failing run up to the place where it departs from them, which is found by comparing the two runs. The failure
// is certain from the first event on behind which every continuation that was tried fails.
//
//	c, err := cause.Find(t, sc, subject.Simple(), cause.Options{})
//	fmt.Println(c.Events[c.Certain], c.Tried, c.Passed)
//
// A continuation that passes proves that nothing is certain yet where it departs. That all fail proves nothing about
// those that were not tried: a [Cause] says how many there were behind each event.
//
// Equal scenarios, subjects and options give equal causes.
package cause
