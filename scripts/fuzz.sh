#!/usr/bin/env bash
# Runs the fuzz targets that guard what comes from outside, one after the other.
#
#   scripts/fuzz.sh [DURATION [TARGET...]]     each for 5m10s by default
#
# A TARGET is PACKAGE:NAME, such as pkg/sim/awsjson:FuzzDecode; "all" is every
# target of the module. What a target finds is written to testdata/fuzz of its
# package, where go test tries it from then on: mend the code, commit the file.
# The first run builds the packages with instruments, which takes a minute.
set -uo pipefail
cd "$(dirname "$0")/.."

duration=${1:-5m10s}
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

log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=()
for target in "$@"; do
	package=${target%:*} name=${target##*:}
	if go test "./$package" -run '^$' -fuzz "^$name\$" -fuzztime "$duration" -parallel "${FUZZ_PARALLEL:-2}" >"$log" 2>&1; then
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
