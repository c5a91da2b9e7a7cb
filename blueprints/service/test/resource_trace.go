package test

import (
	"net/http"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// checkTrace makes an object as part of a trace, and finds the trace in the event
// about it. Nothing is exported here: whoever handles the event hands it on all
// the same.
func (k *trial) checkTrace() {
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	id := k.do(http.MethodPost, k.url(""), k.body(1), "Traceparent", parent).Want(http.StatusCreated).ID()
	events, err := k.service.Env.Services.Events().List(k.t.Context(), dao.Query{Size: 2, Search: "source_id = '" + id + "'"})
	if err != nil {
		k.t.Fatal(err)
	}
	if len(events.Items) != 1 || events.Items[0].TraceParent != parent {
		k.t.Errorf("got the events %+v, want one of the trace %s", events.Items, parent)
	}
}
