#!/bin/sh
set -eu
# sign_image REFERENCE OPTION…. The key stays in the KMS, and nothing is told to a public log.
cosign signing-config create --out "$DOCKER_CONFIG/signing-config.json"
cosign trusted-root create --out "$DOCKER_CONFIG/no-root.json"
sign_image() {
  signed="$1"
  shift
  cosign sign --yes --key "$SIGNING_KMS" --signing-config "$DOCKER_CONFIG/signing-config.json" \
    --trusted-root "$DOCKER_CONFIG/no-root.json" "$@" "$signed"
}
