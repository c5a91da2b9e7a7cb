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
	}
	return ""
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
