package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The benchmarks time whole processes, as people wait for them. cp -r of the same tree says what the file system takes.

// kindCounts are the numbers of kinds that a project has already.
var kindCounts = []int{0, 10, 200}

// buildTool builds the tool as make build does.
func buildTool(b *testing.B) string {
	b.Helper()
	tool := filepath.Join(b.TempDir(), "trexgen")
	runProcess(b, "", "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", tool, ".")
	return tool
}

func runProcess(b *testing.B, dir, name string, args ...string) {
	b.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

func remove(b *testing.B, dir string) {
	b.Helper()
	if err := os.RemoveAll(dir); err != nil {
		b.Fatal(err)
	}
}

// newArgs are those that make a service with n kinds.
func newArgs(dir string, n int) []string {
	args := []string{"new", "bench", "--quiet", "--dir", dir}
	for i := range n {
		args = append(args, "--kind", fmt.Sprintf("Kind%d name:string:required,size:int,since:time", i))
	}
	return args
}

func BenchmarkHelp(b *testing.B) {
	tool := buildTool(b)
	for b.Loop() {
		runProcess(b, "", tool, "--help")
	}
}

func BenchmarkNew(b *testing.B) {
	tool := buildTool(b)
	for _, n := range kindCounts {
		b.Run(fmt.Sprintf("kinds=%d", n), func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "bench")
			for b.Loop() {
				runProcess(b, "", tool, newArgs(dir, n)...)
				b.StopTimer()
				remove(b, dir)
				b.StartTimer()
			}
		})
	}
}

func BenchmarkCopy(b *testing.B) {
	tool := buildTool(b)
	for _, n := range kindCounts {
		b.Run(fmt.Sprintf("kinds=%d", n), func(b *testing.B) {
			from, to := filepath.Join(b.TempDir(), "from"), filepath.Join(b.TempDir(), "to")
			runProcess(b, "", tool, newArgs(from, n)...)
			for b.Loop() {
				runProcess(b, "", "cp", "-r", from, to)
				b.StopTimer()
				remove(b, to)
				b.StartTimer()
			}
		})
	}
}

func BenchmarkAddKind(b *testing.B) {
	tool := buildTool(b)
	for _, n := range kindCounts {
		b.Run(fmt.Sprintf("kinds=%d", n), func(b *testing.B) {
			project, dir := filepath.Join(b.TempDir(), "project"), filepath.Join(b.TempDir(), "bench")
			runProcess(b, "", tool, newArgs(project, n)...)
			for b.Loop() {
				b.StopTimer()
				remove(b, dir)
				runProcess(b, "", "cp", "-r", project, dir)
				b.StartTimer()
				runProcess(b, dir, tool, "add", "kind", "Gadget", "--quiet", "--fields", "name:string:required,size:int,since:time")
			}
		})
	}
}
