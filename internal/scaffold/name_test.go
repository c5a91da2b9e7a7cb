package scaffold

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// mustName returns a name that the test knows to be one.
func mustName(t testing.TB, s, plural string) Name {
	t.Helper()
	n, err := ParseName(s, plural)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNameSpellings(t *testing.T) {
	t.Parallel()
	type spellings struct{ pascal, camel, snake, kebab, flat, words, title, screaming, many string }
	orderItem := spellings{"OrderItem", "orderItem", "order_item", "order-item", "orderitem", "order item", "Order Item", "ORDER_ITEM", "OrderItems"}
	widget := spellings{"Widget", "widget", "widget", "widget", "widget", "widget", "Widget", "WIDGET", "Widgets"}
	for in, want := range map[string]spellings{
		"Widget": widget, "widget": widget,
		"order-item": orderItem, "order_item": orderItem, "OrderItem": orderItem, "orderItem": orderItem, "ORDER_ITEM": orderItem,
		"APIKey": {"APIKey", "apiKey", "api_key", "api-key", "apikey", "API key", "API Key", "API_KEY", "APIKeys"},
	} {
		n := mustName(t, in, "")
		got := spellings{n.Pascal(), n.Camel(), n.Snake(), n.Kebab(), n.Flat(), n.Words(), n.Title(), n.ScreamingSnake(), n.Many().Pascal()}
		if got != want {
			t.Errorf("%s:\n got %v\nwant %v", in, got, want)
		}
	}
}

func TestNameInitialisms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, pascal, snake, many string }{
		{"api_key", "APIKey", "api_key", "api_keys"},
		{"ApiKey", "APIKey", "api_key", "api_keys"},
		{"UserID", "UserID", "user_id", "user_ids"},
		{"user_ids", "UserIDs", "user_ids", "user_ids"},
		{"HTTPServer", "HTTPServer", "http_server", "http_servers"},
		{"HTTPSServer", "HTTPSServer", "https_server", "https_servers"},
		{"OAuthToken", "OAuthToken", "oauth_token", "oauth_tokens"},
		{"OAuth2Client", "OAuth2Client", "oauth2_client", "oauth2_clients"},
		{"IPv4Range", "IPv4Range", "ipv4_range", "ipv4_ranges"},
		{"ipv4Range", "IPv4Range", "ipv4_range", "ipv4_ranges"},
		{"K8sNode", "K8sNode", "k8s_node", "k8s_nodes"},
		{"X509Cert", "X509Cert", "x509_cert", "x509_certs"},
		{"DNSZone2", "DNSZone2", "dns_zone2", "dns_zone2s"},
		{"ClusterURL", "ClusterURL", "cluster_url", "cluster_urls"},
		{"URL", "URL", "url", "urls"},
		{"OS", "OS", "os", "oses"},
		{"OSes", "OSes", "oses", "oses"},
		{"APIURL", "APIURL", "api_url", "api_urls"},
		{"CMDBItem", "CMDBItem", "cmdb_item", "cmdb_items"}, // nobody knows it, but it was meant
		{"DBA", "DBA", "dba", "dbas"},
		{"EC2Instance", "EC2Instance", "ec2_instance", "ec2_instances"},
		{"CMDBs", "CMDBs", "cmdbs", "cmdbs"},
		{"IDs", "IDs", "ids", "ids"},
		{"UserIDV2", "UserIDV2", "user_id_v2", "user_id_v2s"},
		{"x_y_plot", "XYPlot", "x_y_plot", "x_y_plots"},
	} {
		n := mustName(t, c.in, "")
		if n.Pascal() != c.pascal || n.Snake() != c.snake || n.Many().Snake() != c.many {
			t.Errorf("%s: got %s, %s, %s, want %s, %s, %s", c.in, n.Pascal(), n.Snake(), n.Many().Snake(), c.pascal, c.snake, c.many)
		}
	}
}

func TestNamePluralIsOfTheLastWordAndCanBeGiven(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, plural, want string }{
		{"Person", "", "People"},
		{"SalesPerson", "", "SalesPeople"},
		{"Series", "", "Series"},
		{"StatusCode", "", "StatusCodes"},
		{"OrderStatus", "", "OrderStatuses"},
		{"Datum", "data_points", "DataPoints"},
		{"Octopus", "octopi", "Octopi"},
	} {
		if got := mustName(t, c.in, c.plural).Many().Pascal(); got != c.want {
			t.Errorf("plural of %s (given %q) = %s, want %s", c.in, c.plural, got, c.want)
		}
	}
}

func TestNameSpelledIsReadBackAsTheSameWords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.StringMatching(`[a-zA-Z][a-zA-Z0-9]{0,8}([-_][a-zA-Z0-9]{1,8}){0,3}`).Draw(t, "name")
		n, err := ParseName(in, "")
		if err != nil {
			t.Fatalf("ParseName(%q): %v", in, err)
		}
		back, err := ParseName(n.Spelled(), n.Many().Spelled())
		if err != nil || back != n {
			t.Fatalf("%q: %q is spelled %q, %q, read back as %q, %v", in, n, n.Spelled(), n.Many().Spelled(), back, err)
		}
		if !regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`).MatchString(n.Pascal()) {
			t.Fatalf("%q: %s is no exported name of Go", in, n.Pascal())
		}
	})
}

func TestNameRefusals(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"":            {"empty"},
		"2fa":         {"begins with a digit"},
		"größe":       {"ASCII"},
		"../evil":     {"path", `"evil"`},
		"a/b":         {"path", `"a-b"`},
		"order.item":  {"path", `"order-item"`},
		"order item":  {"no letter", `"order-item"`},
		"_widget":     {"begins or ends", `"widget"`},
		"widget-":     {"begins or ends", `"widget"`},
		"order--item": {"empty word", `"order-item"`},
		"order_-item": {"empty word", `"order-item"`},
		"wid$get":     {"no letter"},
		"\x00":        {"no letter"},
	} {
		_, err := ParseName(in, "")
		var invalid *InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("ParseName(%q): got %v, want an InvalidError", in, err)
			continue
		}
		for _, part := range want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("ParseName(%q): %q says nothing of %s", in, err, part)
			}
		}
	}
	if _, err := ParseName("2fa", "a/b"); err == nil || len(err.(*InvalidError).Problems) != 2 {
		t.Errorf("name and plural are both wrong, got %v", err)
	}
}
