package main

import (
	"cmp"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/server"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// version and buildTime are set by the linker (-X main.version=…, see Makefile).
var version, buildTime string

// build says what this program was built from, as far as is known.
func build() server.Build {
	b := server.Build{Version: version, Time: buildTime}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Version = cmp.Or(b.Version, info.Main.Version)
		for _, setting := range info.Settings {
			if setting.Key == "vcs.time" {
				b.Time = cmp.Or(b.Time, setting.Value)
			}
		}
	}
	return server.Build{Version: cmp.Or(b.Version, "unknown"), Time: cmp.Or(b.Time, "unknown")}
}

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := build()
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s (%s)\n", api.ServiceName, b.Version, b.Time)
			return err
		},
	}
}
