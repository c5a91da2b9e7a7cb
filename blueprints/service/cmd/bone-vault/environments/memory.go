package environments

import "runtime/debug"

// heapGrowth is by how many percent of what is in use the heap grows before
// garbage is collected. What a service of this kind keeps in use is a few
// megabytes: with Go's own 100 it spends a tenth of its time on collecting.
const heapGrowth = 300

// TuneMemory trades memory for time as suits a service, unless the standard
// variables GOGC or GOMEMLIMIT say what they want. It is for the whole process.
func TuneMemory(lookupEnv func(string) (string, bool)) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if value, _ := lookupEnv(name); value != "" {
			return
		}
	}
	debug.SetGCPercent(heapGrowth)
}
