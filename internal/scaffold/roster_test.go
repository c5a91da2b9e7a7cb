package scaffold

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// shared returns the files that list all kinds.
func shared(b *Blueprint, project fstest.MapFS) fstest.MapFS {
	lists := fstest.MapFS{}
	for _, row := range wiring {
		file := b.serviceRenamer(birds).Replace(row.file)
		lists[file] = project[file]
	}
	return lists
}

// In whatever order kinds come, at once or one by one, the lists are the same.
func TestListsDoNotTellWhichKindCameFirst(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	kinds := awkwardKinds(t)
	want := shared(b, mustService(t, b, birds, kinds...))
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3 {
		rng.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
		sameTree(t, want, shared(b, mustService(t, b, birds, kinds...)))
		project := mustService(t, b, birds, kinds[:5]...)
		for _, k := range kinds[5:] {
			project = mustAdd(t, b, project, k)
		}
		sameTree(t, want, shared(b, project))
	}
	var names []string
	for _, k := range must(OpenProject(mustService(t, b, birds, kinds...))).Kinds {
		names = append(names, k.Name.Many().Flat())
	}
	if !slices.IsSorted(names) {
		t.Errorf("in %s: %q", manifestFile, names)
	}
}

// A list that its owner has put in another order stays in it; a new line goes in front of the next kind that has one.
func TestListsInAnotherOrder(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	project := mustService(t, b, birds, mustKind(t, "Ant", "", "1"), mustKind(t, "Cat", "", "2"), mustKind(t, "Dog", "", "3"), mustKind(t, "Eel", "", "4"))
	routes := "cmd/rh-birds/server/routes.go"
	edit(t, project, routes, "\tregisterAntRoutes,\n\tregisterCatRoutes,\n\tregisterDogRoutes,\n\tregisterEelRoutes,\n",
		"\tregisterOwnRoutes,\n\tregisterEelRoutes,\n\n\t// Dogs before ants.\n\tregisterDogRoutes,\n\tregisterAntRoutes,\n")
	got := mustAdd(t, b, project, mustKind(t, "Bat", "", "5"))
	got = mustAdd(t, b, got, mustKind(t, "Fly", "", "6"))
	want := "\tregisterOwnRoutes,\n\tregisterEelRoutes,\n\n\tregisterBatRoutes,\n\t// Dogs before ants.\n\tregisterDogRoutes,\n\tregisterAntRoutes,\n\tregisterFlyRoutes,\n}"
	if !strings.Contains(string(got[routes].Data), want) {
		t.Errorf("got\n%s\nwant\n%s", got[routes].Data, want)
	}
	if list := regexp.MustCompile(`new\w+Controller,`).FindAllString(string(got["cmd/rh-birds/server/controllers.go"].Data), -1); !slices.IsSorted(list) || len(list) != 6 {
		t.Errorf("the list that nobody touched: %q", list)
	}
}

// A line that is longer than its neighbours does not make gofmt move them: branches would conflict over that.
func TestLinesOfKindsLeaveTheirNeighboursAlone(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	project := mustService(t, b, birds, mustKind(t, "Ant", "", "1"), mustKind(t, "Eel", "", "2"))
	after := mustAdd(t, b, project, mustKind(t, "BatWithALongName", "", "3"))
	for file, f := range shared(b, project) {
		lines := slices.Collect(strings.Lines(string(after[file].Data)))
		for line := range strings.Lines(string(f.Data)) {
			if i := slices.Index(lines, line); i >= 0 {
				lines = lines[i+1:]
				continue
			}
			t.Errorf("%s: the line %q was changed", file, line)
		}
	}
}

func TestKindsAreSortedWhateverTheCase(t *testing.T) {
	t.Parallel()
	var got []string
	for _, k := range testBlueprint(t).roster(birds, []Kind{
		mustKind(t, "HTTPServer", "", "1"), mustKind(t, "Hat", "", "2"), mustKind(t, "Person", "", "3"), mustKind(t, "Pear", "", "4"), mustKind(t, "IPRange", "", "5"),
	}).kinds {
		got = append(got, k.Name.Pascal())
	}
	if want := []string{"Hat", "HTTPServer", "IPRange", "Pear", "Person"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
