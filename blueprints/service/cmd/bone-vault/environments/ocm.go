package environments

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/client"
	"github.com/trexgen/trexgen/blueprints/service/pkg/client/ocm"
)

// newOCM returns an authorizer that asks an access review, or the mock that is
// configured instead.
func (e *Env) newOCM() (auth.Authorizer, error) {
	types, err := resourceTypes(e.Handlers.Spec.JSON)
	if err != nil {
		return nil, err
	}
	from := e.Config.OCM
	mock, err := ocm.ParseMock(from.Mock)
	if err != nil {
		return nil, fmt.Errorf("--ocm-mock: %w", err)
	}
	if len(mock) > 0 {
		e.Log.Warn("a mock decides who may do what", "rules", from.Mock)
		return ocm.NewAuthorizer(mock, types), nil
	}
	// The transport hands the operation id and the trace on. The time is bounded
	// by the reviews.
	transport := client.New(client.Options{Transport: e.Tracing.Transport(http.DefaultTransport)}).Transport
	remote := ocm.NewClient(ocm.Config{
		URL:          from.URL,
		TokenURL:     from.TokenURL,
		ClientID:     from.ClientID,
		ClientSecret: from.ClientSecret.Reveal(),
		Transport:    transport,
	})
	reviews, err := e.observedReviews(remote)
	if err != nil {
		return nil, err
	}
	return ocm.NewAuthorizer(reviews, types), nil
}

// observedReviews returns the reviews by remote, with their metrics.
func (e *Env) observedReviews(remote ocm.Reviewer) (*ocm.Reviews, error) {
	results := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "ocm_reviews_total", Help: "Access reviews; the answer of those that were kept was there already.",
	}, []string{"result", "kept"})
	durations := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "ocm_review_duration_seconds", Help: "Time until an access review had an answer, or had none.", Buckets: prometheus.DefBuckets,
	})
	reviews := ocm.NewReviews(remote, ocm.Options{
		Timeout: e.Config.OCM.Timeout,
		Keep:    e.Config.OCM.Cache,
		Observe: func(o ocm.Observation) {
			results.WithLabelValues(o.Result, strconv.FormatBool(o.Kept)).Inc()
			if !o.Kept {
				durations.Observe(o.Took.Seconds())
			}
		},
	})
	open := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "ocm_circuit_open", Help: "1 while no access review is asked for because none is answered.",
	}, func() float64 {
		if reviews.Open() {
			return 1
		}
		return 0
	})
	return reviews, errors.Join(e.Metrics.Register(results), e.Metrics.Register(durations), e.Metrics.Register(open))
}

// resourceTypes has the resource type of each kind by its plural: the name of
// the schema that the OpenAPI document has for one object of it.
//
//	GET <V1Path>/order_items/{id} → #/components/schemas/OrderItem ⇒ order_items: OrderItem
func resourceTypes(document []byte) (map[string]string, error) {
	type content struct {
		Schema struct {
			Ref string `json:"$ref"`
		} `json:"schema"`
	}
	var doc struct {
		Paths map[string]struct {
			Get struct {
				Responses map[string]struct {
					Content map[string]content `json:"content"`
				} `json:"responses"`
			} `json:"get"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, fmt.Errorf("resource types: %w", err)
	}
	types := map[string]string{}
	for template, operations := range doc.Paths {
		kind, one := strings.CutSuffix(strings.TrimPrefix(template, api.V1Path+"/"), "/{id}")
		ref := operations.Get.Responses["200"].Content["application/json"].Schema.Ref
		if one && ref != "" && !strings.Contains(kind, "/") {
			types[kind] = path.Base(ref)
		}
	}
	return types, nil
}
