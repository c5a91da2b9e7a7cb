package scaffold

import (
	"fmt"
	"strings"
	"time"
)

// A Kind is one sort of object that a service keeps: its name, its fields, of
// which there is one at least, and the id of the migration that makes its table.
type Kind struct {
	Name        Name
	Fields      []Field
	MigrationID string // digits, as MigrationID returns them
	// Added says which of the fields came later, oldest first.
	Added []Addition

	typed string // the name as it was given
}

// otherSpelling says how the name was given if that is not how same, which is the
// same name, is spelled.
func (k Kind) otherSpelling(same Name) string {
	if k.typed == "" || k.typed == same.Spelled() {
		return ""
	}
	return ", of which " + k.typed + " is another spelling"
}

// NewKind returns the kind of the given name, plural ("" for that of English)
// and fields, as ParseFields reads them. An error is an *InvalidError with all
// that is wrong.
func NewKind(name, plural string, fields ...string) (Kind, error) {
	var p problems
	n, err := ParseKindName(name, plural)
	if err = p.merge(err); err != nil {
		return Kind{}, err
	}
	named := len(p) == 0
	list, err := ParseFields(fields...)
	if err = p.merge(err); err != nil {
		return Kind{}, err
	}
	if named && len(p) == 0 {
		p.checkKindFields(n, list)
	}
	for i := range p {
		if named { // so that one sees which of several kinds it is about
			p[i] = fmt.Sprintf("kind %s: %s", n, p[i])
		}
	}
	if err := p.invalid(); err != nil {
		return Kind{}, err
	}
	return Kind{Name: n, Fields: list, typed: name}, nil
}

// ParseKind reads a kind in one string, `NAME a:string:required,b:int`.
func ParseKind(spec string) (Kind, error) {
	spec = strings.TrimSpace(spec)
	name, fields := spec, ""
	if i := strings.IndexAny(spec, " \t\r\n"); i >= 0 {
		name, fields = spec[:i], spec[i:]
	}
	return NewKind(name, "", fields)
}

// ParseKindName is ParseName for the name of a kind, which has to make a package,
// a table and files. An error is an *InvalidError with all that is wrong.
func ParseKindName(name, plural string) (Name, error) {
	n, err := ParseName(name, plural)
	if err != nil {
		return Name{}, err
	}
	var p problems
	p.checkKindName(n)
	if err := p.invalid(); err != nil {
		return Name{}, err
	}
	return n, nil
}

// check refuses a kind that was not made by NewKind, or not finished.
func (k Kind) check() error {
	var p problems
	if len(k.Fields) == 0 {
		p.addf("kind %s: "+noFields, k.Name)
	}
	if !isDigits(k.MigrationID) {
		p.addf("kind %s: the migration %q is no number", k.Name, k.MigrationID)
	}
	return p.invalid()
}

// checkKindName reports names that are words, but not for a kind.
func (p *problems) checkKindName(n Name) {
	faults := n.faults()
	if len(faults) == 0 {
		return
	}
	hint, err := remedy(n, func(r Name) (bool, error) { return len(r.faults()) == 0, nil })
	if err != nil {
		panic("a check of words alone has failed: " + err.Error())
	}
	for _, fault := range faults {
		p.addf("kind %s: %s: %s", n, fault, hint)
	}
}

// faults says why no project can have a kind of this name.
func (n Name) faults() []string {
	var p problems
	many := n.Many()
	if reason := folderReason(many.Flat()); reason != "" {
		p.addf("its package would be called %s, which %s", many.Flat(), reason)
	}
	if reason := reservedPlurals[many.Snake()]; reason != "" {
		p.addf("its plural would be %s, which %s", many.Snake(), reason)
	}
	if strings.HasPrefix(many.Snake(), "pg_") {
		p.addf("its table would be called %s, and pg_ is PostgreSQL's own", many.Snake())
	}
	if table := many.Snake(); len(table) > maxIdentifier {
		p.addf("its table %s would have %d bytes, PostgreSQL keeps %d", table, len(table), maxIdentifier)
	}
	if len(n.Snake()) > maxFileName {
		p.addf("its name has %d bytes, the names of its files take %d", len(n.Snake()), maxFileName)
	}
	return p
}

// maxFileName leaves room in a file's name, which takes 255 bytes on most
// systems, for what goes around the kind's.
const maxFileName = 200

// MigrationID returns the id of a migration made at a time: its second in UTC,
// so that branches hardly ever make the same, or one more than the highest id
// taken, so that ids grow and never meet.
func MigrationID(now time.Time, taken ...string) string {
	id := now.UTC().Format("20060102150405")
	for _, t := range taken {
		if !less(t, id) {
			id = increment(t)
		}
	}
	return id
}

// FirstMigrationIDs returns n ids for the migrations of a new service, which
// follow that of the events. The clock has no part in them: the same service can
// be made again byte by byte.
func FirstMigrationIDs(n int) []string {
	ids := make([]string, n)
	id := eventsMigration
	for i := range ids {
		id = increment(id)
		ids[i] = id
	}
	return ids
}

// eventsMigration is the id of the last migration of a service without kinds.
const eventsMigration = "20260101000000"

// increment adds one to a decimal number of any length.
func increment(digits string) string {
	b := []byte(digits)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] != '9' {
			b[i]++
			return string(b)
		}
		b[i] = '0'
	}
	return "1" + string(b)
}
