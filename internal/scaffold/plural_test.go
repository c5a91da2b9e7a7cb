package scaffold

import (
	"strings"
	"testing"
)

func TestPlurals(t *testing.T) {
	t.Parallel()
	const table = `
		widget widgets, entry entries, person people, salesperson salespeople, child children, status statuses,
		lens lenses, gas gases, series series, species species, sheep sheep, fish fish, news news, datum data, data data,
		metadata metadata, media media, medium media, bus buses, index indices, axis axes, analysis analyses,
		basis bases, crisis crises, criterion criteria, criteria criteria, matrix matrices, vertex vertices, quiz quizzes,
		hero heroes, potato potatoes, photo photos, video videos, logo logos, repo repos, memo memos, studio studios,
		leaf leaves, knife knives, wolf wolves, shelf shelves, safe safes, cafe cafes, giraffe giraffes, roof roofs,
		proof proofs, belief beliefs, gulf gulfs, human humans, german germans, woman women, mouse mice, goose geese,
		mongoose mongooses, foot feet, tooth teeth, virus viruses, campus campuses, process processes, address addresses,
		class classes, business businesses, canvas canvases, atlas atlases, alias aliases, bias biases, box boxes,
		prefix prefixes, schema schemas, formula formulas, area areas, idea ideas, beta betas, quota quotas, agenda agendas,
		price prices, slice slices, device devices, invoice invoices, database databases, case cases, house houses,
		release releases, cache caches, branch branches, batch batches, watch watches, epoch epochs, monarch monarchs,
		stomach stomachs, search searches, toy toys, key keys, day days, query queries, policy policies, company companies,
		inventory inventories, category categories, cookie cookies, movie movies, stadium stadiums, premium premiums,
		museum museums, forum forums, album albums, scrum scrums, maximum maxima, software software, hardware hardware,
		equipment equipment, information information, feedback feedback, staff staff, settings settings,
		credentials credentials, people people, widgets widgets, archive archives, metropolis metropolises, type types,
		map maps, func funcs, fossil fossils, order orders, user users, group groups, window windows, radius radii,
		life lives, wife wives, bacterium bacteria, larva larvae, thesis theses, octopus octopuses, chassis chassis`
	for row := range strings.SplitSeq(table, ",") {
		words := strings.Fields(row)
		if got := plural(words[0]); got != words[1] {
			t.Errorf("plural(%q) = %q, want %q", words[0], got, words[1])
		}
	}
}

func TestPluralOfAPluralIsItself(t *testing.T) {
	t.Parallel()
	for one, many := range irregular {
		if one == many {
			continue
		}
		if again := plural(many); again != many && !strings.HasSuffix(many, "a") && !strings.HasSuffix(many, "i") && !strings.HasSuffix(many, "ae") {
			t.Errorf("plural(%q) = %q, whose plural is %q", one, many, again)
		}
	}
}
