#!/usr/bin/env bash
# Runs the fuzz targets that guard what comes from outside, one after the other.
#
#   scripts/fuzz.sh [HOW-LONG [TARGET...]]     each for 5m10s by default
#
# HOW-LONG is a duration, or a number of inputs such as 3000x. A duration of the
# go command may end with "context deadline exceeded" and no input that fails
# (golang/go#75804, in Go 1.26 still): that is no finding.
#
# A TARGET is PACKAGE:NAME, such as pkg/sim/awsjson:FuzzDecode; "all" is every
# target of the module. What a target finds is written to testdata/fuzz of its
# package, where go test tries it from then on: mend the code, commit the file.
# The first run builds the packages with instruments, which takes minutes; with
# FUZZ_BLIND=1 they are not, and inputs are varied without a look at what they
# reach.
set -uo pipefail
cd "$(dirname "$0")/.."

long=${1:-5m10s}
shift || true
if [ $# = 0 ]; then
	# The body decoder, the SigV4 parser, the ciphertext parser, the policy
	# parser, and the state file: as bytes on disk, and as what is in it.
	set -- pkg/sim/awsjson:FuzzDecode pkg/sim/awsjson:FuzzAuthorization pkg/sim:FuzzDecrypt \
		pkg/policy:FuzzParse pkg/sim/store:FuzzOpen pkg/sim:FuzzLoad
elif [ "$1" = all ]; then
	mapfile -t every < <(grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9]*' cmd pkg |
		sed 's|/[^/]*:func |:|' | sort -u)
	set -- "${every[@]}"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/log
failed=()

# fuzz PACKAGE NAME: one target for as long.
fuzz() {
	local flags=(-run '^$' -fuzz "^$2\$" -fuzztime "$long" -parallel "${FUZZ_PARALLEL:-2}")
	if [ -z "${FUZZ_BLIND:-}" ]; then
		go test "./$1" "${flags[@]}"
		return
	fi
	# What -fuzz does beyond building the test with instruments.
	go test -c -o "$work/test" "./$1" &&
		(cd "$1" && "$work/test" "${flags[@]/#-/-test.}" -test.fuzzcachedir "$work/corpus")
}

# ended: the fuzzing of the log ended with its time, and found nothing.
ended() {
	grep -q '^ *context deadline exceeded$' "$log" && ! grep -qE 'Failing input|panic:|hung or terminated' "$log"
}

for target in "$@"; do
	package=${target%:*} name=${target##*:}
	if fuzz "$package" "$name" >"$log" 2>&1 || ended; then
		printf '%-40s clean: %s\n' "$target" "$(grep -o 'elapsed:.*' "$log" | tail -n 1)"
	else
		failed+=("$target")
		printf '%-40s FAILED\n' "$target"
		sed 's/^/  | /' "$log"
	fi
done
if ((${#failed[@]})); then
	printf 'failed: %s\n' "${failed[*]}"
	exit 1
fi
