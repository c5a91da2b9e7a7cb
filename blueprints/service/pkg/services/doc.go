// Package services holds the business logic: one file a kind with its rules,
// and Generic with what all kinds share. A service opens the transaction of
// each use case that writes, so that an object and the event about it are
// committed together, before the answer.
//
// Services know rules. They do not know HTTP (package handlers does) or SQL
// (package dao does).
package services
