#!/usr/bin/env bash
# Runs the life of one multi-Region key through clients that know nothing of
# this project, against "mrkctl sim serve": create, replicate, an alias in both
# Regions, encrypt here, decrypt there, promote, rotate, delete.
#
#   scripts/clients.sh [CLIENT...]     cli boto3 javascript encryption-sdk sops
#
# What a client needs is installed: Debian packages when run as root, npm
# packages and a Go build in a temporary folder. A client that can't be had is
# skipped, loudly; with CLIENTS_STRICT=1 a skip is a failure. CLIENTS_MRKCTL names
# a program to use in place of a fresh build.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
here=$root/scripts/clients
work=$(mktemp -d)
server=
passed=() skipped=() failed=()

cleanup() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap cleanup EXIT

say() { printf '%s\n' "$*" >&2; }

# package NAME COMMAND: a Debian package, installed when it can be.
package() {
  if [ -x "$2" ]; then return 0; fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then return 1; fi
  say "installing $1"
  apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$1" >"$work/apt.log" 2>&1 ||
    { apt-get update >>"$work/apt.log" 2>&1 && apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$1" >>"$work/apt.log" 2>&1; } ||
    { tail -n 5 "$work/apt.log" >&2; return 1; }
}

skip() { skipped+=("$1: $2"); say "SKIPPED $1: $2"; }

# life NAME COMMAND...: one client's run, with its output kept for a failure.
life() {
  local name=$1 log=$work/$1.log
  shift
  if "$@" >"$log" 2>&1; then
    passed+=("$name"); say "passed  $name ($(tail -n 1 "$log"))"
  else
    failed+=("$name"); say "FAILED  $name"; sed 's/^/  | /' "$log" >&2
  fi
}

# node_packages: the npm packages of both JavaScript clients, in one folder.
node_packages() {
  if [ -d "$work/js/node_modules" ]; then return 0; fi
  command -v npm >/dev/null && command -v node >/dev/null || return 1
  say "installing npm packages"
  mkdir -p "$work/js"
  cp "$here"/javascript/package.json "$here"/javascript/*.mjs "$work/js/"
  npm install --prefix "$work/js" --no-audit --no-fund --no-package-lock --loglevel=error >"$work/npm.log" 2>&1 ||
    { tail -n 5 "$work/npm.log" >&2; rm -rf "$work/js/node_modules"; return 1; }
}

run_cli() {
  if package awscli /usr/bin/aws; then life cli env AWS=/usr/bin/aws bash "$here/cli.sh"
  elif command -v aws >/dev/null; then life cli env AWS=aws bash "$here/cli.sh"
  else skip cli "there is no AWS CLI, and the Debian package awscli can't be installed"; fi
}

run_boto3() {
  local python
  if [ ! -e /usr/lib/python3/dist-packages/boto3 ]; then package python3-boto3 /nonexistent || true; fi
  for python in /usr/bin/python3 python3; do
    if command -v "$python" >/dev/null && "$python" -c 'import boto3' 2>/dev/null; then
      life boto3 "$python" "$here/boto3_life.py"
      return
    fi
  done
  skip boto3 "there is no boto3, and the Debian package python3-boto3 can't be installed"
}

run_javascript() {
  if node_packages; then life javascript node "$work/js/sdk.mjs"
  else skip javascript "npm or its packages are not to be had"; fi
}

run_encryption_sdk() {
  if node_packages; then life encryption-sdk node "$work/js/encryption_sdk.mjs"
  else skip encryption-sdk "npm or its packages are not to be had"; fi
}

run_sops() {
  say "building sops"
  if (cd "$here/sops" && export GOFLAGS=-buildvcs=false && go build -o "$work/sopslife" . &&
    go build -o "$work/sops" github.com/getsops/sops/v3/cmd/sops) >"$work/sops-build.log" 2>&1; then
    life sops env SOPS_BINARY="$work/sops" "$work/sopslife"
  else
    tail -n 5 "$work/sops-build.log" >&2
    skip sops "its Go modules can't be built"
  fi
}

mrkctl=${CLIENTS_MRKCTL:-}
if [ -z "$mrkctl" ]; then
  say "building mrkctl"
  mrkctl=$work/mrkctl
  (cd "$root" && GOFLAGS=-buildvcs=false go build -o "$mrkctl" .)
fi
"$mrkctl" sim serve --listen 127.0.0.1:0 --no-quotas --state "$work/world.db" >"$work/url" 2>"$work/server.log" &
server=$!
for _ in $(seq 100); do [ -s "$work/url" ] && break; sleep 0.1; done
[ -s "$work/url" ] || { say "the simulator did not come up:"; cat "$work/server.log" >&2; exit 1; }
url=$(cat "$work/url")
say "serving at $url"

# The environment of a client, and nothing of the user's own.
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL AWS_CA_BUNDLE
export AWS_CONFIG_FILE=$work/none AWS_SHARED_CREDENTIALS_FILE=$work/none AWS_PAGER=
eval "$("$mrkctl" sim env --url "$url")"
export KMS_URL=$url MRKCTL_TARGET=sim:$url MRKCTL=$mrkctl

if [ $# = 0 ]; then set -- cli boto3 javascript encryption-sdk sops; fi
for client in "$@"; do
  case $client in
  cli | boto3 | javascript | sops) "run_$client" ;;
  encryption-sdk) run_encryption_sdk ;;
  *) say "no client $client: use cli, boto3, javascript, encryption-sdk or sops"; exit 2 ;;
  esac
done

echo "clients: ${#passed[@]} passed, ${#failed[@]} failed, ${#skipped[@]} skipped"
if [ ${#skipped[@]} -gt 0 ]; then printf 'SKIPPED %s\n' "${skipped[@]}"; fi
if [ ${#failed[@]} -gt 0 ]; then exit 1; fi
if [ ${#skipped[@]} -gt 0 ] && [ -n "${CLIENTS_STRICT:-}" ]; then exit 1; fi
if [ ${#passed[@]} = 0 ]; then say "no client could be run: nothing was shown"; exit 1; fi
