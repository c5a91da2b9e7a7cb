package integration_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db/migrations"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
	"github.com/trexgen/trexgen/blueprints/service/test"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// storms is the source of the events of these tests, which belong to no kind.
const storms = "Storms"

// noObjects stands for the service of a kind: its objects are all gone.
type noObjects struct{}

func (noObjects) FindByIDs(context.Context, []string) ([]api.Event, error) { return nil, nil }

// stormURL serves the streams of storms over HTTP, with the feed of s.
func stormURL(t *testing.T, s *test.Service) string {
	t.Helper()
	server := httptest.NewServer(handlers.Watch(s.Env.Streams, storms, noObjects{}, func(e *api.Event) *api.Event { return e }))
	t.Cleanup(func() {
		s.Env.Streams.Stop()
		server.Close()
	})
	return server.URL + "?watch=true"
}

var errUndone = errors.New("undone")

// blow writes one event about each object, in one transaction, which is undone
// if undo is set. Objects are locked as services do.
func blow(ctx context.Context, s *test.Service, undo bool, objects ...string) error {
	err := s.Env.Database.Sessions.InTx(ctx, func(ctx context.Context) error {
		for _, object := range objects {
			if _, err := s.Env.Database.Locks.Lock(ctx, storms, object); err != nil {
				return err
			}
			if err := s.Env.Services.Events().Publish(ctx, api.UpdateEvent, storms, object); err != nil {
				return err
			}
		}
		if undo {
			return errUndone
		}
		return nil
	})
	if undo && errors.Is(err, errUndone) {
		return nil
	}
	return err
}

// blown returns the ids of all events of storms, by object and in their order.
func blown(t *testing.T, s *test.Service) (all []string, byObject map[string][]string) {
	t.Helper()
	byObject = map[string][]string{}
	query := dao.Query{Size: 1000, Search: "source = '" + storms + "'", OrderBy: "sequence"}
	for more := true; more; {
		page, err := s.Env.Services.Events().List(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range page.Items {
			all = append(all, event.ID)
			byObject[event.SourceID] = append(byObject[event.SourceID], event.ID)
		}
		query.After, more = page.Next, page.Next != ""
	}
	return all, byObject
}

func newIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = api.NewID()
	}
	return ids
}

// Writers whose transactions overlap and fail, clients whose connections are cut
// again and again: each client gets each event once, those of an object in order.
func TestWatchThroughAStorm(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	url := stormURL(t, s)
	const writers, transactions, clients = 8, 60, 3
	objects := newIDs(12)

	begins := make([]string, clients)
	for i := range begins {
		first := test.OpenStream(t, url, "")
		begins[i] = first.ID
		first.Close()
	}
	var committed atomic.Int64
	news, done := make([]chan struct{}, clients), make(chan struct{})
	for i := range news {
		news[i] = make(chan struct{}, 1)
	}
	write := func() {
		for range transactions {
			some := slices.Clone(objects)
			rand.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
			some = some[:1+rand.N(4)]
			slices.Sort(some) // locks in one order
			undo := rand.N(5) == 0
			if err := blow(t.Context(), s, undo, some...); err != nil {
				t.Error(err)
			} else if !undo {
				committed.Add(int64(len(some)))
			}
			for _, tell := range news {
				select {
				case tell <- struct{}{}:
				default:
				}
			}
		}
	}
	seen, cuts := make([][]test.Told, clients), make([]int, clients)
	watch := func(i int) {
		for id := begins[i]; ; {
			n := int(committed.Load()) - len(seen[i])
			if n == 0 {
				select {
				case <-news[i]:
					continue
				case <-done:
				}
				if int(committed.Load()) == len(seen[i]) {
					return
				}
				continue
			}
			stream := test.OpenStream(t, url, id)
			seen[i] = append(seen[i], stream.Next(min(n, 1+rand.N(20)))...)
			id = stream.ID
			stream.Close()
			cuts[i]++
		}
	}
	var writing, watching sync.WaitGroup
	for range writers {
		writing.Go(write)
	}
	for i := range clients {
		watching.Go(func() { watch(i) })
	}
	writing.Wait()
	close(done)
	watching.Wait()

	all, byObject := blown(t, s)
	for i := range clients {
		got := map[string][]string{}
		for _, told := range seen[i] {
			object := fmt.Sprint(told.Event["source_id"])
			got[object] = append(got[object], fmt.Sprint(told.Event["id"]))
		}
		if diff := cmp.Diff(byObject, got); diff != "" {
			t.Errorf("client %d of %d events (-written +seen)\n%s", i, len(all), diff)
		}
	}
	t.Logf("%d events seen by %d clients over %v connections", len(all), clients, cuts)
}

func TestWatchGoesOnFromEachPlace(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	url := stormURL(t, s)
	stream := test.OpenStream(t, url, "")
	begin, objects := stream.ID, newIDs(3)
	for i := range 10 {
		if err := blow(t.Context(), s, i%3 == 1, objects...); err != nil {
			t.Fatal(err)
		}
	}
	all, _ := blown(t, s)
	told := stream.Next(len(all))
	for i := range told {
		id := begin
		if i > 0 {
			id = told[i-1].ID
		}
		resumed := test.OpenStream(t, url, id)
		if diff := cmp.Diff(told[i:], resumed.Next(len(told)-i)); diff != "" {
			t.Errorf("after %s (-want +got)\n%s", id, diff)
		}
		resumed.Close()
	}
	// The parameter is for a first connection, the header of a later one wins.
	resumed := test.OpenStream(t, url+"&lastEventId="+begin, "")
	if diff := cmp.Diff(told, resumed.Next(len(told))); diff != "" {
		t.Errorf("by the parameter (-want +got)\n%s", diff)
	}
	resumed = test.OpenStream(t, url+"&lastEventId="+begin, told[4].ID)
	if diff := cmp.Diff(told[5:], resumed.Next(len(told)-5)); diff != "" {
		t.Errorf("by both (-want +got)\n%s", diff)
	}
}

// A list of what there was before is not complete any more once events were
// purged: the client has to know.
func TestWatchAfterAPurge(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	url := stormURL(t, s)
	stream := test.OpenStream(t, url, "")
	begin := stream.ID
	if err := blow(t.Context(), s, false, newIDs(3)...); err != nil {
		t.Fatal(err)
	}
	told := stream.Next(3)
	err := s.Env.Database.Sessions.New(t.Context()).Exec(`UPDATE "events" SET "handled_at" = now(), "run_at" = '2020-01-01'`).Error
	if err != nil {
		t.Fatal(err)
	}
	if purged, err := dao.NewEventDao(s.Env.Database.Sessions).Purge(t.Context(), 0, 100, nil); purged != 3 || err != nil {
		t.Fatalf("purged %d, %v; want 3", purged, err)
	}
	for _, id := range []string{begin, told[0].ID} {
		recorder := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/?watch=true", nil)
		r.Header.Set("Last-Event-ID", id)
		handlers.Watch(s.Env.Streams, storms, noObjects{}, func(e *api.Event) *api.Event { return e })(recorder, r)
		if recorder.Code != apierror.Gone.Status() {
			t.Errorf("after %s: got %d %s, want %d", id, recorder.Code, recorder.Body, apierror.Gone.Status())
		}
	}
	if err := blow(t.Context(), s, false, newIDs(1)...); err != nil {
		t.Fatal(err)
	}
	test.OpenStream(t, url, told[2].ID).Next(1)
	stream.Next(1)
}

// Streams stay while PostgreSQL goes and comes back, and miss nothing.
func TestWatchWhileTheDatabaseGoesAway(t *testing.T) {
	t.Parallel()
	cluster, err := devdb.NewCluster(t.Context())
	if errors.Is(err, devdb.ErrNoPrograms) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := migrations.Up(t.Context(), cluster.URL()); err != nil {
		t.Fatal(err)
	}
	s := test.Start(t, "--database-url="+cluster.URL())
	stream := test.OpenStream(t, stormURL(t, s), "")
	for _, end := range []func() error{cluster.Stop, cluster.Crash} {
		object := newIDs(1)
		if err := blow(t.Context(), s, false, object...); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(end(), cluster.Start(t.Context())); err != nil {
			t.Fatal(err)
		}
		for blow(t.Context(), s, false, object...) != nil { // until the pool has noticed
		}
		for i, told := range stream.Next(2) {
			if told.Event["source_id"] != object[0] {
				t.Errorf("event %d: got %s, want one about %s", i, told.Data, object[0])
			}
		}
	}
}
