package services_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/daotest"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services/servicetest"
)

type sample struct {
	api.Meta
	Name string
	Note *string
}

// broken is a store whose every call fails.
type broken struct{ err error }

func (b broken) Get(context.Context, string) (*sample, error)          { return nil, b.err }
func (b broken) GetForUpdate(context.Context, string) (*sample, error) { return nil, b.err }
func (b broken) Create(context.Context, *sample) error                 { return b.err }
func (b broken) Update(context.Context, *sample) error                 { return b.err }
func (b broken) Delete(context.Context, string) error                  { return b.err }
func (b broken) List(context.Context, dao.Query) (dao.Page[sample], error) {
	return dao.Page[sample]{}, b.err
}
func (b broken) FindByIDs(context.Context, []string) ([]sample, error) { return nil, b.err }

func agree(context.Context, *sample) error { return nil }

func TestPatchWritesOnlyChanges(t *testing.T) {
	t.Parallel()
	tools, recorder := servicetest.New()
	service := services.NewGeneric(tools, daotest.NewFake[sample](), "Sample", "Samples")
	obj := &sample{Name: "a", Note: new("x")}
	if err := service.Create(t.Context(), obj, agree); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		apply  func(*sample) error
		writes bool
	}{
		"nothing":           {func(*sample) error { return nil }, false},
		"the same values":   {func(s *sample) error { s.Name, s.Note = "a", new("x"); return nil }, false},
		"another value":     {func(s *sample) error { s.Name = "b"; return nil }, true},
		"a cleared pointer": {func(s *sample) error { s.Note = nil; return nil }, true},
	} {
		before, events := obj.RowVersion, len(recorder.Events())
		got, err := service.Patch(t.Context(), obj.ID, test.apply, agree)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if wrote := got.RowVersion != before; wrote != test.writes {
			t.Errorf("%s: written %v, want %v", name, wrote, test.writes)
		}
		if published := len(recorder.Events()) != events; published != test.writes {
			t.Errorf("%s: an event %v, want %v", name, published, test.writes)
		}
		if got, err = service.Patch(t.Context(), obj.ID, func(s *sample) error { s.Name, s.Note = "a", new("x"); return nil }, agree); err != nil {
			t.Fatal(err)
		}
		obj = got
	}
}

// The answer to such a patch is what a read has answered before.
func TestPatchThatOnlySpellsOtherwise(t *testing.T) {
	t.Parallel()
	type priced struct {
		api.Meta
		Price decimal.Decimal
		Data  json.RawMessage
	}
	tools, recorder := servicetest.New()
	service := services.NewGeneric(tools, daotest.NewFake[priced](), "Priced", "Priced")
	allow := func(context.Context, *priced) error { return nil }
	obj := &priced{Price: decimal.New(15, -1), Data: json.RawMessage(`{"a":1,"b":2}`)}
	if err := service.Create(t.Context(), obj, allow); err != nil {
		t.Fatal(err)
	}
	got, err := service.Patch(t.Context(), obj.ID, func(p *priced) error {
		p.Price, p.Data = decimal.New(150, -2), json.RawMessage(`{"b":2.0, "a":1}`)
		return nil
	}, allow)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(obj, got); diff != "" || len(recorder.Events()) != 1 {
		t.Errorf("%d events, want that of the create; patched (-before +after):\n%s", len(recorder.Events()), diff)
	}
}

func TestErrorsNameTheField(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err   error
		names string
	}{
		{&db.UniqueError{Column: "label"}, "label"},
		{&db.ForeignKeyError{Column: "owner_id"}, "owner_id: there is no object with this id"},
		{&db.ForeignKeyError{Table: "pets", Referenced: true}, "pets"},
		{&db.NotNullError{Column: "name"}, "name"},
		{&db.CheckError{Column: "size", Constraint: "things_size_check"}, "size: "},
		{&db.CheckError{Constraint: "things_are_positive"}, "things_are_positive"},
	} {
		tools, _ := servicetest.New()
		err := services.NewGeneric(tools, broken{test.err}, "Sample", "Samples").Create(t.Context(), &sample{}, agree)
		if got := apierror.From(err).Reason; !strings.Contains(got, test.names) {
			t.Errorf("%v: the reason %q does not have %q", test.err, got, test.names)
		}
	}
}

func TestRulesAreAskedBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	tools, recorder := servicetest.New()
	service := services.NewGeneric(tools, daotest.NewFake[sample](), "Sample", "Samples")
	obj := &sample{Name: "a"}
	if err := service.Create(t.Context(), obj, agree); err != nil {
		t.Fatal(err)
	}
	no := apierror.New(apierror.Validation, "not today")
	refuse := func(context.Context, *sample) error { return no }

	if err := service.Create(t.Context(), &sample{}, refuse); !errors.Is(err, no) {
		t.Errorf("create: got %v, want %v", err, no)
	}
	rename := func(s *sample) error { s.Name = "b"; return nil }
	if _, err := service.Patch(t.Context(), obj.ID, rename, refuse); !errors.Is(err, no) {
		t.Errorf("patch: got %v, want %v", err, no)
	}
	if err := service.Delete(t.Context(), obj.ID, refuse); !errors.Is(err, no) {
		t.Errorf("delete: got %v, want %v", err, no)
	}
	if got := len(recorder.Events()); got != 1 {
		t.Errorf("got %d events, want the one of the first create", got)
	}
	if got, err := service.Get(t.Context(), obj.ID); err != nil || got.Name != "a" {
		t.Errorf("got %+v, %v; want the object as it was", got, err)
	}
}

func TestErrorsOfTheLayersBelow(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err  error
		want apierror.Code
	}{
		"not found":   {db.ErrNotFound, apierror.NotFound},
		"search":      {&dao.QueryError{Param: "search", Reason: "x"}, apierror.Search},
		"order":       {&dao.QueryError{Param: "orderBy", Reason: "x"}, apierror.BadRequest},
		"unique":      {&db.UniqueError{Column: "name"}, apierror.Conflict},
		"foreign key": {&db.ForeignKeyError{Column: "owner_id"}, apierror.Validation},
		"referred to": {&db.ForeignKeyError{Table: "pets", Referenced: true}, apierror.Conflict},
		"not null":    {&db.NotNullError{Column: "name"}, apierror.Validation},
		"column":      {&db.CheckError{Column: "size", Constraint: "sizes_size_check"}, apierror.Validation},
		"check":       {&db.CheckError{Constraint: "positive"}, apierror.Validation},
		"value":       {&db.ValueError{Reason: "integer out of range"}, apierror.Validation},
		"deadlock":    {db.ErrConflict, apierror.Conflict},
		"stale":       {dao.ErrStale, apierror.Conflict},
		"locked":      {db.ErrLocked, apierror.Lock},
		"away":        {db.ErrUnavailable, apierror.Unavailable},
		"cancelled":   {db.ErrCancelled, apierror.Unavailable},
		"too late":    {context.DeadlineExceeded, apierror.Unavailable},
		"a rule":      {apierror.New(apierror.Forbidden, "no"), apierror.Forbidden},
		"unknown":     {errors.New("disk on fire"), apierror.General},
	} {
		tools, _ := servicetest.New()
		service := services.NewGeneric(tools, broken{test.err}, "Sample", "Samples")
		_, get := service.Get(t.Context(), "1")
		_, list := service.List(t.Context(), dao.Query{})
		_, patch := service.Patch(t.Context(), "1", func(*sample) error { return nil }, agree)
		for call, err := range map[string]error{
			"get": get, "list": list, "patch": patch,
			"create": service.Create(t.Context(), &sample{}, agree),
			"delete": service.Delete(t.Context(), "1", agree),
		} {
			if got := apierror.From(err).Code; err == nil || got != test.want {
				t.Errorf("%s, %s: got code %d, want %d", name, call, got, test.want)
			}
		}
	}
}
