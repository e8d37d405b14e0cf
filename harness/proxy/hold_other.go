//go:build !linux

package proxy

import (
	"errors"
	"os"
)

// hold returns [errors.ErrUnsupported]: two sockets cannot share an address here.
func hold(string) (*os.File, string, error) { return nil, "", errors.ErrUnsupported }

// maxFiles returns 0: hold returns no file.
func maxFiles() int { return 0 }
