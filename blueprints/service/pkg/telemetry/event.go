package telemetry

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// system names the log of events among the systems that bring messages. What
// the conventions of OpenTelemetry have no name for is below it.
const system = "outbox"

// StartEvent begins the span of an attempt of consumer to handle event, below
// the span that wrote the event. The caller calls end with what the attempt came
// to. An event that was written without a trace begins one.
func (t *Tracing) StartEvent(ctx context.Context, consumer string, event *api.Event) (_ context.Context, end func(error)) {
	ctx = WithTraceParent(ctx, event.TraceParent)
	if t.off() {
		return ctx, func(error) {}
	}
	ctx, span := t.tracer.Start(ctx, "process "+event.Source, trace.WithSpanKind(trace.SpanKindConsumer))
	if span.IsRecording() {
		span.SetAttributes(
			semconv.MessagingSystemKey.String(system),
			semconv.MessagingOperationName("process"),
			semconv.MessagingOperationTypeProcess,
			semconv.MessagingDestinationName(event.Source),
			semconv.MessagingMessageID(event.ID),
			attribute.String("messaging.outbox.object_id", event.SourceID),
			attribute.String("messaging.outbox.event_type", string(event.EventType)),
			attribute.Int("messaging.outbox.attempt", int(event.Attempts)),
		)
		if consumer != "" {
			span.SetAttributes(semconv.MessagingConsumerGroupName(consumer))
		}
	}
	return ctx, func(err error) {
		if err != nil {
			Fail(ctx, err)
			span.SetAttributes(semconv.ErrorType(err))
		}
		span.End()
	}
}

// Fail notes in the span of ctx, if there is one, that what it stands for failed.
func Fail(ctx context.Context, err error) {
	span := trace.SpanFromContext(ctx)
	if span.IsRecording() {
		span.RecordError(err)
		span.SetStatus(codes.Error, fmt.Sprint(err))
	}
}
