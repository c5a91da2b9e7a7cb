// Package db is all that the service knows of PostgreSQL as such: sessions,
// transactions, locks, wake-ups, and what the server's errors mean. It knows no
// kind and no table.
package db
