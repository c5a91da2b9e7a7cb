package devtoken_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth/devtoken"
)

func open(t *testing.T, name string) (issuer *devtoken.Issuer, made bool) {
	t.Helper()
	issuer, made, err := devtoken.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return issuer, made
}

func keys(t *testing.T, issuer *devtoken.Issuer) string {
	t.Helper()
	text, err := issuer.Keys()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestKeyIsMadeOnceForItsOwner(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "dev", "key.json")
	first, made := open(t, name)
	if !made {
		t.Error("the first time: the key was there")
	}
	again, made := open(t, name)
	if made || keys(t, again) != keys(t, first) {
		t.Errorf("the second time: made %t, keys %s, want %s", made, keys(t, again), keys(t, first))
	}
	for path, want := range map[string]fs.FileMode{name: 0o600, filepath.Dir(name): 0o700} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want && runtime.GOOS != "windows" {
			t.Errorf("%s: got the permissions %o, want %o", path, got, want)
		}
	}
	if files, err := os.ReadDir(filepath.Dir(name)); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

// The commands serve and token may be the first to need the key, at once.
func TestAllWhoOpenAtOnceGetOneKey(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "dev", "key.json")
	type opened struct {
		issuer *devtoken.Issuer
		made   bool
		err    error
	}
	const many = 32
	begin, all := make(chan struct{}), make(chan opened)
	for range many {
		go func() {
			<-begin
			issuer, made, err := devtoken.Open(name)
			all <- opened{issuer, made, err}
		}()
	}
	close(begin)
	seen, makers := map[string]bool{}, 0
	for range many {
		one := <-all
		if one.err != nil {
			t.Fatal(one.err)
		}
		seen[keys(t, one.issuer)] = true
		if one.made {
			makers++
		}
	}
	if len(seen) != 1 || makers != 1 {
		t.Errorf("got %d keys and %d makers, want one of each", len(seen), makers)
	}
}

// What leaves the file verifies, is marked, and has nothing of the private half.
func TestKeysArePublicAndMarked(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "key.json")
	issuer, _ := open(t, name)
	var file devtoken.JWK
	var set struct{ Keys []devtoken.JWK }
	parse(t, name, &file)
	text := keys(t, issuer)
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		t.Fatal(err)
	}
	if file.D == "" || strings.Contains(text, file.D) || strings.Contains(text, `"d"`) {
		t.Errorf("the private half %q is in %s, or nowhere", file.D, text)
	}
	if len(set.Keys) != 1 || !strings.HasPrefix(set.Keys[0].KID, "development-only-") || set.Keys[0].DevelopmentOnly != true {
		t.Errorf("not both marks are on %s", text)
	}
	token, err := issuer.Token(map[string]any{"sub": "jane"})
	if err != nil {
		t.Fatal(err)
	}
	parsed, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	if err != nil || parsed.Header["kid"] != set.Keys[0].KID || parsed.Header["alg"] != "ES256" {
		t.Errorf("got the header %v, %v", parsed.Header, err)
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"kid":"development-only-x"}`:            true,
		`{"kid":"x","development_only":true}`:     true,
		`{"kid":"x","development_only":"yes"}`:    true,
		`{"kid":"x","development_only":false}`:    false,
		`{"kid":"x","development_only":null}`:     false,
		`{"kid":"development-2026"}`:              false,
		`{"kid":"not-development-only-x"}`:        false,
		`{"kid":"development-only-x","use":"en"}`: true,
	} {
		var jwk devtoken.JWK
		if err := json.Unmarshal([]byte(text), &jwk); err != nil {
			t.Fatal(err)
		}
		if got := jwk.Marked(); got != want {
			t.Errorf("%s: marked %t, want %t", text, got, want)
		}
	}
}

func parse(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	source, other := filepath.Join(t.TempDir(), "key.json"), filepath.Join(t.TempDir(), "key.json")
	open(t, source)
	open(t, other)
	good, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	var mine, foreign devtoken.JWK
	parse(t, source, &mine)
	parse(t, other, &foreign)
	for name, tt := range map[string]struct {
		text []byte
		mode fs.FileMode
		want string
	}{
		"readable by others":           {good, 0o644, "chmod 600"},
		"empty":                        {nil, 0o600, "JSON"},
		"half":                         {good[:len(good)/2], 0o600, "JSON"},
		"an issuer's key, by its id":   {bytes.Replace(good, []byte("development-only-"), nil, 1), 0o600, "not marked"},
		"an issuer's key, by its mark": {bytes.Replace(good, []byte("true"), []byte("false"), 1), 0o600, "not marked"},
		"no private half":              {bytes.Replace(good, []byte(`"d"`), []byte(`"no_d"`), 1), 0o600, "no private key"},
		"halves of two keys":           {bytes.Replace(good, []byte(mine.D), []byte(foreign.D), 1), 0o600, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.mode != 0o600 && runtime.GOOS == "windows" {
				t.Skip("Windows has no such permissions")
			}
			path := filepath.Join(t.TempDir(), "key.json")
			if err := os.WriteFile(path, tt.text, tt.mode); err != nil {
				t.Fatal(err)
			}
			_, _, err := devtoken.Open(path)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want an error with %q and the path", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), mine.D) {
				t.Errorf("the error shows the key: %v", err)
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, tt.text) {
				t.Errorf("the file was changed to %q, %v", now, err)
			}
		})
	}
	if _, _, err := devtoken.Open(t.TempDir()); err == nil {
		t.Error("a directory: got no error")
	}
	if _, _, err := devtoken.Open(filepath.Join(source, "key.json")); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("below a file: got %v", err)
	}
}
