package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/internal/scaffold"
)

// clientNames lists the clients that there are.
func clientNames() string {
	var names []string
	for _, c := range scaffold.Clients() {
		names = append(names, c.Key)
	}
	return strings.Join(names, " or ")
}

// clientHelp says which optional clients there are.
func clientHelp() string {
	help := "A service may have optional clients (--client):"
	for _, c := range scaffold.Clients() {
		help += "\n  " + c.Key + "  " + c.Doc
	}
	return help
}

// completeClients lets shells complete --client.
func completeClients(cmd *cobra.Command) {
	var names []string
	for _, c := range scaffold.Clients() {
		names = append(names, cobra.CompletionWithDesc(c.Key, c.Doc))
	}
	// It fails only if there is no such flag.
	if err := cmd.RegisterFlagCompletionFunc("client", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
}

// clientQuestion asks for the optional clients, several with commas between them.
func clientQuestion(answer *string) question {
	return question{
		Title: "Optional clients",
		Hint: func() string {
			var known []string
			for _, c := range scaffold.Clients() {
				known = append(known, c.Key+" ("+c.Doc+")")
			}
			return strings.Join(known, ", ") + "; empty for none"
		},
		Answer: answer,
		Check: func(s string) error {
			_, err := scaffold.ParseClients(splitClients(s))
			return err
		},
	}
}

// splitClients reads an answer: ocm, or several with commas between them.
func splitClients(answer string) []string {
	var names []string
	for name := range strings.SplitSeq(answer, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}
