// Command trexgen makes Go services and extends them: trexgen new, trexgen add kind. This package is the rim: the only
// place that knows flags, forms, the clock, the terminal and child processes. What is made is decided in
// internal/scaffold, and written in internal/scaffold/plan.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], system())
	stop()
	os.Exit(code)
}
