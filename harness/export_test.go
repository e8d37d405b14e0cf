package harness

// RaceEnabled tells that the tests are built with the race detector.
const RaceEnabled = raceEnabled
