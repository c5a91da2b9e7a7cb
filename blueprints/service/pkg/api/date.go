package api

import (
	"cmp"
	"database/sql/driver"
	"fmt"
	"time"
)

// Date is a day of the calendar, without a time and so without a time zone. It
// reads "2006-01-02" in JSON, in SQL and as text; the years are 0001 to 9999.
// The zero Date is no day: it can be neither written nor stored.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads a date as in "2006-01-02".
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1 {
		return Date{}, fmt.Errorf("%.40q is no date as in 2006-01-02, the year from 0001 to 9999", text)
	}
	return DateOf(t), nil
}

// DateOf returns the day of t in its own time zone.
func DateOf(t time.Time) Date {
	var d Date
	d.Year, d.Month, d.Day = t.Date()
	return d
}

// String returns the date as in "2006-01-02".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// In returns the first moment of the date in the time zone: midnight, where
// the clocks have one.
func (d Date) In(zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, zone)
}

// AddDays returns the date that is days later, or earlier if days is negative.
func (d Date) AddDays(days int) Date { return DateOf(d.In(time.UTC).AddDate(0, 0, days)) }

// Compare returns -1 if d is before other, 0 if they are the same and 1 if it is
// after.
func (d Date) Compare(other Date) int {
	return cmp.Or(cmp.Compare(d.Year, other.Year), cmp.Compare(d.Month, other.Month), cmp.Compare(d.Day, other.Day))
}

// Before tells whether d is before other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// IsZero tells whether d is the zero Date.
func (d Date) IsZero() bool { return d == Date{} }

// valid is an error if there is no such day.
func (d Date) valid() error {
	if _, err := ParseDate(d.String()); err != nil {
		return fmt.Errorf("date of year %d, month %d, day %d: there is no such day", d.Year, int(d.Month), d.Day)
	}
	return nil
}

// MarshalText returns the date as String does; JSON is made by it. A day that
// does not exist is an error.
func (d Date) MarshalText() ([]byte, error) {
	if err := d.valid(); err != nil {
		return nil, err
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what ParseDate reads.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}

// Value returns the date for the database. A day that does not exist is an error.
func (d Date) Value() (driver.Value, error) {
	if err := d.valid(); err != nil {
		return nil, err
	}
	return d.String(), nil
}

// Scan reads a date from the database. Days that only it knows, as infinity
// and those before Christ, are an error.
func (d *Date) Scan(value any) error {
	switch value := value.(type) {
	case time.Time:
		if value.Year() < 1 || value.Year() > 9999 {
			return fmt.Errorf("date of the year %d: the year has to be from 0001 to 9999", value.Year())
		}
		*d = DateOf(value)
		return nil
	case string:
		return d.UnmarshalText([]byte(value))
	}
	return fmt.Errorf("date of %T: only times and text can be read", value)
}

// GormDataType names the type for GORM.
func (Date) GormDataType() string { return "date" }
