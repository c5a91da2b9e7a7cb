package dao

// claimWindow is the number of due events, oldest first, among which a claim
// looks for those that are the oldest of their objects.
const claimWindow = 500

// claimWindows is the number of windows that a claim clears of events that wait
// for one which failed, before it goes from object to object.
const claimWindows = 10

// Statistics about a queue are always wrong: they were made when it was empty,
// or full. So the statements below leave PostgreSQL no choice of plans: orders
// with a limit that one index serves, and arrays of ids.
//
// They are about either table of work: the <words> stand for its names and
// conditions. <open> is the condition of the two indexes that claims go through.
// <still open> says the same, so that PostgreSQL does not see that they apply:
// for rows that it has to find by their ids.

// onlyByOrder keeps it, for one transaction, from reading a table or an index
// as a whole and sorting what it finds. That looks best as long as the log
// seems to be small, and takes seconds when it is done for each due event of
// a large one. The last query cannot do without a sort; the cost that it has
// now must not make PostgreSQL compile it.
const onlyByOrder = `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true), set_config('jit', 'off', true)`

// oldestDue finds events in the order in which they became due, which is fair.
// It looks no further than a window, for when most due events wait for an
// earlier one of their object, there is no end of them.
const oldestDue = `
	WITH "due" AS (
		SELECT "window"."id" FROM (
			SELECT <id> AS "id", "source", "source_id", "sequence" FROM <table>
			WHERE <open> AND "run_at" <= now()
			ORDER BY "run_at", "sequence" LIMIT @window ) AS "window",
		LATERAL (
			SELECT "sequence" FROM <table>
			WHERE <open> AND "source" = "window"."source" AND "source_id" = "window"."source_id"
			ORDER BY "sequence" LIMIT 1) AS "first"
		WHERE "first"."sequence" = "window"."sequence"
	)`

// putOffBlocked has the due events in the window that wait for one which failed
// become due with it. Otherwise the window would hold nothing else when many
// objects have such an event, and each claim would go from object to object.
// No further than a minute: somebody may retry or drop that one by hand.
const putOffBlocked = `
	WITH "blocked" AS (
		SELECT "window"."id" AS "waits", least("first"."run_at", now() + interval '1 minute') AS "until" FROM (
			SELECT <id> AS "id", "source", "source_id", "sequence" FROM <table>
			WHERE <open> AND "run_at" <= now()
			ORDER BY "run_at", "sequence" LIMIT @window ) AS "window",
		LATERAL (
			SELECT "sequence", "run_at", "leased" FROM <table>
			WHERE <open> AND "source" = "window"."source" AND "source_id" = "window"."source_id"
			ORDER BY "sequence" LIMIT 1) AS "first"
		WHERE "first"."sequence" < "window"."sequence" AND NOT "first"."leased" AND "first"."run_at" > now()
	), "free" AS (
		SELECT <id> AS "id" FROM <table>
		WHERE <id> = ANY(ARRAY(SELECT "waits" FROM "blocked")) AND <still open> AND "run_at" <= now()
		FOR UPDATE SKIP LOCKED
	)
	<update>, "run_at" = "blocked"."until" FROM "blocked"
	WHERE <id> = ANY(ARRAY(SELECT "id" FROM "free")) AND <id> = "blocked"."waits" AND <still open>`

// firstOfObjects goes from object to object and looks at the oldest open event
// of each: what waits behind that costs nothing.
const firstOfObjects = `
	WITH RECURSIVE "first" AS (
		(SELECT <id> AS "id", "source", "source_id", "run_at" FROM <table> WHERE <open>
			ORDER BY "source", "source_id", "sequence" LIMIT 1)
		UNION ALL
		SELECT "next".* FROM "first", LATERAL (
			SELECT <id> AS "id", "source", "source_id", "run_at" FROM <table>
			WHERE <open> AND ("source", "source_id") > ("first"."source", "first"."source_id")
			ORDER BY "source", "source_id", "sequence" LIMIT 1) AS "next"
	), "due" AS (
		SELECT "id" FROM "first" WHERE "run_at" <= now() LIMIT @window
	)`

// leaseDue takes what is due. A rival that claims the same event at the same
// time either holds its row, and it is skipped, or has just moved run_at, at
// which PostgreSQL looks again once it has the row.
const leaseDue = `, "free" AS (
		SELECT <id> AS "id" FROM <table>
		WHERE <id> = ANY(ARRAY(SELECT "id" FROM "due")) AND <still open> AND "run_at" <= now()
		ORDER BY "run_at", "sequence" LIMIT @limit FOR UPDATE SKIP LOCKED
	), "claimed" AS (
		<update>, "attempts" = "attempts" + 1, "leased" = true, "run_at" = now() + make_interval(secs => @lease )
		WHERE <id> = ANY(ARRAY(SELECT "id" FROM "free")) AND <still open>
		RETURNING *
	)
	SELECT <event> FROM "claimed"<join>`
