package auth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

// maxTokenBytes is more than proxies let pass in a header.
const maxTokenBytes = 16 << 10

// bearer returns the token of a request.
func bearer(header http.Header) (string, error) {
	values := header.Values("Authorization")
	if len(values) > 1 {
		return "", apierror.New(apierror.InvalidToken, "more than one Authorization header")
	}
	if len(values) == 0 {
		return "", apierror.New(apierror.Unauthenticated, "")
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", apierror.New(apierror.Unauthenticated, "")
	}
	if len(token) > maxTokenBytes {
		return "", apierror.New(apierror.InvalidToken, "the token has more than %d bytes", maxTokenBytes)
	}
	return token, nil
}

// types of tokens, in the header, that are for APIs. Others have the signature
// of the same issuer but another purpose, such as to end a session.
var types = map[string]bool{"": true, "jwt": true, "at+jwt": true}

// tokenHeader is the part of a token's header that can make it mean something
// else than it says.
type tokenHeader struct {
	Type        string         `json:"typ"`
	ContentType string         `json:"cty"`
	Critical    jsontext.Value `json:"crit"`
	Unencoded   jsontext.Value `json:"b64"`
}

// checkHeader refuses what the parser of tokens would pass over: names that
// occur twice, extensions that have to be understood (RFC 7515, section 4.1.11),
// tokens in tokens and tokens for other purposes (RFC 8725, section 3.11).
func checkHeader(token string) error {
	encoded, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return fmt.Errorf("header of the token: %w", err)
	}
	var header tokenHeader
	if err := jsonv2.Unmarshal(text, &header); err != nil {
		return fmt.Errorf("header of the token: %w", err)
	}
	switch kind := strings.TrimPrefix(strings.ToLower(header.Type), "application/"); {
	case header.Critical != nil || header.Unencoded != nil:
		return errors.New("header of the token: crit and b64 are not understood")
	case header.ContentType != "":
		return errors.New("header of the token: cty says that its content is no claims")
	case !types[kind]:
		return fmt.Errorf("header of the token: its typ is %q", header.Type)
	}
	return nil
}
