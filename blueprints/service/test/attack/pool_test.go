package attack

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
)

// pool holds what answers said that later requests can use.
type pool struct {
	mu      sync.Mutex
	ids     map[string][]string // of objects, by the path of their collection
	refs    map[string]string   // fields that have been seen with the id of an object, and the path of its collection
	cursors []string
}

func newPool() *pool { return &pool{ids: map[string][]string{}, refs: map[string]string{}} }

// mostKept bounds each part of a pool: what is old is likely to be gone.
const mostKept = 200

func keep(all []string, one string) []string {
	if all = append(all, one); len(all) > mostKept {
		return all[1:]
	}
	return all
}

// add keeps the object at path.
func (p *pool) add(path string) {
	collection, id := splitPath(path)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids[collection] = keep(p.ids[collection], id)
}

// id draws the id of an object of the collection, or of any for "", or nothing.
func (p *pool) id(r *rand.Rand, collection string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if collection == "" && len(p.ids) > 0 {
		collection = pick(r, slices.Sorted(maps.Keys(p.ids)))
	}
	if len(p.ids[collection]) == 0 {
		return ""
	}
	return pick(r, p.ids[collection])
}

// learn keeps the object that was made, or the last of a list, the cursor that
// leads on, and to which objects fields refer: the document does not say it.
func (p *pool) learn(got answer) {
	if got.status == http.StatusCreated {
		p.add(got.header.Get("Location"))
	}
	p.learnRefs(got)
	var page struct {
		Next  string
		Items []struct{ Href string }
	}
	if got.status != http.StatusOK || json.Unmarshal(got.body, &page) != nil {
		return
	}
	if n := len(page.Items); n > 0 && page.Items[n-1].Href != "" {
		p.add(page.Items[n-1].Href)
	}
	if page.Next != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.cursors = keep(p.cursors, page.Next)
	}
}

// cursor draws the next of a list, or nothing.
func (p *pool) cursor(r *rand.Rand) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.cursors) == 0 {
		return ""
	}
	return pick(r, p.cursors)
}

func (p *pool) learnRefs(got answer) {
	var object map[string]any
	if got.status != http.StatusOK && got.status != http.StatusCreated || json.Unmarshal(got.body, &object) != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, value := range object {
		id, isText := value.(string)
		if !isText || name == "id" || p.refs[name] != "" {
			continue
		}
		for collection, ids := range p.ids {
			if slices.Contains(ids, id) {
				p.refs[name] = collection
			}
		}
	}
}

// collectionOf is the path of the collection to which the field refers, or of
// any if that is not known.
func (p *pool) collectionOf(field string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refs[field]
}
