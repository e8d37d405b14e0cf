// Package judge turns what was seen of a subject into a verdict.
//
// It knows no steps and lets no time pass: it is told what the link carried and what the subject's API
// reported, and says what is wrong with it and which rule that breaks. Three things are judged in every
// scenario, whatever it is about: no call may report success before the packet that answers it was handed
// over, the message callback may get nothing that the wire has not shown, whole and as often, and no monitor
// (package monitor) may object to the capture. What is wrong there names the rule that is about it, whatever
// the scenario covers: a statement, or what users of any API count on (api-delivery-1, api-outcome-1 and
// api-outcome-2 of package spec).
package judge
