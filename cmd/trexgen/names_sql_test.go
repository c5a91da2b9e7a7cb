package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestNamesInSQL asks a service whose tables, columns and references are all words of SQL, on PostgreSQL.
func TestNamesInSQL(t *testing.T) {
	t.Parallel()
	if os.Getenv("TREXGEN_FULL") == "" {
		t.Skip("builds a service that needs PostgreSQL: set TREXGEN_FULL")
	}
	s := newNameService(t)
	s.writeKinds(t, []givenKind{
		{givenName{name: "User"}, "user:string:required:unique,class:enum(null|yes|type|range):default=null"},
		{givenName{name: "Group"}, "user:ref(User):required,group:string:index"},
		{givenName{name: "Order"}, "group:ref(Group),user:ref(User):required,select:enum(null|yes|type|2x),order:int:min=1:max=5,limit:decimal"},
		{givenName{name: "Table"}, "order:ref(Order),table:ref(Table),null2:string,where:[]string,from:date,null:json"},
		{givenName{name: "Select"}, "from:ref(Table):required:immutable,desc:uuid:unique,asc:text"},
		{givenName{name: "Type"}, "type:enum(type|map|func),map:ref(Type),error:ref(Select)"},
	})
	src, err := os.ReadFile("../../testdata/names/sql_words_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "test", "integration", "sql_words_test.go"), src, 0o644); err != nil {
		t.Fatal(err)
	}
	s.run(t, "test", "./test/integration")
}
