package main

import (
	"path/filepath"
)

// unknownToGit reports whether there is a repository and none of the files is in its index: they were made since the
// last commit. It runs no git; where there is no repository, or one that it does not understand, it is false.
func unknownToGit(root string, files []string) bool {
	root, err := filepath.EvalSymlinks(root)
	if err != nil || len(files) == 0 {
		return false
	}
	repo, ok := findRepository(root)
	if !ok {
		return false
	}
	wanted := map[string]bool{}
	for _, file := range files {
		name, err := repo.name(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil {
			return false
		}
		wanted[name] = true
	}
	entries, _, err := repo.entries(wanted)
	return err == nil && len(entries) == 0
}
