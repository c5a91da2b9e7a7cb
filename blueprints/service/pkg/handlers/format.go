package handlers

import (
	"errors"
	"regexp"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/tsl"
)

// formats are the formats of texts that the service knows: how one is checked
// and what to say is wanted instead.
var formats = map[string]struct {
	check  func(text string) error
	wanted string
}{
	"date-time": {checkTime, "a time as in 2006-01-02T15:04:05Z, the year from 0000 to 9999 in UTC,"},
	"date":      {checkDate, "a date as in 2006-01-02, the year from 0001 to 9999,"},
	"decimal":   {checkDecimal, `a number in quotes as in "1.5", with at most 64 digits before and 64 behind the point,`},
	"uuid":      {checkUUID, "a UUID as in 01890a5d-ac96-774b-bcce-b302099a8057"},
}

var errFormat = errors.New("of another format")

// timeForm is that of RFC 3339, of which package time is generous: it reads a
// comma for the point, hours of one digit and zones of more than a day.
var timeForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// checkTime refuses times that answers cannot hold: in UTC, which has them all,
// the year of some has five digits or a sign.
func checkTime(text string) error {
	t, err := time.Parse(time.RFC3339, text)
	if year := t.UTC().Year(); err != nil || year < 0 || year > 9999 || !timeForm.MatchString(text) {
		return errFormat
	}
	return nil
}

func checkDate(text string) error {
	_, err := api.ParseDate(text)
	return err
}

// decimalForm leaves out the exponent: a few characters would stand for more
// digits than anybody can store.
var decimalForm = regexp.MustCompile(`^-?[0-9]{1,64}(\.[0-9]{1,64})?$`)

func checkDecimal(text string) error {
	if !decimalForm.MatchString(text) {
		return errFormat
	}
	return nil
}

func checkUUID(text string) error {
	if _, ok := tsl.ParseUUID(text); !ok {
		return errFormat
	}
	return nil
}
