package telemetry

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
)

// baggageHeader is the header of W3C Baggage.
const baggageHeader = "Baggage"

// quietBaggage is propagation.Baggage, which prints what a client has sent if that
// cannot be read. Here it is as if nothing had been sent.
type quietBaggage struct{ propagation.Baggage }

// Extract returns ctx with the baggage of carrier.
func (quietBaggage) Extract(ctx context.Context, carrier propagation.TextMapCarrier) context.Context {
	lines := []string{carrier.Get(baggageHeader)}
	if all, ok := carrier.(propagation.ValuesGetter); ok {
		lines = all.Values(baggageHeader)
	}
	bag, err := baggage.Parse(strings.Join(lines, ","))
	if err != nil || bag.Len() == 0 {
		return ctx
	}
	return baggage.ContextWithBaggage(ctx, bag)
}
