package logger_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
)

func TestLinesCarryTheOperationID(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := logger.New(&out, logger.JSON, "info")
	if err != nil {
		t.Fatal(err)
	}
	ctx := logger.WithOperationID(t.Context(), "op-1")
	if got := logger.OperationID(ctx); got != "op-1" {
		t.Errorf("operation id of the context: got %q, want %q", got, "op-1")
	}

	log.With("part", "test").InfoContext(ctx, "with")
	log.InfoContext(t.Context(), "without")

	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("got %d lines, want 2:\n%s", len(lines), out.String())
	}
	for i, want := range []any{"op-1", nil} {
		var line map[string]any
		if err := json.Unmarshal([]byte(lines[i]), &line); err != nil {
			t.Fatal(err)
		}
		if got := line["operation_id"]; got != want {
			t.Errorf("line %d: operation id: got %v, want %v", i, got, want)
		}
	}
}

func TestLinesCarryTheTrace(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := logger.New(&out, logger.JSON, "info")
	if err != nil {
		t.Fatal(err)
	}
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	log.InfoContext(trace.ContextWithSpanContext(t.Context(), span), "with")

	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if line["trace_id"] != span.TraceID().String() || line["span_id"] != span.SpanID().String() {
		t.Errorf("got %v, want trace %s and span %s", line, span.TraceID(), span.SpanID())
	}
	if log.Info("without"); strings.Count(out.String(), "trace_id") != 1 {
		t.Errorf("a line without a trace has one:\n%s", out.String())
	}
}

func TestLevelAndFormat(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := logger.New(&out, logger.Text, "WARN")
	if err != nil {
		t.Fatal(err)
	}
	log.Info("quiet")
	log.Warn("loud")
	if got := out.String(); strings.Contains(got, "quiet") || !strings.Contains(got, "msg=loud") {
		t.Errorf("got %q, want the warning alone, as text", got)
	}

	for _, bad := range [][2]string{{"xml", "info"}, {"json", "noisy"}, {"", "info"}} {
		if _, err := logger.New(&out, bad[0], bad[1]); err == nil {
			t.Errorf("format %q, level %q: got no error", bad[0], bad[1])
		}
	}
}
