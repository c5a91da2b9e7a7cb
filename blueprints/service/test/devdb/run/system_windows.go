package main

import "os"

// terminalDelivers is true: a console sends Ctrl-C to all its programs.
func terminalDelivers() bool { return true }

func exitCode(state *os.ProcessState) int { return state.ExitCode() }
