#!/usr/bin/env bash
# Runs shipped runbooks twice with one seed and once with another. All that the
# two wrote must be the same to the byte, reports included; what the third wrote
# must not be.
#
#   scripts/same-seed.sh [RUNBOOK]...     every one but a-year-of-rotations by default
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/mrkctl" .
export HOME=$work/home XDG_STATE_HOME=$work/state
mkdir -p "$HOME"
if (($# == 0)); then
	for path in configs/runbooks/*.yaml; do
		book=$(basename "$path" .yaml)
		[ "$book" = a-year-of-rotations ] || set -- "$@" "$book"
	done
fi
run() {
	"$work/mrkctl" drill run "$1" --seed "$2" --approve '*=ann' --approve '*=ben' --progress quiet -q --out "$3" >/dev/null
}

failed=0
for book; do
	run "$book" 7 "$work/one"
	run "$book" 7 "$work/two"
	run "$book" 8 "$work/other"
	wrong=
	for path in "$work"/one/*; do
		name=$(basename "$path")
		cmp -s "$path" "$work/two/$name" || wrong+=" $name differs with the same seed;"
		cmp -s "$path" "$work/other/$name" && [ "$name" != junit.xml ] && wrong+=" $name is the same with another seed;"
	done
	[ "$(ls "$work/one")" = "$(ls "$work/two")" ] || wrong+=" not the same files;"
	printf '%-40s %s\n' "$book" "${wrong:-same seed, same bytes: $(ls "$work/one" | wc -l) files}"
	[ -z "$wrong" ] || failed=1
	rm -rf "$work/one" "$work/two" "$work/other"
done
exit $failed
