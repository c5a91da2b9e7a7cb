package test

import (
	"reflect"
	"slices"

	"github.com/trexgen/trexgen/blueprints/service/pkg/audit"
)

// wantAudited checks that the audit has these types of events about the object,
// each with the request that asked for it and, without authentication, by nobody
// in particular.
func (k *trial) wantAudited(id string, want []string) {
	k.t.Helper()
	entries, err := audit.List(k.t.Context(), k.service.Env.Database.Sessions, audit.Selection{SourceID: id, Limit: len(want) + 1})
	if err != nil {
		k.t.Fatal(err)
	}
	var got []string
	for _, entry := range slices.Backward(entries) { // the latest are first
		if entry.Source != k.Source || entry.Actor != "anonymous" || entry.OperationID == "" {
			k.t.Errorf("got the entry %+v, want one of anonymous about %s", entry, k.Source)
		}
		got = append(got, string(entry.EventType))
	}
	if !reflect.DeepEqual(got, want) {
		k.t.Errorf("audit: got %v, want %v", got, want)
	}
}
