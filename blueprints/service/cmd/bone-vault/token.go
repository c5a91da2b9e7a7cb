package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth/devtoken"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

// tokenOptions is what a token is to say.
type tokenOptions struct {
	subject string
	roles   []string
	ttl     time.Duration
	claims  []string // name=value
}

func newTokenCommand(sys system) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token --subject NAME",
		Short: "Print a token for development",
		Long: `Print a token for development, signed with a key that is made on first use and
stays on this machine. "serve --auth=jwt" believes it as long as it is not told
of other keys, and in production never.

  curl -H "Authorization: Bearer $(` + api.ServiceName + ` token --subject alice --roles admin)" …

The value of a --claim that is JSON, such as true, 7 or ["a"], is taken as that,
any other as text. A claim wins over what the token would have of that name.`,
		Args: cobra.NoArgs,
	}
	cfg := config.BindToken(cmd.Flags())
	var o tokenOptions
	cmd.Flags().StringVar(&o.subject, "subject", "", "who the token is for")
	cmd.Flags().StringSliceVar(&o.roles, "roles", nil, "`roles` of the subject, with commas between them")
	cmd.Flags().DurationVar(&o.ttl, "ttl", time.Hour, "how long the token is valid")
	cmd.Flags().StringArrayVar(&o.claims, "claim", nil, "a further claim, `name=value`; any number of them")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := cfg.Load(cmd.Flags(), sys.lookupEnv, sys.readFile); err != nil {
			return err
		}
		claims, err := o.read(cfg, time.Now())
		if err != nil {
			return err
		}
		return printToken(cmd, cfg.Auth.DevKey, claims)
	}
	return cmd
}

func printToken(cmd *cobra.Command, key string, claims map[string]any) error {
	issuer, made, err := devtoken.Open(key)
	if err != nil {
		return err
	}
	if made {
		// Standard output is the token's alone.
		if _, err := fmt.Fprintf(cmd.ErrOrStderr(), "Made the key %s; keep it out of git and to yourself.\n", key); err != nil {
			return err
		}
	}
	token, err := issuer.Token(claims)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), token)
	return err
}

// read returns the claims of the token that o asks for. The error lists all
// that is wrong with o, and why cfg believes no such token.
func (o tokenOptions) read(cfg *config.Config, now time.Time) (map[string]any, error) {
	auth, problems := cfg.Auth, []error(nil)
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	check(cfg.Env != config.Production, "production believes no tokens of developers (%s); get one of your issuer", config.Variable("env"))
	check(cfg.Env == config.Production || auth.DevKey != "", "--dev-key (%s): in %s it has to be named, here and for serve", config.Variable("dev-key"), cfg.Env)
	check(o.subject != "", "--subject: who is the token for?")
	check(o.ttl > 0, "--ttl: %s is not above 0", o.ttl)
	check(o.ttl <= auth.MaxLifetime, "--ttl: serve refuses what is valid for longer than --jwt-max-lifetime, %s", auth.MaxLifetime)
	claims := map[string]any{
		"iss": config.DevIssuer, "aud": config.DevAudience, "sub": o.subject, "iat": now.Unix(), "exp": now.Add(o.ttl).Unix(),
	}
	for _, claim := range o.claims {
		name, value, ok := strings.Cut(claim, "=")
		check(ok && name != "", "--claim: %q is not name=value", claim)
		claims[name] = readValue(value)
	}
	if len(o.roles) > 0 {
		err := put(claims, auth.RolesClaim, o.roles)
		check(err == nil, "--roles: %w", err)
	}
	return claims, errors.Join(problems...)
}

// readValue is the JSON that text is, or else the text.
func readValue(text string) any {
	if !json.Valid([]byte(text)) {
		return text
	}
	var value any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber() // all digits of a large one
	if err := decoder.Decode(&value); err != nil {
		return text
	}
	return value
}

// put gives claims the value where --jwt-roles-claim says that serve looks:
//
//	realm_access.roles        ⇒ {"realm_access": {"roles": …}}
//	https://example.com/roles ⇒ {"https://example.com/roles": …}
func put(claims map[string]any, path string, value any) error {
	outer, rest, nested := strings.Cut(path, ".")
	if !nested || outer == "" || rest == "" || strings.Contains(path, "/") {
		claims[path] = value
		return nil
	}
	if claims[outer] == nil {
		claims[outer] = map[string]any{}
	}
	inner, ok := claims[outer].(map[string]any)
	if !ok {
		return fmt.Errorf("the claim %s has no room for %s in it", outer, rest)
	}
	return put(inner, rest, value)
}
