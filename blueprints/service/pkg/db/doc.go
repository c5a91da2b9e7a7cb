// Package db is all that the service knows of PostgreSQL as such: sessions,
// transactions, locks, wake-ups, and what the server's errors mean. It knows no
// kind and no table; those are the business of the packages above it.
//
// # A writing use case
//
//	service                     db                                PostgreSQL
//	───────                     ──                                ──────────
//	InTx(ctx, fn) ────────────▶ takes a connection ─────────────▶ BEGIN
//	  fn(ctx), ctx carries the transaction
//	  │ Lock(ctx, kind, id) ──▶ on that connection ─────────────▶ pg_advisory_xact_lock
//	  │ dao.GetForUpdate(ctx) ▶ New(ctx): that connection ──────▶ SELECT … FOR NO KEY UPDATE
//	  │ dao.Update(ctx) ──────▶ New(ctx): that connection ──────▶ UPDATE
//	  │ events.Create(ctx) ───▶ New(ctx): that connection ──────▶ INSERT INTO events
//	  │ AfterCommit(ctx, notifier.Wake): kept for later
//	  ▼ nil ──────────────────▶ commits ────────────────────────▶ COMMIT, frees the lock
//	                            runs what AfterCommit kept:
//	                            Wake() → Notifier, another
//	                            connection of the pool ─────────▶ NOTIFY
//	  answers the client                                             │
//	                                                                 ▼
//	every replica: Listener, a connection of its own ◀──────────── LISTEN
//	               calls back: look for new events
//
// Object and event are written together or not at all. An error or a panic in
// fn rolls all of it back, and nobody is woken. The notification is only a
// hint: one that a crash loses is made up for by whoever also looks from time
// to time, and by the Listener, which calls back after each new LISTEN.
//
// # Rules
//
//   - Who gets ctx from InTx passes it on: New(ctx) finds the transaction there.
//     A session made before, or with another context, is outside.
//   - Reading use cases open no transaction: each statement sees one state of
//     the data anyway.
//   - In a transaction nothing waits for the world outside, since it keeps a
//     connection and its locks from others.
//   - A statement that failed has poisoned the transaction: see InTx.
//   - Errors pass through Translate once, where they leave the database, and
//     callers test them with errors.Is and errors.As.
//
// # Behind pgbouncer
//
// With transaction pooling set Config.QueryExecMode to cache_describe and give
// Config.ListenURL, which leads to the server itself: LISTEN and the lock of
// the migrations need a connection that stays theirs. Locks work either way.
package db
