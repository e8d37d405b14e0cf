//go:build !unix

package child

import (
	"os"
	"os/exec"
)

// Lead does nothing: there are no process groups.
func Lead(*exec.Cmd) {}

// lead does nothing: there are no process groups.
func lead(*exec.Cmd) {}

// killGroup kills the program.
func killGroup(leader *os.Process) { leader.Kill() }

// Terminate ends the program.
func (p *Process) Terminate() { p.cmd.Process.Kill() }
