#!/usr/bin/env bash
# Kills a drill at many random moments and sees what becomes of it.
#
# Three of four are killed in a world of their own, which dies with them, and
# are resumed: each must reach the verdict and the history of the undisturbed
# run. Each fourth is killed in a world that is kept in a file, and is undone:
# its keys must be left as they were found, but for what KMS itself keeps for
# some days before it deletes it. The journal of each must verify.
#
#   scripts/kill-drill.sh [TIMES] [RUNBOOK] [FLAG]...     40 times ci-smoke by default
#
# Two hundred times take forty minutes on a machine with two cores, and less
# with a smaller load:
#
#   scripts/kill-drill.sh 200 region-outage
#   scripts/kill-drill.sh 200 region-outage --set reads=5/s --set writes=1/s
set -euo pipefail
cd "$(dirname "$0")/.."
times=${1:-40} book=${2:-ci-smoke}
flags=("${@:3}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/mrkctl" .
export HOME=$work/home XDG_STATE_HOME=$work/state
mkdir -p "$HOME"
mrkctl() { "$work/mrkctl" "$@" --progress quiet -q >/dev/null; }
headline() { tail -n 1 "$1/journal.jsonl" | sed 's/.*"headline":"\([^"]*\)".*/\1/'; }
ended() { tail -n 1 "$1/journal.jsonl" | grep -q '"ev":"drill-ended"'; }

# resumed DIR: the run there goes on and ends as the undisturbed one did.
resumed() {
	ended "$1" || mrkctl drill resume "$1" || true
	[ "$(headline "$1")" = "$want" ] && cmp -s "$work/whole/history.jsonl" "$1/history.jsonl" &&
		"$work/mrkctl" drill check "$1" >/dev/null
}

# undone DIR: the run there is taken back, and its keys are as they were.
undone() {
	ended "$1" && return
	mrkctl drill undo "$1" --target "sim:$1.world" || true # its exit code is that of a run that was not completed
	grep -q '"when":"before"' "$1/journal.jsonl" || return 0 # killed before it had looked at any key
	local left
	left=$(grep '"ev":"check-verdict"' "$1/journal.jsonl" | grep '"name":"left-as-found"' | tail -n 1)
	[[ $left == *'"verdict":"pass"'* ]] && return
	# What is left waits for its deletion, and its siblings still list it.
	[ -n "$left" ] && ! sed 's/.*"evidence":\[//; s/\].*//; s/","/\n/g' <<<"$left" | grep -qv -e Pending -e 'list of replicas'
}

start=$(date +%s%N)
mrkctl drill run "$book" "${flags[@]}" --seed 7 --out "$work/whole"
took=$((($(date +%s%N) - start) / 1000000))
want=$(headline "$work/whole")

passed=0 failed=0 early=0
for i in $(seq "$times"); do
	dir=$work/run-$i how=resumed world=sim
	((i % 4)) || how=undone world=sim:$dir.world
	"$work/mrkctl" drill run "$book" "${flags[@]}" --seed 7 --target "$world" --progress quiet -q --out "$dir" >/dev/null 2>&1 &
	pid=$!
	ms=$(((RANDOM * 32768 + RANDOM) % (took + 1)))
	perl -e 'select undef, undef, undef, $ARGV[0] / 1000' "$ms"
	kill -9 $pid 2>/dev/null || true
	{ wait $pid; } 2>/dev/null || true
	if [ ! -s "$dir/journal.jsonl" ]; then
		early=$((early + 1)) # killed before it wrote its first line: there is no run yet
	elif $how "$dir" && "$work/mrkctl" report verify "$dir" >/dev/null; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "killed after $ms ms, not $how: '$(headline "$dir")', want '$want'"
	fi
	rm -rf "$dir" "$dir.world"
done
echo "drill killed $times times, $early of them before its first line"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
