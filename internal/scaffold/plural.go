package scaffold

import (
	"strings"

	"github.com/gobuffalo/flect"
)

// pluralWord returns the plural of one word as it stands in a Go name: "Entry" ⇒
// "Entries", "API" ⇒ "APIs".
func pluralWord(w string) string {
	lower := strings.ToLower(w)
	stem := strings.TrimRight(w, "es")
	if len(stem) > 1 && stem == strings.ToUpper(stem) || initialisms[lower] != "" {
		return pascalWord(pluralCapitals(w))
	}
	many := plural(lower)
	if ending, ok := strings.CutPrefix(many, lower); ok {
		many = w + ending // keeps capitals that nobody knows
	}
	return pascalWord(many)
}

// pluralCapitals returns the plural of an initialism: APIs, OSes. One that ends
// in a small s (IDs, K8s) has its plural already.
func pluralCapitals(w string) string {
	switch w[len(w)-1] {
	case 'S':
		return w + "es"
	case 's':
		return w
	}
	return w + "s"
}

// plural returns the plural of a lower-case word. The general library knows most
// of English; what it gets wrong is corrected first, word by word where English
// has no rule and by ending where it has one.
func plural(w string) string {
	if many, ok := irregular[w]; ok {
		return many
	}
	if last := len(w) - 1; last == 0 || isDigit(w[last-1]) && w[last] != 's' {
		return w + "s" // a letter is no ending of a word: x ⇒ xs, x2y ⇒ x2ys
	}
	for _, r := range endings {
		if stem, ok := strings.CutSuffix(w, r.one); ok {
			return stem + r.many
		}
	}
	many := flect.Pluralize(w)
	if many != strings.ToLower(many) { // it stumbles over its own acronyms: bss ⇒ bssBSSes
		return pluralCapitals(w)
	}
	return many
}

// endings are rules that the library has not, or has for more words than it
// should: it takes "idea" for a plural like "corporea", and "scrum" for a
// singular like "fulcrum".
var endings = []struct{ one, many string }{
	{"datum", "data"},
	{"data", "data"},
	{"media", "media"},
	{"criteria", "criteria"},
	{"phenomena", "phenomena"},
	{"bacteria", "bacteria"},
	{"life", "lives"},
	{"wife", "wives"},
	{"knife", "knives"},
	{"ware", "ware"}, // software, hardware, firmware
	{"archive", "archives"},
	{"price", "prices"},
	{"polis", "polises"},
	{"gas", "gases"},
	{"lens", "lenses"},
	{"fe", "fes"},
	{"um", "ums"},
	{"a", "as"},
	{"o", "os"},
}

// irregular are words, not endings: "cargo" says nothing about "logo".
var irregular = map[string]string{
	// -o that takes es
	"buffalo": "buffaloes", "cargo": "cargoes", "domino": "dominoes", "echo": "echoes", "embargo": "embargoes",
	"hero": "heroes", "mango": "mangoes", "mosquito": "mosquitoes", "potato": "potatoes", "tomato": "tomatoes",
	"tornado": "tornadoes", "torpedo": "torpedoes", "veto": "vetoes", "volcano": "volcanoes",
	// -um and -a as in Latin
	"addendum": "addenda", "bacterium": "bacteria", "continuum": "continua", "erratum": "errata", "maximum": "maxima",
	"medium": "media", "memorandum": "memoranda", "millennium": "millennia", "minimum": "minima",
	"momentum": "momenta", "optimum": "optima", "ovum": "ova", "phylum": "phyla", "quantum": "quanta",
	"spectrum": "spectra", "stratum": "strata", "alga": "algae", "alumna": "alumnae", "larva": "larvae",
	"nebula": "nebulae", "vertebra": "vertebrae", "addenda": "addenda", "errata": "errata", "strata": "strata",
	"fungus": "fungi", "octopus": "octopuses", "stimulus": "stimuli",
	// -s that is no plural
	"atlas": "atlases", "bias": "biases", "canvas": "canvases", "ibis": "ibises", "iris": "irises",
	"mantis": "mantises", "pancreas": "pancreases", "pelvis": "pelvises", "summons": "summonses",
	"thermos": "thermoses", "trellis": "trellises", "emphasis": "emphases",
	// -ch that is spoken k
	"epoch": "epochs", "loch": "lochs", "matriarch": "matriarchs", "monarch": "monarchs", "oligarch": "oligarchs",
	"patriarch": "patriarchs", "stomach": "stomachs", "tech": "techs",
	// -man that holds no man, -f that is no -ves
	"caiman": "caimans", "german": "germans", "norman": "normans", "ottoman": "ottomans", "roman": "romans",
	"shaman": "shamans", "talisman": "talismans", "golf": "golfs", "gulf": "gulfs", "serf": "serfs", "surf": "surfs",
	"turf": "turfs", "mongoose": "mongooses",
	// whose plural is in the middle, or none of English
	"any": "anys", "passerby": "passersby", "passersby": "passersby",
	// the same in the plural
	"advice": "advice", "baggage": "baggage", "chaos": "chaos", "elk": "elk", "evidence": "evidence",
	"feedback": "feedback", "furniture": "furniture", "homework": "homework", "knowledge": "knowledge",
	"luggage": "luggage", "machinery": "machinery", "music": "music", "offspring": "offspring",
	"research": "research", "spacecraft": "spacecraft", "staff": "staff", "tennis": "tennis", "traffic": "traffic",
	"weather": "weather",
	// but not these
	"extra": "extras", "ware": "wares",
}
