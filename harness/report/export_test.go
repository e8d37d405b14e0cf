package report

// What the tests of the pages show besides.
var (
	Results = results
	Hostile = hostile
)
