package scaffold

import (
	"maps"
	"slices"
	"strings"
)

// didYouMean returns "did you mean int? " if the words have one that is near.
func didYouMean(word string, words map[string]string) string {
	lower := strings.ToLower(word)
	if near, ok := words[lower]; ok {
		return "did you mean " + near + "? "
	}
	best, least := "", 3
	for _, key := range slices.Sorted(maps.Keys(words)) {
		if d := editDistance(lower, key); d < least && d < len(key) {
			best, least = words[key], d
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "? "
}

// editDistance is the number of letters to add, delete or replace.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0]++
		for j := range len(b) {
			above := row[j+1]
			row[j+1] = min(above+1, row[j]+1, diagonal+differ(a[i], b[j]))
			diagonal = above
		}
	}
	return row[len(b)]
}

func differ(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}
