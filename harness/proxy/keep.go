package proxy

import (
	"os"
	"sync"
)

// maxKept is how many ports of proxies that have ended are kept from being given to anybody. A client of another
// process that outlives its scenario may dial its port for long. It is refused there, and does not come to the proxy
// of another scenario, of this process or of another one. Beyond maxKept the oldest port is given up.
const maxKept = 2048

var kept struct {
	mu    sync.Mutex
	ports []*os.File
}

// keep keeps a port that Hold has bound. Nil is none.
func keep(held *os.File) {
	if held == nil {
		return
	}
	kept.mu.Lock()
	defer kept.mu.Unlock()
	kept.ports = append(kept.ports, held)
	if most := min(maxKept, maxFiles()/4); len(kept.ports) > most {
		kept.ports[0].Close()
		kept.ports = kept.ports[1:]
	}
}
