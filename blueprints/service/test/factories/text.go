package factories

import (
	"fmt"
	"strconv"
	"strings"
)

// maxSent bounds the texts that are tried, since bodies are bounded.
const maxSent = 10_000

// sampleText is the name with the number, cut or filled as the bounds demand.
func sampleText(f Field, n int) any {
	least, most := f.length(f.min, 0), f.length(f.max, maxSent)
	text := fmt.Sprintf("%s %d", f.Name, n)
	if len(text) > most { // the number tells samples apart
		text = strconv.FormatInt(int64(n), 36)
		text = strings.Repeat("0", max(most-len(text), 0)) + text
		text = text[len(text)-most:]
	}
	return text + strings.Repeat("x", max(least-len(text), 0))
}

// oddTexts are texts as short and as long as allowed, and one with characters
// that mean something to others. Lengths are counted in characters.
func oddTexts(f Field) []any {
	least, most := f.length(f.min, 0), f.length(f.max, maxSent)
	odd := []any{strings.Repeat("é", least), strings.Repeat("😀", min(most, maxSent))}
	if special := []rune(`'"\<&>%_;--` + "\u2028\U0010ffff"); least <= len(special) && len(special) <= most {
		odd = append(odd, string(special))
	}
	return odd
}

func wrongTexts(f Field) []any {
	wrong := []any{1, true, []any{}, map[string]any{}}
	least, most := f.length(f.min, 0), f.length(f.max, maxSent)
	if most > 0 && least <= maxSent {
		wrong = append(wrong, "\x00"+strings.Repeat("x", max(least-1, 0)))
	}
	if least > 0 {
		wrong = append(wrong, strings.Repeat("é", least-1))
	}
	if most < maxSent {
		wrong = append(wrong, strings.Repeat("x", most+1))
	}
	return wrong
}
