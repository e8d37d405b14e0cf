//go:build !race

package golden_test

const raced = false
