// Package handlers translates between HTTP and the services: one file a kind,
// and what all kinds share, which is reading a body against its schema (Body),
// reading the parameters of a list (list.go) and writing answers and errors
// (handle.go, errors.go).
//
// Handlers know HTTP and nothing else: rules belong to package services.
package handlers
