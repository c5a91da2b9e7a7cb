package integration_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/test"
)

// happen writes an event about object on behalf of actor.
func happen(t *testing.T, s *test.Service, what api.EventType, source, object, actor string) {
	t.Helper()
	ctx := auth.WithIdentity(t.Context(), auth.Identity{Subject: actor})
	err := s.Env.Database.Sessions.InTx(ctx, func(ctx context.Context) error {
		return s.Env.Services.Events().Publish(ctx, what, source, object)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEventsAreFiltered(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	rain, hail, fog := api.NewID(), api.NewID(), api.NewID()
	happen(t, s, api.CreateEvent, "Rains", rain, "jane")
	happen(t, s, api.UpdateEvent, "Hails", hail, "john")
	happen(t, s, api.DeleteEvent, "Fogs", fog, "jane")
	for column, object := range map[string]string{"handled_at": rain, "dead_at": hail} {
		err := s.Env.Database.Sessions.New(t.Context()).Exec(`UPDATE "events" SET "`+column+`" = '2026-01-02' WHERE "source_id" = ?`, object).Error
		if err != nil {
			t.Fatal(err)
		}
	}
	for search, want := range map[string][]string{
		"source = 'Rains'":                                {rain},
		"source in ('Hails', 'Fogs')":                     {hail, fog},
		"source_id = '" + fog + "'":                       {fog},
		"event_type = 'Update'":                           {hail},
		"event_type != 'Update' and actor = 'jane'":       {rain, fog},
		"handled_at is not null":                          {rain},
		"handled_at < '2026-01-03'":                       {rain},
		"handled_at is null":                              {hail, fog},
		"dead_at is not null":                             {hail},
		"dead_at = '2026-01-02T00:00:00Z'":                {hail},
		"handled_at is null and dead_at is null":          {fog},
		"actor like 'ja%'":                                {rain, fog},
		"actor = 'john' or source = 'Rains'":              {rain, hail},
		"actor = 'nobody'":                                {},
		"operation_id = '' and created_at > '2020-01-01'": {rain, hail, fog},
	} {
		list := api.V1Path + "/events?orderBy=sequence&size=1&search=" + url.QueryEscape(search)
		var got []string
		for after := ""; ; { // page by page
			answer := s.Do(t, http.MethodGet, list+after, nil).Want(http.StatusOK)
			for _, item := range answer.Items() {
				id, _ := item["source_id"].(string)
				got = append(got, id)
			}
			next, more := answer.Object()["next"].(string)
			if !more {
				break
			}
			after = "&after=" + url.QueryEscape(next)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("search %s (-want +got)\n%s", search, diff)
		}
	}
	all := s.Do(t, http.MethodGet, api.V1Path+"/events?fields=source_id&orderBy=sequence+desc", nil).Want(http.StatusOK).Items()
	var got []string
	for _, item := range all {
		id, _ := item["source_id"].(string)
		got = append(got, id)
		if len(item) != 2 {
			t.Errorf("fields=source_id: got %v", item)
		}
	}
	if slices.Reverse(got); !slices.Equal(got, []string{rain, hail, fog}) {
		t.Errorf("orderBy=sequence desc: got %v in reverse", got)
	}
}
