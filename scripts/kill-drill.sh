#!/usr/bin/env bash
# Kills a drill at many random moments and goes on with it each time. A run that
# is resumed must reach the verdict and the history of the undisturbed run, and
# its journal must verify.
#
#   scripts/kill-drill.sh [TIMES] [RUNBOOK]     40 times ci-smoke by default
#
# The whole of it, 200 times region-outage, takes more than half an hour:
#
#   scripts/kill-drill.sh 200 region-outage
set -euo pipefail
cd "$(dirname "$0")/.."
times=${1:-40} book=${2:-ci-smoke}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/mrkctl" .
export HOME=$work/home
mkdir -p "$HOME"
run() { "$work/mrkctl" drill run "$book" --seed 7 --progress quiet -q --out "$1" >/dev/null 2>&1; }

start=$(date +%s%N)
run "$work/whole"
took=$((($(date +%s%N) - start) / 1000000))
want=$(tail -n 1 "$work/whole/journal.jsonl" | sed 's/.*"headline":"\([^"]*\)".*/\1/')

passed=0 failed=0 early=0
for i in $(seq "$times"); do
	dir=$work/run-$i
	run "$dir" &
	pid=$!
	ms=$((RANDOM * 32768 + RANDOM))
	perl -e 'select undef, undef, undef, $ARGV[0] / 1000' $((ms % (took + 1)))
	# The shell's child is the program itself: there is nobody else to kill.
	pkill -9 -P $pid 2>/dev/null || kill -9 $pid 2>/dev/null || true
	{ wait $pid; } 2>/dev/null || true
	if [ ! -s "$dir/journal.jsonl" ]; then
		early=$((early + 1)) # killed before it wrote its first line: there is no run yet
		rm -rf "$dir"
		continue
	fi
	if ! tail -n 1 "$dir/journal.jsonl" | grep -q '"ev":"drill-ended"'; then
		"$work/mrkctl" drill resume "$dir" --progress quiet -q >/dev/null 2>&1 || true
	fi
	got=$(tail -n 1 "$dir/journal.jsonl" | sed 's/.*"headline":"\([^"]*\)".*/\1/')
	if [ "$got" = "$want" ] && cmp -s "$work/whole/history.jsonl" "$dir/history.jsonl" &&
		"$work/mrkctl" drill check "$dir" >/dev/null 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "killed after $((ms % (took + 1))) ms: got '$got', want '$want'"
	fi
	rm -rf "$dir"
done
echo "drill killed $times times, $early of them before its first line"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
