package scaffold

import (
	"os"
	"strconv"
	"testing"
)

func BenchmarkOpenBlueprint(b *testing.B) {
	for b.Loop() {
		testBlueprint(b)
	}
}

func benchKinds(b *testing.B, n int) []Kind {
	b.Helper()
	var kinds []Kind
	for i := range n {
		kinds = append(kinds, mustKind(b, "Kind"+strconv.Itoa(i)+" a:string:required,b:int,c:time,d:bool", "", strconv.Itoa(202602030000+i)))
	}
	return kinds
}

func BenchmarkPlanService(b *testing.B) {
	for _, n := range []int{0, 10, 200} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			blueprint, kinds := testBlueprint(b), benchKinds(b, n)
			for b.Loop() {
				mustService(b, blueprint, birds, kinds...)
			}
		})
	}
}

func BenchmarkPlanKind(b *testing.B) {
	for _, n := range []int{0, 10, 200} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			blueprint := testBlueprint(b)
			dir := b.TempDir()
			if err := os.CopyFS(dir, mustService(b, blueprint, birds, benchKinds(b, n)...)); err != nil {
				b.Fatal(err)
			}
			project := os.DirFS(dir)
			kind := mustKind(b, "Gadget a:string:required,b:int,c:time,d:bool", "", "202702030000")
			for b.Loop() {
				opened, err := OpenProject(project)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := PlanKind(blueprint, opened, kind); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
