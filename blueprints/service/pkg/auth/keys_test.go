package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

// shelf is where keys are loaded from, in a test with a clock of its own.
type shelf struct {
	t *testing.T

	mu    sync.Mutex
	ids   []string
	away  bool
	loads int
}

func (s *shelf) set(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids = ids
}

func (s *shelf) setAway(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

func (s *shelf) loaded() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads
}

func (s *shelf) fetch(context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads++
	if s.away {
		return nil, errors.New("away")
	}
	var set jwkset.JWKSMarshal
	for _, id := range s.ids {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			s.t.Fatal(err)
		}
		jwk, err := jwkset.NewJWKFromKey(key.Public(), jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: id}})
		if err != nil {
			s.t.Fatal(err)
		}
		set.Keys = append(set.Keys, jwk.Marshal())
	}
	return json.Marshal(set)
}

// run runs a set of the shelf's keys to the end of the test.
func (s *shelf) run() *keySet {
	keys := newKeySet(s.fetch, false, slog.New(slog.DiscardHandler))
	go keys.run(s.t.Context())
	synctest.Wait()
	return keys
}

// finds looks for the key of a token.
func finds(keys *keySet, id string) error {
	_, err := keys.find(context.Background(), &jwt.Token{Method: jwt.SigningMethodES256, Header: map[string]any{"kid": id}})
	return err
}

func want(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// Nobody has to show a new key for the old one to go.
func TestRevokedKeyIsGoneWithTheNextRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{t: t, ids: []string{"old"}}
		keys := s.run()
		s.set("new")
		time.Sleep(refreshInterval - time.Second)
		want(t, "before the refresh", finds(keys, "old"), nil)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		want(t, "after the refresh", finds(keys, "new"), nil)
		want(t, "the old one", finds(keys, "old"), errUnknownKey)
	})
}

func TestKeysThatCannotBeRefreshedAreBelievedForADay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{t: t, ids: []string{"key"}}
		keys := s.run()
		s.setAway(true)
		time.Sleep(keyLifetime - time.Second)
		want(t, "after almost a day", finds(keys, "key"), nil)
		want(t, "ready", keys.ready(), nil)
		time.Sleep(time.Second)
		want(t, "after a day", finds(keys, "key"), errNoKeys)
		want(t, "ready", keys.ready(), errNoKeys)
		s.setAway(false)
		time.Sleep(retryMax)
		synctest.Wait()
		want(t, "when they are back", finds(keys, "key"), nil)
	})
}

func TestOutageAtTheStartIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{t: t, ids: []string{"key"}, away: true}
		keys := s.run()
		for _, loads := range []int{2, 3, 4, 5, 6, 7, 8} { // after 1, 2, 4, 8, 16, 32 and 60 seconds
			time.Sleep(min(time.Second<<(loads-2), retryMax))
			synctest.Wait()
			want(t, "ready", keys.ready(), errNoKeys)
			if got := s.loaded(); got != loads {
				t.Fatalf("loaded %d times, want %d", got, loads)
			}
		}
		s.setAway(false)
		time.Sleep(retryMax)
		synctest.Wait()
		want(t, "ready", keys.ready(), nil)
	})
}

// Anyone can make up key ids: they cost a load in ten seconds at most, and do
// not keep a real rotation unseen for longer.
func TestUnknownKeysAreLookedForNowAndThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{t: t, ids: []string{"old"}}
		keys := s.run()
		for range 100 {
			want(t, "made up", finds(keys, "made up"), errUnknownKey)
		}
		if got := s.loaded(); got != 2 {
			t.Errorf("loaded %d times, want once at the start and once for the unknown keys", got)
		}
		s.set("new")
		time.Sleep(unknownInterval - time.Millisecond)
		want(t, "too soon", finds(keys, "new"), errUnknownKey)
		time.Sleep(time.Millisecond)
		want(t, "in time", finds(keys, "new"), nil)
		want(t, "the old one", finds(keys, "old"), errUnknownKey)
		if got := s.loaded(); got != 3 {
			t.Errorf("loaded %d times, want 3", got)
		}
	})
}

// Without keys requests wait for a load, but the issuer is not flooded.
func TestRequestsWithoutKeysDoNotFloodTheIssuer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{t: t, ids: []string{"key"}, away: true}
		keys := newKeySet(s.fetch, false, slog.New(slog.DiscardHandler))
		for range 100 {
			want(t, "away", finds(keys, "key"), errNoKeys)
		}
		if got := s.loaded(); got != 1 {
			t.Errorf("loaded %d times, want once", got)
		}
		s.setAway(false)
		time.Sleep(missingInterval)
		want(t, "back", finds(keys, "key"), nil)
	})
}

// A load that hangs must not hang the request longer than its client waits.
func TestRequestsDoNotOutwaitTheirClients(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		keys := newKeySet(func(ctx context.Context) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, false, slog.New(slog.DiscardHandler))
		go keys.run(t.Context())
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		_, err := keys.find(ctx, &jwt.Token{Method: jwt.SigningMethodES256, Header: map[string]any{"kid": "key"}})
		want(t, "hangs", err, errNoKeys)
		if took := time.Since(begin); took != time.Second {
			t.Errorf("waited for %s, want 1s", took)
		}
	})
}
