//go:build unix

package child

import (
	"os"
	"os/exec"
	"syscall"
)

// Lead makes a program that was not started by [Start] the leader of a process group, as those of Start are: signals that
// a terminal sends do not reach it. Nothing happens where there are no process groups.
func Lead(cmd *exec.Cmd) { lead(cmd) }

// lead makes the program the leader of a process group.
func lead(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup kills a process group. Its number stays taken while one of the group lives.
func killGroup(leader *os.Process) { syscall.Kill(-leader.Pid, syscall.SIGKILL) }

// Terminate asks the program to end: SIGTERM.
func (p *Process) Terminate() { p.cmd.Process.Signal(syscall.SIGTERM) }
