// Package dao reads and writes the objects in the database. Store does it for
// every kind; a kind's own file, which embeds it, is the place for what only
// that kind asks of SQL.
//
//	list ── Query ─→ search (package tsl)  ─┐
//	                 orderBy (order.go)     ├─→ one select ─→ Page
//	                 after   (cursor.go)   ─┘
//
// What clients may search and order by is an allow-list that follows from the
// kind's struct: its columns, and those of related kinds that are joined.
//
// The package knows no rules and opens no transaction: it takes part in the
// one that its ctx carries. Errors of the database are those of package db.
package dao
