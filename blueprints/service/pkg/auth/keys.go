package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"
)

const (
	// refreshInterval is how soon a revoked key is gone.
	refreshInterval = 15 * time.Minute
	// keyLifetime is how long keys are believed that cannot be refreshed: whoever
	// keeps the issuer away must not keep a revoked key alive for ever.
	keyLifetime = 24 * time.Hour
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

var errNoKeys = errors.New("the keys of tokens are not loaded, or could not be refreshed for a day")

// keySource returns a JWK set.
type keySource func(context.Context) ([]byte, error)

// keySet is the current set of keys. Verifying reads it without waiting; a load
// replaces it as a whole.
type keySet struct {
	fetch    keySource
	from     string // where that is, for people
	allowDev bool
	log      *slog.Logger
	unknown  *rate.Limiter
	missing  *rate.Limiter
	loading  chan struct{} // holds one element while a load runs
	latest   atomic.Pointer[keyring]
}

func newKeySet(fetch keySource, allowDev bool, log *slog.Logger) *keySet {
	return &keySet{
		fetch:    fetch,
		allowDev: allowDev,
		log:      log,
		unknown:  rate.NewLimiter(rate.Every(unknownInterval), 1),
		missing:  rate.NewLimiter(rate.Every(missingInterval), 1),
		loading:  make(chan struct{}, 1),
	}
}

// current are the keys to be believed, or nil.
func (k *keySet) current() *keyring {
	if keys := k.latest.Load(); keys != nil && time.Since(keys.loaded) < keyLifetime {
		return keys
	}
	return nil
}

// ready is nil once keys are there.
func (k *keySet) ready() error {
	if k.current() == nil {
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

// find returns what may verify token. A token with an unknown key id makes the
// keys load anew, as after a rotation.
func (k *keySet) find(ctx context.Context, token *jwt.Token) (jwt.VerificationKeySet, error) {
	seen := k.current()
	found, err := lookup(seen, token)
	if !errors.Is(err, errNoKeys) && !errors.Is(err, errUnknownKey) {
		return found, err
	}
	k.reload(ctx, seen)
	return lookup(k.current(), token)
}

func lookup(keys *keyring, token *jwt.Token) (jwt.VerificationKeySet, error) {
	if keys == nil {
		return jwt.VerificationKeySet{}, errNoKeys
	}
	return keys.find(token)
}

// reload loads the keys unless someone else replaced seen meanwhile, or did too
// recently. Requests that miss the same key wait for one load.
func (k *keySet) reload(ctx context.Context, seen *keyring) {
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
	if k.current() != seen || !limit.Allow() {
		return
	}
	// The load is for all who wait: it outlives the request that began it.
	if err := k.load(context.WithoutCancel(ctx)); err != nil {
		k.log.WarnContext(ctx, "load keys of tokens", "error", err)
	}
}

// load replaces the keys. On an error the former ones stay, unless the new ones
// show that others can sign tokens.
func (k *keySet) load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	begin := time.Now()
	text, err := k.fetch(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", k.from, err)
	}
	keys, skipped, err := parseKeys(text, k.allowDev)
	if errors.Is(err, errExposed) {
		k.latest.Store(nil)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", k.from, err)
	}
	if skipped != nil {
		k.log.WarnContext(ctx, "skip keys of tokens", "from", k.from, "error", skipped)
	}
	k.latest.Store(&keyring{keys: keys, loaded: begin})
	return nil
}
