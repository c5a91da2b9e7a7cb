// Package tsl compiles searches, a language like the WHERE clause of SQL, into
// a parameterised clause over an allow-list of columns. It knows nothing of
// databases or HTTP: text in, clause and arguments out.
//
//	search  = all { "or" all }
//	all     = one { "and" one }
//	one     = "not" one | "(" search ")" | column test
//	test    = compare value
//	        | [ "not" ] ( "like" | "ilike" ) text
//	        | [ "not" ] "in" "(" value { "," value } ")"
//	        | [ "not" ] "between" value "and" value
//	        | "is" [ "not" ] "null"
//	compare = "=" | "!=" | "<>" | "<" | "<=" | ">" | ">="
//
// Keywords may be written in any case; columns are exact. A value is of the
// column's type: 'text' in which a quote is written twice, a number, true or
// false, a 'date', a 'time' in RFC 3339 or, for a time, a 'date' (its midnight
// in UTC). Of lists and JSON only null can be asked.
//
// Nothing that the user wrote becomes part of the clause: columns are replaced
// by their SQL, values by question marks. What compiles also runs: a value
// that its column cannot hold is an error here and not in the database. The
// exception are ids: one that is no UUID is an id that nothing has.
package tsl
