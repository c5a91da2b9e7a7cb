// Package idempotency lets clients send a request again, when its answer got
// lost, without having it done again. The client names the request by a key:
//
//	request, key ─→ claim ─ the first ──→ do ─→ keep the answer ─→ commit ─→ answer
//	                  └──── a repeat ───→ the answer that was kept
//
// All of it is one transaction with what the request does, so that there is no
// moment at which a crash would leave an object without the answer about it, or
// an answer without its object. A request that fails leaves neither: its key is
// free again. Repeats that come while the first is at work wait for it.
//
// The package knows no HTTP: package handlers says what a key may look like and
// what is answered. A key counts for its sender and path only, and for as long as
// answers are kept. Neither keys nor senders are stored, only digests of them.
package idempotency
