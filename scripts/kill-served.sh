#!/usr/bin/env bash
# Kills drills on served simulated worlds at random moments of real time, and
# goes on with one half of them and takes the other half back. What is resumed
# must reach the verdict of the undisturbed run without doing a promotion or
# rotation twice; what is taken back must leave the keys as they were found and no
# fault on; every journal must verify.
#
#   scripts/kill-served.sh [TIMES] [AT ONCE]     8 times, 4 at once, by default
set -euo pipefail
cd "$(dirname "$0")/.."
times=${1:-8} lanes=${2:-4}
work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
go build -o "$work/mrkctl" .
mrkctl=$work/mrkctl

cat >"$work/killed.yaml" <<'BOOK'
runbook: v1
name: killed
about: A short drill on real time that is killed at any moment, and then gone on with or taken back.
regions: [us-east-1, eu-west-1]
keys:
  payments: { alias: alias/killed, primary: us-east-1, replicas: [eu-west-1], grants: true }
safety: { longest: 1h, spend: { promotions: 2, rotations: 0, new-keys: 0 } }
probes:
  standby: { do: roundtrip, in: eu-west-1, rate: 5/s, within: 2s, slo: [success >= 99%] }
faults:
  dark: { kind: region-outage, in: us-east-1, looks-like: refused, at-most: 5m }
steady: { for: 1s, probes: [standby] }
steps:
  - { id: dark, do: fault.start, with: { fault: dark } }
  - { id: alone, do: watch, in: eu-west-1, for: 1s, with: { probes: [standby] }, expect: { slo: met } }
  - { id: light, do: fault.stop, with: { fault: dark } }
  - { id: go, do: key.promote, in: us-east-1, with: { to: eu-west-1 }, within: 1m, expect: { primary: eu-west-1, state: Enabled, in-every-region: true }, undo: { do: key.promote, in: eu-west-1, with: { to: us-east-1 } } }
  - { id: off, do: key.disable, in: us-east-1, expect: { state: Disabled }, undo: { do: key.enable, in: us-east-1 } }
  - { id: on, do: key.enable, in: us-east-1, expect: { state: Enabled }, undo: { do: nothing, why: It was enabled. } }
  - { id: home, do: key.promote, in: eu-west-1, with: { to: us-east-1 }, within: 1m, retry: { times: 9, every: 2s, if: [KMSInvalidStateException] }, expect: { primary: us-east-1, state: Enabled, in-every-region: true } }
  - { id: opens, do: decrypt, in: [us-east-1, eu-west-1], with: { ciphertexts: all }, expect: { plaintext: same } }
objectives: { unreadable-ciphertexts: 0 }
checks: [every-ciphertext-decrypts-everywhere, one-primary-at-a-time, left-as-found, spend-within-budget, no-call-crosses-regions]
BOOK

# serve LANE: a world of its own, its address in $work/LANE/url.
serve() {
	mkdir -p "$work/$1"
	HOME=$work/$1 "$mrkctl" sim serve --listen 127.0.0.1:0 >"$work/$1/url" 2>/dev/null &
	servers+=($!)
	for _ in $(seq 100); do
		[ -s "$work/$1/url" ] && return
		perl -e 'select undef, undef, undef, 0.05'
	done
	echo "the world did not come up" >&2
	return 1
}

why() { grep -o '"outcome":"failed","expected":"[^"]*","observed":"[^"]*"' "$1/journal.jsonl" | tail -n 1; }
headline() { tail -n 1 "$1/journal.jsonl" | sed 's/.*"headline":"\([^"]*\)".*/\1/'; }

serve whole
url=$(cat "$work/whole/url")
start=$(date +%s%N)
HOME=$work/whole "$mrkctl" drill run "$work/killed.yaml" --target "sim:$url" --progress quiet -q --out "$work/whole/run" >/dev/null 2>&1 ||
	{ echo "the undisturbed run: $(headline "$work/whole/run")"; exit 1; }
took=$((($(date +%s%N) - start) / 1000000))
want=$(headline "$work/whole/run")

# one N LANE: kill run N and go on with it; a line for each complaint.
one() {
	local n=$1 home=$work/$2 dir=$work/$2/run-$1 url pid ms
	url=$(cat "$home/url")
	ms=$(((RANDOM * 32768 + RANDOM) % (took + 1)))
	"$mrkctl" sim reset --target "sim:$url" --yes >/dev/null 2>&1
	HOME=$home "$mrkctl" drill run "$work/killed.yaml" --target "sim:$url" --progress quiet -q --out "$dir" >/dev/null 2>&1 &
	pid=$!
	perl -e 'select undef, undef, undef, $ARGV[0] / 1000' "$ms"
	kill -9 "$pid" 2>/dev/null || true
	{ wait "$pid"; } 2>/dev/null || true
	if [ ! -s "$dir/journal.jsonl" ]; then
		echo "early" >>"$work/early"
		return
	fi
	local ended=no
	tail -n 1 "$dir/journal.jsonl" | grep -q '"ev":"drill-ended"' && ended=yes
	if [ $ended = yes ] || [ $((n % 2)) = 0 ]; then
		[ $ended = yes ] || HOME=$home "$mrkctl" drill resume "$dir" --target "sim:$url" --progress quiet -q >"$dir.out" 2>&1 || true
		[ "$(headline "$dir")" = "$want" ] || echo "killed after $ms ms and resumed: $(headline "$dir") $(why "$dir")"
		"$mrkctl" drill check "$dir" >/dev/null 2>&1 || echo "killed after $ms ms and resumed: drill check answers otherwise"
	else
		local code=0
		HOME=$home "$mrkctl" drill undo "$dir" --target "sim:$url" --progress quiet -q >"$dir.out" 2>&1 || code=$?
		[ $code = 130 ] || echo "killed after $ms ms and taken back: exit $code, $(headline "$dir") $(why "$dir")"
		"$mrkctl" sim fault list --target "sim:$url" 2>/dev/null | grep -q killed && echo "killed after $ms ms and taken back: a fault is on"
	fi
	"$mrkctl" report verify "$dir" >/dev/null 2>&1 || echo "killed after $ms ms: the journal does not verify"
	return 0
}

lane() {
	local n
	for ((n = $1; n <= times; n += lanes)); do one "$n" "lane-$1"; done
}
for ((l = 1; l <= lanes; l++)); do serve "lane-$l"; done
touch "$work/early"
pids=()
for ((l = 1; l <= lanes; l++)); do lane "$l" >"$work/complaints-$l" & pids+=($!); done
for p in "${pids[@]}"; do wait "$p"; done
cat "$work"/complaints-*
failed=$(cat "$work"/complaints-* | wc -l)
echo "drills killed $times times on served worlds, $(wc -l <"$work/early") of them before their first line; $failed complaints"
[ "$failed" -eq 0 ]
