package dao

import "math"

// Query asks for one page of a list. Its numbers have been checked.
type Query struct {
	// Page counts from 1; 0 means 1. Size is the number of items wanted; with
	// 0 only the total is.
	Page, Size int

	// After is the Next of an earlier page with the same OrderBy. Unlike a
	// page number it costs the same however deep it leads, and rows that come
	// and go meanwhile do not shift it. It cannot be combined with a Page.
	After string

	// Search is a condition in the language of package tsl; empty means all.
	Search string

	// OrderBy is a list such as "species desc,created_at"; empty means by
	// created_at. Ties are broken by id, and null comes last in both directions.
	OrderBy string

	// Related, unless nil, is asked about each related table whose columns
	// Search or OrderBy name. Its error is that of the query.
	Related func(table string) error
}

// Page is a part of a list.
type Page[T any] struct {
	// Items is never nil.
	Items []T

	// Page is that of the Query.
	Page int

	// Total counts the objects that the search finds, on all pages.
	Total int64

	// Next leads to the next page as Query.After; it is empty on the last one.
	Next string
}

// offset returns the number of rows before the page, and false if no table has
// as many.
func (q Query) offset() (int64, bool) {
	if q.Page <= 1 {
		return 0, true
	}
	before, size := int64(q.Page-1), int64(q.Size)
	if size > 0 && before > math.MaxInt64/size {
		return 0, false
	}
	return before * size, true
}
