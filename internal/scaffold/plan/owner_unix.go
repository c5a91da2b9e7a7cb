//go:build unix

package plan

import (
	"io/fs"
	"syscall"
)

// owner returns who a file belongs to; ok is false where that is not known.
func owner(info fs.FileInfo) (uid, gid int, ok bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return int(stat.Uid), int(stat.Gid), true
}
