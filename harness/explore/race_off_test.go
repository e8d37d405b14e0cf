//go:build !race

package explore_test

const raced = false

// realAtOnce is how many cases are played over TCP at once. Most of their time is waiting.
const realAtOnce = 192
