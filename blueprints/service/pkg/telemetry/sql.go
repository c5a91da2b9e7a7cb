package telemetry

import (
	"context"
	"errors"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/metric/noop"
)

// SQL returns what makes a span of each statement that is run within a span; nil
// if t is off. What runs within none, such as the search for events that are
// due, would only make many traces of one span each. The spans have the text of
// statements, without the values.
func (t *Tracing) SQL() pgx.QueryTracer {
	if t.off() {
		return nil
	}
	return statements{otelpgx.NewTracer(
		otelpgx.WithTracerProvider(t.provider),
		otelpgx.WithMeterProvider(noop.NewMeterProvider()),
		// It copies the whole configuration of the connection for each statement.
		otelpgx.WithDisableConnectionDetailsInAttributes(),
	)}
}

// statements is a tracer that keeps values out of errors too: PostgreSQL quotes
// what it cannot read.
type statements struct{ *otelpgx.Tracer }

// TraceQueryEnd ends the span of a statement.
func (s statements) TraceQueryEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryEndData) {
	data.Err = withoutValues(data.Err)
	s.Tracer.TraceQueryEnd(ctx, conn, data)
}

// TracePrepareEnd ends the span of preparing a statement.
func (s statements) TracePrepareEnd(ctx context.Context, conn *pgx.Conn, data pgx.TracePrepareEndData) {
	data.Err = withoutValues(data.Err)
	s.Tracer.TracePrepareEnd(ctx, conn, data)
}

// TraceBatchQuery adds the span of a statement of a batch.
func (s statements) TraceBatchQuery(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchQueryData) {
	data.Err = withoutValues(data.Err)
	s.Tracer.TraceBatchQuery(ctx, conn, data)
}

// TraceBatchEnd ends the span of a batch.
func (s statements) TraceBatchEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchEndData) {
	data.Err = withoutValues(data.Err)
	s.Tracer.TraceBatchEnd(ctx, conn, data)
}

// TraceCopyFromEnd ends the span of a COPY.
func (s statements) TraceCopyFromEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceCopyFromEndData) {
	data.Err = withoutValues(data.Err)
	s.Tracer.TraceCopyFromEnd(ctx, conn, data)
}

// withoutValues is err, but of an error of the server no more than its code and
// the names of what it is about.
func withoutValues(err error) error {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return err
	}
	return &pgconn.PgError{
		Severity: refused.Severity, Code: refused.Code, Message: "refused by the server",
		SchemaName: refused.SchemaName, TableName: refused.TableName, ConstraintName: refused.ConstraintName,
	}
}
