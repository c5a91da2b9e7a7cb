package db

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// wantURL is the hint for a text that cannot be read.
const wantURL = "want postgres://user:password@host:5432/name (special characters in user and password " +
	"as %-escapes) or settings as in host=… user=…"

// ParseURL reads a PostgreSQL URL or settings (host=… user=…). Its errors do
// not quote the text, because a password with a stray character in it would be
// taken for the host, the port or a setting, and shown.
func ParseURL(text string) (*pgx.ConnConfig, error) {
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("database URL: empty: " + wantURL)
	}
	conn, err := pgx.ParseConfig(text)
	if err != nil {
		// Where the text was understood the cause names a setting that is
		// wrong; where it was not, the cause quotes what it stumbled over.
		cause := errors.Unwrap(err)
		if cause == nil || strings.Contains(err.Error(), "failed to parse as") {
			return nil, errors.New("database URL: cannot be read: " + wantURL)
		}
		return nil, fmt.Errorf("database URL: %w", cause)
	}
	if _, named := conn.RuntimeParams["application_name"]; !named {
		conn.RuntimeParams["application_name"] = api.ServiceName
	}
	if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = defaultConnectTimeout
	}
	return conn, nil
}

// parse is ParseURL of the URL with the other settings put over it.
func (c Config) parse() (*pgx.ConnConfig, error) {
	conn, err := ParseURL(c.URL)
	if err != nil {
		return nil, err
	}
	conn.Tracer = c.Tracer
	if c.ConnectTimeout > 0 {
		conn.ConnectTimeout = c.ConnectTimeout
	}
	if c.QueryExecMode == "" {
		return conn, nil
	}
	for mode := pgx.QueryExecModeCacheStatement; mode <= pgx.QueryExecModeSimpleProtocol; mode++ {
		if strings.ReplaceAll(mode.String(), " ", "_") == c.QueryExecMode {
			conn.DefaultQueryExecMode = mode
			return conn, nil
		}
	}
	return nil, fmt.Errorf("query exec mode %q: want cache_statement, cache_describe, describe_exec, exec or simple_protocol", c.QueryExecMode)
}

// parseDirect is parse of DirectURL.
func (c Config) parseDirect() (*pgx.ConnConfig, error) {
	c.URL = c.DirectURL()
	return c.parse()
}
