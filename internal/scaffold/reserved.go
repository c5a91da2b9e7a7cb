package scaffold

import (
	"go/token"
	"strings"
)

// maxIdentifier is the number of bytes of an identifier that PostgreSQL keeps.
const maxIdentifier = 63

// folderReason says why a Go package cannot live in a folder of this name, or "".
func folderReason(name string) string {
	switch {
	case token.IsKeyword(name):
		return "is a keyword of Go"
	case name == "internal" || name == "vendor":
		return "has a meaning of its own to the go command"
	case name == "testdata":
		return "is a folder that the go command passes over"
	case name == "main":
		return "is what programs are called, and those cannot be imported"
	case windowsDevices[name]:
		return "is a device of Windows, where no folder can have its name"
	}
	return ""
}

// windowsDevices are names that no file and no folder can have on Windows,
// whatever its ending, and that the go command takes for no part of a module
// anywhere.
var windowsDevices = set(`con prn aux nul com1 com2 com3 com4 com5 com6 com7 com8 com9
	lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9`)

// reservedPlurals are the plurals, in snake case, that mean something else where
// a kind would use them, with the reason. What a file of the service declares is
// not among them: that is found where it stands.
var reservedPlurals = map[string]string{
	"generic":          "is what the service calls the tools that all kinds share",
	"goose_db_version": "is the table that counts the migrations",
	"openapi":          "is the path at which the service serves its API document",
}

// buildSuffixes are the last words of a file's name that make the go command
// build it for one system only, or for tests only: routes_windows.go,
// unit_test.go.
var buildSuffixes = set(`test aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9
	solaris wasip1 windows zos 386 amd64 amd64p32 arm arm64 arm64be armbe loong64 mips mips64 mips64le mips64p32
	mips64p32le mipsle ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// columnReason says why no table of a kind can have a field's column, or "". The
// names that fields may not have in JSON and in Go are with the fields.
func columnReason(f Field) string {
	if systemColumns[f.Column()] {
		return "every table of PostgreSQL has a column of this name"
	}
	return ""
}

var systemColumns = set("tableoid xmin cmin xmax cmax ctid")
