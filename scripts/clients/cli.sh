#!/usr/bin/env bash
# The life of a multi-Region key with the AWS CLI. KMS_URL is where the
# simulated KMS is served; AWS is the command.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
aws=${AWS:-aws}
here=us-east-1 there=eu-west-1

# Some versions of the CLI ignore AWS_ENDPOINT_URL_KMS, so it is told each time.
kms() { local region=$1; shift; "$aws" --endpoint-url "$KMS_URL" --region "$region" --output text kms "$@"; }

expect() { [ "$2" = "$3" ] || { echo "$1: got '$2', want '$3'"; exit 1; }; }

# settled REGION STATE: waits until the key is in that state.
settled() {
  local state=
  for _ in $(seq 60); do
    state=$(kms "$1" describe-key --key-id "$key" --query KeyMetadata.KeyState)
    [ "$state" = "$2" ] && return
    sleep 0.5
  done
  echo "$key in $1 is $state, want $2"
  exit 1
}

"$aws" --endpoint-url "$KMS_URL" --region $here sts get-caller-identity --query Account --output text | grep -q 111122223333

key=$(kms $here create-key --multi-region --description "client life" --query KeyMetadata.KeyId)
kms $here replicate-key --key-id "$key" --replica-region $there >/dev/null
settled $there Enabled
for region in $here $there; do kms $region create-alias --alias-name alias/client-cli --target-key-id "$key"; done

printf 'from the CLI' >"$work/plain"
kms $here encrypt --key-id alias/client-cli --plaintext "fileb://$work/plain" --encryption-context client=cli \
  --query CiphertextBlob | base64 -d >"$work/sealed"
kms $there decrypt --ciphertext-blob "fileb://$work/sealed" --encryption-context client=cli --query Plaintext | base64 -d >"$work/opened"
expect "decrypted in $there" "$(cat "$work/opened")" "from the CLI"
if kms $there decrypt --ciphertext-blob "fileb://$work/sealed" >/dev/null 2>"$work/refused"; then
  echo "decrypted without its encryption context"; exit 1
fi
grep -q InvalidCiphertextException "$work/refused" || { cat "$work/refused"; exit 1; }

kms $here update-primary-region --key-id "$key" --primary-region $there
settled $there Enabled
settled $here Enabled
expect "primary" "$(kms $there describe-key --key-id "$key" --query KeyMetadata.MultiRegionConfiguration.PrimaryKey.Region)" $there

# Versions that can't rotate on demand wait a year, which is free here.
if kms $there rotate-key-on-demand --key-id "$key" >/dev/null 2>"$work/refused"; then
  "$MRKCTL" sim advance 15m
  expect "rotations" "$(kms $there list-key-rotations --key-id "$key" --query 'length(Rotations)')" 1
else
  grep -q 'Invalid choice' "$work/refused" || { cat "$work/refused"; exit 1; }
  kms $there enable-key-rotation --key-id "$key"
  "$MRKCTL" sim advance 8784h
fi
kms $here encrypt --key-id "$key" --plaintext "fileb://$work/plain" --query CiphertextBlob | base64 -d >"$work/fresh"
# Bytes 6 to 37 of a ciphertext name its key material.
if cmp -s -n 32 -i 5 "$work/sealed" "$work/fresh"; then echo "the new key material is not used"; exit 1; fi
expect "after the rotation" "$(kms $here decrypt --key-id "$key" --ciphertext-blob "fileb://$work/sealed" --encryption-context client=cli --query Plaintext | base64 -d)" "from the CLI"

for region in $here $there; do
  kms $region delete-alias --alias-name alias/client-cli
  kms $region schedule-key-deletion --key-id "$key" --pending-window-in-days 7 >/dev/null
done
expect "replica" "$(kms $here describe-key --key-id "$key" --query KeyMetadata.KeyState)" PendingDeletion
expect "primary" "$(kms $there describe-key --key-id "$key" --query KeyMetadata.KeyState)" PendingReplicaDeletion
"$aws" --version 2>&1 | cut -d' ' -f1
