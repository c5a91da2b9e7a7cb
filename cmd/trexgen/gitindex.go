package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// indexEntry is what git remembers of a file: its content, and what it looked like when that was found out.
type indexEntry struct {
	modified time.Time
	whole    bool // modified has parts of a second
	size     uint32
	hash     [20]byte
	merged   bool // no conflict is open
}

var errIndex = errors.New("not an index that is understood")

const (
	indexFixed    = 62     // bytes of an entry before its name
	flagExtended  = 0x4000 // two more bytes of flags follow (version 3)
	maskStage     = 0x3000
	maskNameBytes = 0x0fff // so many bytes the name has, or more if all are set
)

// parseIndex reads the entries with the wanted paths from the index file of a git repository that names objects by
// SHA-1: versions 2, 3 and 4. errIndex says that it is anything else, such as an index that is split into two files.
func parseIndex(data []byte, wanted map[string]bool) (map[string]indexEntry, error) {
	if len(data) < 12+20 || string(data[:4]) != "DIRC" {
		return nil, errIndex
	}
	version, count := binary.BigEndian.Uint32(data[4:]), binary.BigEndian.Uint32(data[8:])
	if version < 2 || version > 4 {
		return nil, fmt.Errorf("%w: version %d", errIndex, version)
	}
	found := map[string]indexEntry{}
	rest := data[12 : len(data)-20] // a checksum is at the end
	var name []byte
	for range count {
		if len(rest) < indexFixed {
			return nil, errIndex
		}
		fixed, flags := rest[:indexFixed], binary.BigEndian.Uint16(rest[60:])
		head := indexFixed
		if flags&flagExtended != 0 {
			head += 2
		}
		var err error
		if name, rest, err = indexName(name, rest, head, version); err != nil {
			return nil, err
		}
		if wanted[string(name)] {
			found[string(name)] = newIndexEntry(fixed, flags)
		}
	}
	return found, refuseSplit(rest)
}

// indexName returns the name of the entry that rest begins with, given the one before, and what follows the entry.
func indexName(before, rest []byte, head int, version uint32) (name, after []byte, err error) {
	if len(rest) < head {
		return nil, nil, errIndex
	}
	if version < 4 {
		end := bytes.IndexByte(rest[head:], 0)
		size := (head+end)/8*8 + 8 // at least one NUL, and up to a multiple of eight
		if end < 0 || size > len(rest) {
			return nil, nil, errIndex
		}
		return rest[head : head+end], rest[size:], nil
	}
	// Version 4 says how many bytes to take off the end of the name before, and what to put there.
	cut, rest, err := offsetVarint(rest[head:])
	end := bytes.IndexByte(rest, 0)
	if err != nil || end < 0 || cut > len(before) {
		return nil, nil, errIndex
	}
	kept := before[: len(before)-cut : len(before)-cut]
	return append(kept, rest[:end]...), rest[end+1:], nil
}

// offsetVarint reads a number as pack files write offsets: seven bits a byte, each longer form beginning where the
// shorter ends.
func offsetVarint(data []byte) (n int, rest []byte, err error) {
	for i, b := range data {
		n = n<<7 | int(b&0x7f)
		if b&0x80 == 0 {
			return n, data[i+1:], nil
		}
		if i == 4 {
			break
		}
		n++
	}
	return 0, nil, errIndex
}

func newIndexEntry(fixed []byte, flags uint16) indexEntry {
	at := func(i int) uint32 { return binary.BigEndian.Uint32(fixed[i:]) }
	return indexEntry{
		modified: time.Unix(int64(at(8)), int64(at(12))),
		whole:    at(12) != 0,
		size:     at(36),
		hash:     [20]byte(fixed[40:60]),
		merged:   flags&maskStage == 0,
	}
}

// refuseSplit looks through the extensions behind the entries for the one that says that most entries are elsewhere.
func refuseSplit(rest []byte) error {
	for len(rest) >= 8 {
		name, size := string(rest[:4]), binary.BigEndian.Uint32(rest[4:])
		if name == "link" {
			return fmt.Errorf("%w: it is split", errIndex)
		}
		if uint64(size) > uint64(len(rest)-8) {
			return errIndex
		}
		rest = rest[8+size:]
	}
	return nil
}
