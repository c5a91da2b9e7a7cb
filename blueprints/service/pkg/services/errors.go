package services

import (
	"context"
	"errors"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// explain returns err as clients may see it: with a code and a reason that
// names the object or the field. An error that says nothing to clients stays
// as it is and becomes a 500; its text only reaches the log.
func explain(kind, id string, err error) error {
	var (
		known      *apierror.Error
		query      *dao.QueryError
		unique     *db.UniqueError
		foreignKey *db.ForeignKeyError
		notNull    *db.NotNullError
		check      *db.CheckError
		value      *db.ValueError
	)
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, db.ErrNotFound):
		return apierror.New(apierror.NotFound, "%s with id %q not found", kind, id)
	case errors.As(err, &query):
		code := apierror.BadRequest
		if query.Param == "search" {
			code = apierror.Search
		}
		return apierror.New(code, "%w", err)
	case errors.As(err, &unique):
		return apierror.New(apierror.Conflict, "%s: another one has the same %s", kind, unique.Column)
	case errors.As(err, &foreignKey) && foreignKey.Referenced:
		return apierror.New(apierror.Conflict, "%s: other objects refer to it (%s)", kind, foreignKey.Table)
	case errors.As(err, &foreignKey):
		return apierror.New(apierror.Validation, "%s: there is no object with this id", foreignKey.Column)
	case errors.As(err, &notNull):
		return apierror.New(apierror.Validation, "%s is required", notNull.Column)
	case errors.As(err, &check) && check.Column != "":
		return apierror.New(apierror.Validation, "%s: this value is not allowed", check.Column)
	case errors.As(err, &check):
		return apierror.New(apierror.Validation, "%s does not allow this value", check.Constraint)
	case errors.As(err, &value):
		return apierror.New(apierror.Validation, "%w", value)
	case errors.Is(err, db.ErrConflict):
		return apierror.New(apierror.Conflict, "%s: another request was in the way; try again", kind)
	case errors.Is(err, dao.ErrStale):
		return apierror.New(apierror.Conflict, "%s with id %q was changed by another request; read it again", kind, id)
	case errors.Is(err, db.ErrLocked):
		return apierror.Wrap(apierror.Lock, err)
	case errors.Is(err, db.ErrUnavailable), errors.Is(err, db.ErrCancelled), errors.Is(err, context.DeadlineExceeded):
		return apierror.Wrap(apierror.Unavailable, err)
	}
	return err
}

// ExplainTransaction returns err, of a transaction around what services do, as
// clients may see it. What a service has explained stays as it is.
func ExplainTransaction(err error) error { return explain("the request", "", err) }

func hasCode(err error, code apierror.Code) bool {
	var e *apierror.Error
	return errors.As(err, &e) && e.Code == code
}
