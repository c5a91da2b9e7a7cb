// Package eventmetrics measures what becomes of events, for Prometheus:
//
//	events_produced_total{source,type}                          committed by this replica
//	event_latency_seconds{consumer}                             from the writing to the first attempt
//	event_attempt_duration_seconds{consumer,source,outcome}     time of an attempt
//	events_handled_total, events_failed_total, events_dead_total{consumer,source}
//	events_open, events_parked, events_oldest_age_seconds{consumer}
//
// Those of the last line are of all replicas together, so take their maximum;
// the others are of one replica each, to be added up. The consumer is Handlers
// for the kinds' own handlers.
package eventmetrics
