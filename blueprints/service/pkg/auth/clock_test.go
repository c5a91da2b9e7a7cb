package auth_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Times are exact to the second, on a clock that only the test moves.
func TestTimesOfTokens(t *testing.T) {
	t.Parallel()
	const leeway, longest = 30 * time.Second, 24 * time.Hour
	i := newIssuer(t)
	key := jwkOf(t, i.kid, i.key.Public(), false, nil)
	c := fileOf(t, i, key)
	for name, tt := range map[string]struct {
		claim string
		from  time.Duration // now
		want  outcome
	}{
		"about to expire":           {"exp", time.Second, jane},
		"just expired":              {"exp", -leeway + time.Second, jane},
		"expired":                   {"exp", -leeway, invalid},
		"valid since long":          {"nbf", -longest, jane},
		"valid soon, by the clocks": {"nbf", leeway, jane},
		"valid later":               {"nbf", leeway + time.Second, invalid},
		"the longest lifetime":      {"exp", longest + leeway, jane},
		"a longer lifetime":         {"exp", longest + leeway + time.Second, invalid},
		"for ever":                  {"exp", 100 * 365 * longest, invalid},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAuthenticator(t, c)
				now := time.Now()
				changes := jwt.MapClaims{"iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
				changes[tt.claim] = now.Add(tt.from).Unix()
				got := ask(a, "Bearer "+i.token(changes))
				got.mustBe(t, tt.want)
				if too := tt.from > longest+leeway; too != strings.Contains(got.reason, "24h") {
					t.Errorf("reason: got %q", got.reason)
				}
			})
		})
	}
}

// A token that was good stops being so while the service runs.
func TestTokensExpireWhileTheServiceRuns(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	c := fileOf(t, i, jwkOf(t, i.kid, i.key.Public(), false, nil))
	synctest.Test(t, func(t *testing.T) {
		a := newAuthenticator(t, c)
		token := i.token(jwt.MapClaims{"exp": time.Now().Add(time.Hour).Unix()})
		time.Sleep(time.Hour + 29*time.Second)
		ask(a, "Bearer "+token).mustBe(t, jane)
		time.Sleep(time.Second)
		ask(a, "Bearer "+token).mustBe(t, invalid)
	})
}
