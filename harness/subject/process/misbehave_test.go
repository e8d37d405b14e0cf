package process_test

import (
	"time"
)

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

var misbehaving = map[string]func() error{}
