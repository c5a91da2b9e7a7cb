package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"
)

const (
	// refreshInterval is how soon a revoked key is gone.
	refreshInterval = 15 * time.Minute
	// retryMin and retryMax bound the wait after keys could not be loaded.
	retryMin = time.Second
	retryMax = time.Minute
	// loadTimeout bounds one load.
	loadTimeout = 5 * time.Second
	// unknownInterval is the least time between two loads that tokens with an
	// unknown key id cause: anyone can make up such tokens.
	unknownInterval = 10 * time.Second
	// missingInterval is the same as long as there are no keys at all. The two
	// are apart, so that a rotation just after the start is noticed.
	missingInterval = time.Second
)

var errNoKeys = errors.New("the keys of tokens are not loaded")

// keySet is the current set of keys. Verifying reads it without waiting; a load
// replaces it as a whole.
type keySet struct {
	fetch   func(context.Context) ([]byte, error)
	log     *slog.Logger
	unknown *rate.Limiter
	missing *rate.Limiter
	loading chan struct{} // holds one element while a load runs
	current atomic.Pointer[keyfunc.Keyfunc]
}

func newKeySet(fetch func(context.Context) ([]byte, error), log *slog.Logger) *keySet {
	return &keySet{
		fetch:   fetch,
		log:     log,
		unknown: rate.NewLimiter(rate.Every(unknownInterval), 1),
		missing: rate.NewLimiter(rate.Every(missingInterval), 1),
		loading: make(chan struct{}, 1),
	}
}

// ready is nil once keys are there.
func (k *keySet) ready() error {
	if k.current.Load() == nil {
		return errNoKeys
	}
	return nil
}

// run keeps the keys fresh until ctx ends.
func (k *keySet) run(ctx context.Context) {
	retry := retryMin
	for ctx.Err() == nil {
		wait := refreshInterval
		if err := k.refresh(ctx); err != nil {
			k.log.WarnContext(ctx, "load keys of tokens", "error", err, "retry_in", retry.String())
			wait, retry = retry, min(2*retry, retryMax)
		} else {
			retry = retryMin
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// refresh loads the keys when no other load runs. Requests without a key wait
// for it.
func (k *keySet) refresh(ctx context.Context) error {
	select {
	case k.loading <- struct{}{}:
		defer func() { <-k.loading }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return k.load(ctx)
}

// key returns what verifies token: its key, or all of them if it names none. A
// token with an unknown key id makes the keys load anew, as after a rotation.
func (k *keySet) key(ctx context.Context, token *jwt.Token) (any, error) {
	seen := k.current.Load()
	key, err := lookup(ctx, seen, token)
	if !errors.Is(err, errNoKeys) && !errors.Is(err, jwkset.ErrKeyNotFound) {
		return key, err
	}
	k.reload(ctx, seen)
	return lookup(ctx, k.current.Load(), token)
}

func lookup(ctx context.Context, keys *keyfunc.Keyfunc, token *jwt.Token) (any, error) {
	if keys == nil {
		return nil, errNoKeys
	}
	return (*keys).KeyfuncCtx(ctx)(token)
}

// reload loads the keys unless someone else replaced seen meanwhile, or did too
// recently. Requests that miss the same key wait for one load.
func (k *keySet) reload(ctx context.Context, seen *keyfunc.Keyfunc) {
	select {
	case k.loading <- struct{}{}:
		defer func() { <-k.loading }()
	case <-ctx.Done():
		return
	}
	limit := k.unknown
	if seen == nil {
		limit = k.missing
	}
	if k.current.Load() != seen || !limit.Allow() {
		return
	}
	// The load is for all who wait: it outlives the request that began it.
	if err := k.load(context.WithoutCancel(ctx)); err != nil {
		k.log.WarnContext(ctx, "load keys of tokens", "error", err)
	}
}

// load replaces the keys. On an error the former ones stay.
func (k *keySet) load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	text, err := k.fetch(ctx)
	if err != nil {
		return err
	}
	keys, err := parseKeys(text)
	if err != nil {
		return err
	}
	k.current.Store(&keys)
	return nil
}

// parseKeys keeps the public keys for signatures of a JWK set and skips what it
// does not know, so that an issuer can add other keys. None is an error.
func parseKeys(text []byte) (keyfunc.Keyfunc, error) {
	var set jwkset.JWKSMarshal
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("keys of tokens: %w", err)
	}
	var usable []jwkset.JWK
	var skipped []error
	for _, text := range set.Keys {
		key, err := jwkset.NewJWKFromMarshal(text, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
		switch {
		case err != nil:
			skipped = append(skipped, err)
		case verifies(key):
			usable = append(usable, key)
		}
	}
	if len(usable) == 0 {
		return nil, errors.Join(append([]error{errors.New("keys of tokens: none is a public key for signatures")}, skipped...)...)
	}
	store := jwkset.NewMemoryStorage()
	if err := store.KeyReplaceAll(context.Background(), usable); err != nil {
		return nil, fmt.Errorf("keys of tokens: %w", err)
	}
	return keyfunc.New(keyfunc.Options{Storage: store})
}

func verifies(key jwkset.JWK) bool {
	if use := key.Marshal().USE; use != "" && use != jwkset.UseSig {
		return false
	}
	switch key.Key().(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false
}
