// Package scenarios is the suite, and the language it is written in.
package scenarios
