// Package db is all that the service knows of PostgreSQL as such: sessions,
// transactions, locks, leaders, wake-ups, and what its errors mean. It knows no
// kind and no table; those are the business of the packages above it.
//
// # A writing use case
//
//	service                     db                                PostgreSQL
//	───────                     ──                                ──────────
//	InTx(ctx, fn) ────────────▶ takes a connection
//	  fn(ctx), ctx carries the transaction
//	  │ Lock(ctx, kind, id) ──▶ on that connection ─────────────▶ BEGIN, pg_advisory_xact_lock
//	  │ dao.GetForUpdate(ctx) ▶ New(ctx): that connection ──────▶ SELECT … FOR NO KEY UPDATE
//	  │ dao.Update(ctx) ──────▶ New(ctx): that connection ──────▶ UPDATE
//	  │ events.Create(ctx) ───▶ Send(ctx): kept for the commit
//	  │ AfterCommit(ctx, notifier.Wake): kept for later
//	  ▼ nil ──────────────────▶ commits ────────────────────────▶ INSERT INTO events, COMMIT, frees the lock
//	                            runs what AfterCommit kept:
//	                            Wake() → Notifier, a
//	                            connection of its own ──────────▶ NOTIFY
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
//   - A statement that nobody waits for costs no round trip: see Send.
//   - Errors pass through Translate once, where they leave the database, and
//     callers test them with errors.Is and errors.As.
//
// # Locks and leaders
//
//	                    LockFactory             GetForUpdate          Leader
//	                    ───────────             ────────────          ──────
//	what is locked      a name: kind, id        a row                 a name: of work
//	for how long        the transaction         the transaction       the work
//	on                  its connection          its connection        one of its own
//	the wait ends       LockTimeout, ErrLocked  LockTimeout,          with ctx
//	                    or with ctx             ErrLocked, or ctx
//	the holder dies     freed at once           freed at once         freed at once
//	the network dies    after 30 s              after 30 s            after 4 s
//
// Whatever ends the transaction or the session frees the lock, on the server:
// there is nothing to clear up, and nothing for a pool to leak. Who locks within
// InTx needs no second connection, so that any number of them get through a pool
// of any size. Outside a transaction a lock keeps a connection: see Lock.
//
// A Leader is for periodic work. Of the replicas that run it one works, the
// others ask for the lock each second:
//
//	leader := db.NewLeader(cfg, "purge", log)
//	err := leader.Run(ctx, func(ctx context.Context) error {
//		// until ctx ends, which it does also when the leadership is lost
//	})
//
// A successor begins three seconds after it got the lock, when even one who was
// cut off without a word has noticed. So it takes four seconds if the leader
// stopped or was killed, and up to eight if the network swallowed it.
//
// # Connections
//
// One replica takes up to MaxOpenConns of the pool, and one each for Ping, the
// Listener, the Notifier and every Leader.
//
// # Behind pgbouncer
//
// With transaction pooling set Config.QueryExecMode to cache_describe and give
// Config.ListenURL, which leads to the server itself: LISTEN and the lock of the
// migrations need a session that stays theirs. Without it events are found by
// looking only, and who leads keeps one of the pooler's connections in a
// transaction. LockFactory and NOTIFY work either way. That the machine of a replica is off is then for pgbouncer to
// notice: set its tcp_user_timeout and tcp_keepidle.
package db
