// Package report gives results their shape: it turns the answer of a command
// into a table, JSON, NDJSON or Markdown, and the journal and the history of a
// drill into a report as Markdown, JSON, JUnit XML and one HTML page.
//
// It decides nothing. Every verdict it prints was reached elsewhere and stands
// in the journal; what it works out itself are sums, shares and percentiles.
// All its output depends on its input alone, so that a report rendered again
// from the same journal has the same bytes.
package report
