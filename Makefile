# Everything that is done to this repository by hand or by CI. `make help` lists it.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# Runs a command with a PostgreSQL server: that of DATABASE_URL if set, else one
# that is started for as long as the command runs. It is built, since `go run`
# would keep signals from it.
DEVDB       := bin/devdb
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/trexgen
	go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/trexgen ./cmd/trexgen

.PHONY: install
install: ## Install trexgen where go install puts programs
	go install -trimpath -ldflags "-s -w -X main.version=$(VERSION)" ./cmd/trexgen

.PHONY: $(DEVDB)
$(DEVDB):
	@go build -o $(DEVDB) ./blueprints/service/test/devdb/run

.PHONY: test
test: $(DEVDB) ## Run all tests: the tool's, the blueprint's and those of services made by it
	@exec $(DEVDB) -- go test -timeout 40m ./...

.PHONY: test-full
test-full: $(DEVDB) ## Run the tests of the tool in full: every case of what make test samples, minutes more
	@TREXGEN_FULL=1 exec $(DEVDB) -- go test -timeout 60m ./cmd/... ./internal/...

.PHONY: test-short
test-short: ## Run the tests that need neither database nor network
	go test -short ./...

.PHONY: bench
bench: ## Time new and add kind as whole processes, beside cp -r of the same result
	go test -run '^$$' -bench . -benchtime 20x ./cmd/trexgen

.PHONY: generate
generate: ## Generate the blueprint's Go from its OpenAPI files
	go generate ./...

.PHONY: modules
modules: ## Bring the blueprint's go.mod and go.sum in step with this module's
	go test ./blueprints -run TestModuleFiles -update

.PHONY: fmt
fmt: ## Format the code
	gofmt -w cmd internal blueprints

.PHONY: lint
lint: ## Look for what compiles but should not be: golangci-lint if there is one, else staticcheck
	go vet ./...
	@if command -v golangci-lint >/dev/null; then golangci-lint run; else go run $(STATICCHECK) ./...; fi

.PHONY: verify
verify: lint ## Check what CI checks besides the tests; the tree has to be committed
	go mod tidy -diff
	@unformatted=$$(gofmt -l cmd internal blueprints); \
		if [ -n "$$unformatted" ]; then echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi
	go generate ./...
	@changed=$$(git status --porcelain); \
		if [ -n "$$changed" ]; then echo "the tree is not clean:"; echo "$$changed"; exit 1; fi

.PHONY: clean
clean: ## Remove what was built
	rm -rf bin .devdb
