package check

import (
	"cmp"
	"maps"
	"slices"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func sortedRoutes(m map[route]*outcomes) []route {
	return slices.SortedFunc(maps.Keys(m), func(x, y route) int {
		return cmp.Or(cmp.Compare(x.to, y.to), cmp.Compare(x.from, y.from), cmp.Compare(x.op, y.op))
	})
}
