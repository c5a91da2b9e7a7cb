package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

func TestWhenOffNobodyIsToldOfStatements(t *testing.T) {
	t.Parallel()
	for _, tracing := range []*telemetry.Tracing{nil, {}} {
		if got := tracing.SQL(); got != nil { // pgx asks for no more than this
			t.Errorf("got %v, want nil", got)
		}
	}
}

func TestStatementsAreTracedWithinASpanOnly(t *testing.T) {
	t.Parallel()
	tracing, spans := traced(t)
	run := func(ctx context.Context, err error) {
		tracer := tracing.SQL()
		ctx = tracer.TraceQueryStart(ctx, nil, pgx.TraceQueryStartData{SQL: "select $1", Args: []any{"hunter2"}})
		tracer.TraceQueryEnd(ctx, nil, pgx.TraceQueryEndData{Err: err})
	}
	run(t.Context(), nil)
	if got := spans.GetSpans(); len(got) > 0 {
		t.Fatalf("without a span around: got %v", got)
	}
	ctx, outer := tracesOf(t, spans).Start(t.Context(), "outer")
	run(ctx, nil)
	span := only(t, spans)
	if got := attributes(span); got["db.query.text"] != "select $1" || span.Name != "SELECT" || span.SpanKind != trace.SpanKindClient || span.Parent.SpanID() != outer.SpanContext().SpanID() {
		t.Errorf("got %s %s below %s, %v", span.Name, span.SpanKind, span.Parent.SpanID(), got)
	}
}

// tracesOf returns a tracer whose spans go to the same place.
func tracesOf(t *testing.T, spans sdktrace.SpanExporter) trace.Tracer {
	t.Helper()
	return sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)).Tracer("test")
}

func TestErrorsOfStatementsShowNoValues(t *testing.T) {
	t.Parallel()
	refused := &pgconn.PgError{
		Severity: "ERROR", Code: "23505", Message: `the value "hunter2" is taken`, Detail: "Key (name)=(hunter2) exists.",
		TableName: "things", ConstraintName: "things_name_key",
	}
	ends := map[string]func(ctx context.Context, tracer pgx.QueryTracer, err error){
		"query": func(ctx context.Context, tracer pgx.QueryTracer, err error) {
			ctx = tracer.TraceQueryStart(ctx, nil, pgx.TraceQueryStartData{SQL: "select $1"})
			tracer.TraceQueryEnd(ctx, nil, pgx.TraceQueryEndData{Err: err})
		},
		"prepare": func(ctx context.Context, tracer pgx.QueryTracer, err error) {
			prepares := tracer.(pgx.PrepareTracer)
			ctx = prepares.TracePrepareStart(ctx, nil, pgx.TracePrepareStartData{SQL: "select $1"})
			prepares.TracePrepareEnd(ctx, nil, pgx.TracePrepareEndData{Err: err})
		},
		"batch": func(ctx context.Context, tracer pgx.QueryTracer, err error) {
			batches := tracer.(pgx.BatchTracer)
			ctx = batches.TraceBatchStart(ctx, nil, pgx.TraceBatchStartData{Batch: &pgx.Batch{}})
			batches.TraceBatchQuery(ctx, nil, pgx.TraceBatchQueryData{SQL: "select $1", Err: err})
			batches.TraceBatchEnd(ctx, nil, pgx.TraceBatchEndData{Err: err})
		},
		"copy": func(ctx context.Context, tracer pgx.QueryTracer, err error) {
			copies := tracer.(pgx.CopyFromTracer)
			ctx = copies.TraceCopyFromStart(ctx, nil, pgx.TraceCopyFromStartData{TableName: pgx.Identifier{"things"}})
			copies.TraceCopyFromEnd(ctx, nil, pgx.TraceCopyFromEndData{Err: err})
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracing, spans := traced(t)
			ctx, _ := tracesOf(t, spans).Start(t.Context(), "outer")
			end(ctx, tracing.SQL(), fmt.Errorf("run it: %w", refused))
			all := spans.GetSpans()
			if len(all) == 0 {
				t.Fatal("no span")
			}
			for _, span := range all {
				if shown := fmt.Sprint(span.Status, span.Attributes, span.Events); strings.Contains(shown, "hunter2") || !strings.Contains(shown, "23505") {
					t.Errorf("%s: got %s, want the code alone", span.Name, shown)
				}
				if span.Status.Code != codes.Error {
					t.Errorf("%s: got status %v", span.Name, span.Status)
				}
			}
		})
	}
	// What is no answer of the server says what it is.
	tracing, spans := traced(t)
	ctx, _ := tracesOf(t, spans).Start(t.Context(), "outer")
	ends["query"](ctx, tracing.SQL(), errors.New("connection refused"))
	if got := only(t, spans).Status.Description; got != "connection refused" {
		t.Errorf("got %q", got)
	}
}

func BenchmarkSQL(b *testing.B) {
	never := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))
	always := sdktrace.NewTracerProvider(sdktrace.WithBatcher(tracetest.NewNoopExporter()))
	for name, provider := range map[string]*sdktrace.TracerProvider{"not sampled": never, "sampled": always} {
		b.Run(name, func(b *testing.B) {
			tracer := telemetry.Using(provider).SQL()
			outer, span := provider.Tracer("test").Start(b.Context(), "outer")
			defer span.End()
			b.ReportAllocs()
			for b.Loop() {
				ctx := tracer.TraceQueryStart(outer, nil, pgx.TraceQueryStartData{SQL: "select * from things where id = $1"})
				tracer.TraceQueryEnd(ctx, nil, pgx.TraceQueryEndData{})
			}
		})
		if err := provider.Shutdown(context.Background()); err != nil {
			b.Error(err)
		}
	}
}
