// Package api holds the objects of the service as the layers below HTTP know
// them: one file a kind, and what all kinds share. It imports nothing of the
// service, so that every layer may import it.
package api
