package policy

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// choice is one thing that a request may say of a condition key: nothing, or
// some values.
type choice struct {
	present bool
	values  []string
}

// maxSets bounds the values of which every set is tried, for keys that hold
// several.
const maxSets = 5

// choices returns what a request may say of a key so that every way to satisfy
// conditions on that key occurs, and whether it does.
func choices(conditions []Condition) (list []choice, all bool) {
	var (
		texts          []pattern
		numbers, dates []string
		ranges         []netip.Prefix
		flags, several bool
	)
	all = true
	for _, c := range conditions {
		o, ok := parseOperator(c.Operator)
		if !ok {
			all = false
			continue
		}
		several = several || o.forAll || o.forAny
		switch base := o.name; {
		case o.null:
		case base == "Bool":
			flags = true
		case strings.HasPrefix(base, "Numeric"):
			numbers = append(numbers, c.Values...)
		case strings.HasPrefix(base, "Date"):
			dates = append(dates, c.Values...)
		case base == "IpAddress":
			for _, v := range c.Values {
				p, ok := prefix(v)
				if all = all && ok; ok {
					ranges = append(ranges, p)
				}
			}
		default:
			for _, v := range c.Values {
				arn := strings.HasPrefix(base, "Arn")
				texts = append(texts, pattern{text: v, wild: arn || base == "StringLike", arn: arn, fold: base == "StringEqualsIgnoreCase"})
			}
		}
	}
	var values []string
	kinds := 0
	add := func(some []string) {
		if len(some) > 0 {
			kinds++
			values = append(values, some...)
		}
	}
	if len(texts) > 0 {
		some, complete := examples(texts)
		all = all && complete
		add(some)
	}
	if flags {
		add([]string{"true", "false"})
	}
	around, ok := aroundNumbers(numbers)
	all = all && ok
	add(around)
	around, ok = aroundDates(dates)
	all = all && ok
	add(around)
	add(edges(ranges))
	if kinds > 1 {
		all = false // texts that are numbers, say, are not all tried
	}
	if kinds == 0 {
		values = []string{"x"}
	}
	slices.Sort(values)
	values = slices.Compact(values)
	return sets(values, several, all)
}

// sets makes choices of values: each by itself, or each set of them.
func sets(values []string, several, all bool) ([]choice, bool) {
	list := []choice{{}}
	if !several {
		for _, v := range values {
			list = append(list, choice{true, []string{v}})
		}
		return list, all
	}
	if len(values) > maxSets {
		list = append(list, choice{true, nil}, choice{true, values})
		for i, v := range values {
			list = append(list, choice{true, []string{v}}, choice{true, slices.Delete(slices.Clone(values), i, i+1)})
		}
		return list, false
	}
	for bits := range 1 << len(values) {
		c := choice{present: true}
		for i, v := range values {
			if bits>>i&1 == 1 {
				c.values = append(c.values, v)
			}
		}
		list = append(list, c)
	}
	return list, all
}

// aroundNumbers returns the numbers, one between each two, and one on either side.
func aroundNumbers(texts []string) ([]string, bool) {
	var numbers []float64
	for _, t := range texts {
		n, err := strconv.ParseFloat(t, 64)
		if err != nil {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	var out []string
	write := func(n float64) { out = append(out, strconv.FormatFloat(n, 'g', -1, 64)) }
	for i, n := range numbers {
		if i == 0 {
			write(n - 1)
		} else {
			write((numbers[i-1] + n) / 2)
		}
		write(n)
	}
	if len(numbers) > 0 {
		write(numbers[len(numbers)-1] + 1)
	}
	return out, true
}

func aroundDates(texts []string) ([]string, bool) {
	var out []string
	for _, text := range texts {
		t, ok := moment(text)
		if !ok {
			return nil, false
		}
		for _, around := range []time.Duration{-time.Second, 0, time.Second} {
			out = append(out, t.Add(around).UTC().Format(time.RFC3339))
		}
	}
	return out, true
}

// prefix reads a range of addresses, or an address.
func prefix(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), true
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	return netip.Prefix{}, false
}

// edges returns the addresses at which ranges begin, and the first beyond each:
// between two of these no condition changes.
func edges(ranges []netip.Prefix) []string {
	if len(ranges) == 0 {
		return nil
	}
	out := []string{"0.0.0.0", "::"}
	for _, p := range ranges {
		out = append(out, p.Addr().String())
		if beyond := last(p).Next(); beyond.IsValid() {
			out = append(out, beyond.String())
		}
	}
	return out
}

// last is the last address of a range.
func last(p netip.Prefix) netip.Addr {
	bytes := p.Addr().AsSlice()
	for i := p.Bits(); i < len(bytes)*8; i++ {
		bytes[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(bytes) // as long as an address
	return a
}
