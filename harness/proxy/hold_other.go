//go:build !linux

package proxy

import (
	"errors"
	"os"
)

// Hold returns [errors.ErrUnsupported]: two sockets cannot share an address here.
func Hold(string) (*os.File, string, error) { return nil, "", errors.ErrUnsupported }

// maxFiles returns 0: Hold returns no file.
func maxFiles() int { return 0 }
